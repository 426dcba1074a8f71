"""Counts what happens to the calls of one replication, and to the operators' time."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class TypeTally:
    """What became of the counted calls of one type."""

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    short_abandons: int = 0
    blocked: int = 0
    unresolved: int = 0
    "Neither answered nor gone when the run ended."
    delayed: int = 0
    "Not given to an operator at once; blocked calls apart."
    wait_seconds: float = 0.0
    "Of answered and abandoned calls."
    answered_wait_seconds: float = 0.0
    within: list[int] = field(default_factory=list)
    "Answered within each of the scenario's times."
    by_first: int = 0
    "Answered by an operator whose first skill is what the call is about."
    busy_seconds: float = 0.0
    "Operators' time for calls of this type inside the counted hours: ringing, talking, wrap-up."

    def add(self, other: TypeTally) -> None:
        """Add another type's."""
        self.offered += other.offered
        self.answered += other.answered
        self.abandoned += other.abandoned
        self.short_abandons += other.short_abandons
        self.blocked += other.blocked
        self.unresolved += other.unresolved
        self.delayed += other.delayed
        self.wait_seconds += other.wait_seconds
        self.answered_wait_seconds += other.answered_wait_seconds
        self.within = [a + b for a, b in zip(self.within or [0] * len(other.within), other.within, strict=True)]
        self.by_first += other.by_first
        self.busy_seconds += other.busy_seconds


@dataclass(slots=True)
class GroupTally:
    """The time of one group of operators inside the counted hours."""

    busy_seconds: float = 0.0
    present_seconds: float = 0.0
    "On shift, or past its end with a call."


@dataclass(slots=True)
class Tally:
    """One replication."""

    types: dict[str, TypeTally]
    groups: dict[str, GroupTally]
    calls: int = 0
    "All calls that were played, warm-up included."

    def total(self) -> TypeTally:
        """Return all types together."""
        total = TypeTally()
        for each in self.types.values():
            total.add(each)
        return total

    @property
    def present_seconds(self) -> float:
        """Time of all operators."""
        return sum(group.present_seconds for group in self.groups.values())
