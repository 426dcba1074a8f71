"""Which operator fits which call. Pure rules without state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from acd.presence import Presence


@dataclass(slots=True)
class WaitingCall:
    """A call that waits for an operator."""

    call_id: str
    queue_id: str
    skills: Mapping[str, int]
    "Skill to the least level that is needed."
    priority: int
    "Higher is served first."
    queued_at: datetime
    "The call's clock; it is kept through misses, transfers and restarts."
    tried: set[str] = field(default_factory=set)
    "Operators who were rung for this call and did not answer."

    @property
    def place(self) -> tuple[int, datetime, str]:
        """What waiting calls are ordered by: priority, then the clock."""
        return (-self.priority, self.queued_at, self.call_id)


def fits(required: Mapping[str, int], skills: Mapping[str, int]) -> bool:
    """Return whether an operator with `skills` may take a call that needs `required`."""
    return all(skills.get(skill, 0) >= level for skill, level in required.items())


def choose_operator(
    call: WaitingCall, available: Iterable[Presence], skills: Mapping[str, Mapping[str, int]]
) -> str | None:
    """Return the longest idle operator who fits, or None; one who has not yet missed this call comes first."""
    fitting = [p for p in available if fits(call.skills, skills[p.operator_id])]
    if not fitting:
        return None
    best = min(fitting, key=lambda p: (p.operator_id in call.tried, p.idle_since or p.since, p.operator_id))
    return best.operator_id


def choose_call(groups: Iterable[WaitingCall], operator_skills: Mapping[str, int]) -> WaitingCall | None:
    """Return the call that an operator who became free should take: `groups` holds the first of each kind of need."""
    fitting = [call for call in groups if fits(call.skills, operator_skills)]
    return min(fitting, key=lambda call: call.place) if fitting else None
