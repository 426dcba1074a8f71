"""What routing goes by: a waiting call, what an operator can take, and the rules of a queue. Plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TypeAlias

from acd.requirement import ANYONE, Requirement


@dataclass(slots=True)
class WaitingCall:
    """A call that waits for an operator."""

    call_id: str
    queue_id: str
    skills: Mapping[str, int]
    "Skill to the least level that this call needs beside what its queue needs."
    priority: int
    "Each point is worth `priority_point_seconds` of waiting."
    queued_at: datetime
    "The call's clock; it is kept through misses, transfers and restarts."
    tried: set[str] = field(default_factory=set)
    "Operators who were rung for this call and did not answer; emptied when all who fit were, or after a while."
    requirement: Requirement | None = None
    "What else the call needs."
    entered_at: datetime | None = None
    "When it entered this queue: steps, delays and the preferred operator's seconds count from here; or the clock."
    place_at: datetime | None = None
    "What it is ordered by, where that is not the clock: a caller who calls again has their old place."
    at_head: bool = False
    "Before every call that is not: its caller was given away and came back, and has waited enough."
    preferred: str | None = None
    "Operator who should take it."
    prefer_seconds: float = 0.0
    "How long it waits for that operator alone."


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """How an operator serves one queue."""

    priority: int = 0
    "Points added to this queue's calls where this operator chooses; and the operator's own precedence there."
    delay_seconds: float = 0.0
    "The operator takes only calls that have waited this long in the queue."


@dataclass(frozen=True, slots=True)
class OperatorRules:
    """What an operator can take."""

    skills: Mapping[str, int]
    queues: Mapping[str, QueueEntry] | None = None
    "The only queues that they serve; every queue where None."


Operators: TypeAlias = Mapping[str, OperatorRules | Mapping[str, int]]
"""Operators by id; those with plain skills serve every queue."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a queue's calls need for a time."""

    needs: Requirement | None
    "Beside the queue's own needs and the call's; None is anyone who serves the queue: no need holds any more."
    for_seconds: float | None = None
    "None is the last step: to the end."


@dataclass(frozen=True, slots=True)
class QueueRules:
    """By which rules a queue's calls find their operators."""

    needs: Requirement = ANYONE
    steps: tuple[Step, ...] = ()
    strategy: str = "longest_idle"
    "Name of a strategy (acd/strategies.py)."

    def step_at(self, waited_seconds: float) -> tuple[int, float | None]:
        """Return the number of the step after so long in the queue, and when it ends, counted from the entry."""
        ends = 0.0
        for number, step in enumerate(self.steps):
            if step.for_seconds is None:
                return number, None
            ends += step.for_seconds
            if waited_seconds < ends:
                return number, ends
        return max(0, len(self.steps) - 1), None

    def need_in(self, step: int, own: Requirement) -> Requirement:
        """Return what a call with needs of its own needs in a step."""
        if not self.steps:
            return self.needs & own
        needs = self.steps[step].needs
        return ANYONE if needs is None else self.needs & needs & own


PRIORITY_POINT_SECONDS = 60.0
"""What a point of priority is worth, where the city says nothing else."""


@dataclass(frozen=True, slots=True)
class RoutingRules:
    """By which rules calls and operators find each other."""

    queues: Mapping[str, QueueRules] = field(default_factory=dict)
    "Queues that are not named here add no need of their own."
    priority_point_seconds: float = PRIORITY_POINT_SECONDS
    "Seconds of waiting that a point of priority is worth."


EVERYWHERE = QueueEntry()
"""How an operator without a list of queues serves each of them."""


@lru_cache(maxsize=4096)
def own_need(levels: tuple[tuple[str, int], ...], requirement: Requirement | None) -> Requirement:
    """Return what a call needs beside its queue: these levels, and the requirement."""
    needs = Requirement.of_levels(dict(levels)) if levels else ANYONE
    return needs if requirement is None else needs & requirement


def rules_of(operator: OperatorRules | Mapping[str, int]) -> OperatorRules:
    """Return the rules of an operator given by rules or by skills alone."""
    return operator if isinstance(operator, OperatorRules) else OperatorRules(operator)
