"""How one of several free operators is chosen. A strategy is one small class.

Operators are chosen in two steps, so that the choice costs the same however many are free: first among the classes of
operators who can do the same (`rank`, least first), then within them by a figure that stands still while an operator
is idle (`place`, least first). Flexible operators are kept: who serves fewer of the city's needs comes first.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Protocol

from acd.requirement import Requirement

LOAD_SECONDS = 1800.0
"""Over about how long `least_occupied` looks back: work weighs half after 21 minutes."""


class Record:
    """What an operator has done, as far as a choice asks."""

    __slots__ = ("busy_since", "calls", "idle_since", "load", "load_at")

    def __init__(self) -> None:
        self.idle_since = 0.0
        "When they last became free."
        self.calls = 0
        "Answered since they logged in."
        self.load = 0.0
        "Share of recent time that they were busy, 0 to 1, at `load_at`."
        self.load_at = 0.0
        self.busy_since: float | None = None

    def becomes_busy(self, now: float) -> None:
        """A call rings at their phone."""
        if self.busy_since is None:
            self.busy_since = now

    def is_free_again(self, now: float) -> None:
        """Ringing, talking or wrap-up is over."""
        if self.busy_since is None:
            return
        idle = math.exp((self.load_at - self.busy_since) / LOAD_SECONDS)
        busy = math.exp((self.busy_since - now) / LOAD_SECONDS)
        self.load = 1.0 - (1.0 - self.load * idle) * busy
        self.load_at, self.busy_since = now, None

    def begins_anew(self) -> None:
        """They logged out."""
        self.calls, self.load, self.busy_since = 0, 0.0, None


class Strategy(Protocol):
    """A way to choose."""

    def rank(self, needs: Requirement, skills: Mapping[str, int], flexibility: int) -> tuple[float, ...]:
        """Return where operators with these skills stand for a call with these needs; the least come first."""

    @staticmethod
    def place(record: Record) -> float:
        """Return where an idle operator stands among those of one rank; it may not change while they are idle."""


class LongestIdle:
    """Who has been free for longest."""

    def rank(self, needs: Requirement, skills: Mapping[str, int], flexibility: int) -> tuple[float, ...]:
        """Return the least flexible first."""
        return (flexibility,)

    @staticmethod
    def place(record: Record) -> float:
        """Return since when they are free."""
        return record.idle_since


class LeastOccupied(LongestIdle):
    """Who was busy for the least share of the last half hour or so."""

    @staticmethod
    def place(record: Record) -> float:
        """Return the logarithm of the load, moved so that it stands still: idle loads all shrink at one rate."""
        return math.log(record.load) + record.load_at / LOAD_SECONDS if record.load > 0.0 else -math.inf


class FewestCalls(LongestIdle):
    """Who answered the fewest calls since they logged in."""

    @staticmethod
    def place(record: Record) -> float:
        """Return how many calls they answered."""
        return record.calls


class BestSkilled(LongestIdle):
    """Who is best at what the call needs; then as longest idle."""

    def rank(self, needs: Requirement, skills: Mapping[str, int], flexibility: int) -> tuple[float, ...]:
        """Return the highest sum of levels first."""
        return (-sum(skills.get(skill, 0) for skill in needs.skills), flexibility)


STRATEGIES: Mapping[str, Strategy] = {
    "longest_idle": LongestIdle(),
    "least_occupied": LeastOccupied(),
    "best_skilled": BestSkilled(),
    "fewest_calls": FewestCalls(),
}
"""By the names that queues.yaml uses."""
