"""Routing read plainly: docs/behaviour.md, "Who gets which call", as lists that are looked through from end to end.

It shares data with the engine (needs, rules, states) and none of its matching. It is told what the engine assigned and
checks each assignment against the one that is due; where the rules leave two operators equal, either is right.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from acd.matching import RETRY_SECONDS
from acd.presence import REST_SECONDS, RING_GRACE_SECONDS
from acd.requirement import ANYONE, Requirement
from acd.routing import EVERYWHERE, OperatorRules, QueueEntry, QueueRules
from acd.strategies import LOAD_SECONDS
from calls.events import OfferOutcome, OperatorState
from tests.unit.acd.plain_people import BUSY, Person, PlainPeople

S = OperatorState
NO_RULES = QueueRules()
EQUAL = 1e-9


@dataclass
class Caller:
    """One waiting call. Times are seconds."""

    call_id: str
    queue_id: str
    own: Requirement
    priority: int
    clock: float
    entered: float
    joined: float
    preferred: str | None
    prefer_until: float
    tried: set[str]
    waits_for: str | None = None
    due: float = math.inf


class PlainRouting(PlainPeople):
    """The reference: every question is answered by looking at everybody."""

    def __init__(self, files: Mapping[str, OperatorRules], rules: Mapping[str, QueueRules], missed: int, ring: float):
        super().__init__(files)
        self.files = dict(files)
        self.rules = dict(rules)
        self.point_seconds = 60.0
        self.missed_limit, self.ring_limit = missed, ring + RING_GRACE_SECONDS
        self.waiting: dict[str, Caller] = {}
        self.told: deque[tuple[str, str]] = deque()
        "What the engine assigned in the step that is being checked: call and operator."

    # calls

    def join(self, caller: Caller) -> None:
        self.waiting[caller.call_id] = caller
        self.look([caller])

    def leave(self, call_id: str) -> None:
        del self.waiting[call_id]

    def claim(self, call_id: str, operator_id: str) -> None:
        person = self.people[operator_id]
        can_be_rung = person.reachable and person.logged_in and not person.own_calls and operator_id in self.files
        if person.state in (S.AVAILABLE, S.WRAP_UP) and can_be_rung:
            self.give(call_id, {operator_id})

    def answered(self, operator_id: str) -> None:
        person = self.people[operator_id]
        person.missed, person.answered = 0, person.answered + 1
        self.enter(person, S.TALKING, call_id=person.call_id)

    def offer_ended(self, operator_id: str, outcome: OfferOutcome) -> None:
        person = self.people[operator_id]
        person.missed += outcome is not OfferOutcome.CALLER_LEFT
        if outcome is OfferOutcome.CALLER_LEFT:
            self.become_free(person, punished=False)
        elif outcome is OfferOutcome.MISSED and person.missed < self.missed_limit:
            self.become_free(person)
        elif outcome is OfferOutcome.MISSED:
            if person.wanted:
                self.become_free(person)
            else:
                self.enter(person, S.NOT_RESPONDING)
        else:
            rests = S.PAUSED if outcome in (OfferOutcome.DECLINED, OfferOutcome.BUSY) else S.UNREACHABLE
            self.enter(person, rests, self.now + REST_SECONDS)
        self.settle(operator_id)

    def conversation_ended(self, operator_id: str, wrap_up: float) -> None:
        person = self.people[operator_id]
        self.enter(person, S.WRAP_UP, self.now + wrap_up, call_id=person.call_id)
        self.at(self.now)

    def settle(self, operator_id: str) -> None:
        """An operator is free and gets the next call; or is away, and calls no longer wait because of them."""
        if self.people[operator_id].state is S.AVAILABLE:
            may = [caller for caller in self.waiting.values() if self.may(operator_id, caller)]
            if may:
                first = min(may, key=lambda caller: self.place(caller) - self.points(operator_id, caller))
                self.give(first.call_id, {operator_id})
        elif not self.people[operator_id].present:
            callers = self.waiting.values()
            self.look([c for c in callers if c.waits_for == operator_id or (c.tried and not self.others(c))])

    # time and edits

    def next_due(self) -> float:
        times = [caller.due for caller in self.waiting.values()]
        return min(
            [*times, *(person.until for person in self.people.values() if person.until is not None)] or [math.inf]
        )

    def at(self, now: float) -> None:
        """A moment has come: calls go on first, then operators by their number."""
        self.now = now
        self.look([caller for caller in self.waiting.values() if caller.due <= now])
        for operator_id in sorted(self.people):
            if self.people[operator_id].until == now:
                self.become_free(self.people[operator_id])
                self.settle(operator_id)

    def edit_rules(self, rules: Mapping[str, QueueRules], point_seconds: float | None) -> None:
        self.rules.update(rules)
        self.point_seconds = self.point_seconds if point_seconds is None else point_seconds
        self.look(self.waiting.values())

    def edit_operators(self, files: Mapping[str, OperatorRules]) -> None:
        for operator_id, person in list(self.people.items()):
            if operator_id not in files and person.state not in BUSY:
                self.phone_gone(operator_id)
                del self.people[operator_id]
        self.files = dict(files)
        for operator_id in files:
            self.people.setdefault(operator_id, Person())
        self.look(self.waiting.values())

    # who gets which call

    def look(self, callers: Iterable[Caller]) -> None:
        """Let calls look for an operator anew, lowest place first."""
        for caller in sorted(callers, key=self.place):
            preferred = self.people.get(caller.preferred or "")
            gone = preferred is None or not preferred.present or caller.preferred in caller.tried
            if gone or self.now >= caller.prefer_until:
                caller.preferred = None
            prefers = caller.preferred is not None and self.fits(caller.preferred, caller)
            caller.waits_for = caller.preferred if prefers else None
            if not prefers and (self.now >= caller.joined + RETRY_SECONDS or not self.others(caller)):
                caller.tried.clear()
            free = [o for o, person in self.people.items() if person.state is S.AVAILABLE and self.may(o, caller)]
            if free:
                self.give(caller.call_id, self.best(free, caller))
            else:
                caller.due = min((moment for moment in self.moments(caller) if moment > self.now), default=math.inf)

    def moments(self, caller: Caller) -> Iterable[float]:
        """Yield when something about a waiting call changes by time alone."""
        ends = caller.entered
        for step in self.queue(caller).steps[:-1]:
            ends += step.for_seconds or 0.0
            yield ends
        for operator in self.files.values():
            if caller.queue_id in (operator.queues or {}):
                yield caller.entered + (operator.queues or {})[caller.queue_id].delay_seconds
        if caller.waits_for is not None:
            yield caller.prefer_until
        elif caller.tried:
            yield caller.joined + RETRY_SECONDS

    def give(self, call_id: str, operators: set[str]) -> None:
        """The engine must have given this call to one of these operators, next."""
        assert self.told, f"{call_id} must go to {operators}, and nothing is assigned"
        given, operator_id = self.told.popleft()
        right = given == call_id and operator_id in operators
        assert right, f"{given} to {operator_id}, not {call_id} to {operators}"
        self.waiting.pop(call_id, None)
        self.enter(self.people[operator_id], S.RINGING, self.now + self.ring_limit, call_id=call_id)

    def may(self, operator_id: str, caller: Caller) -> bool:
        """Return whether nothing that is written down keeps this operator from this call."""
        if caller.waits_for is not None:
            return caller.waits_for == operator_id
        return operator_id not in caller.tried and self.fits(operator_id, caller)

    def others(self, caller: Caller) -> bool:
        return any(
            person.present and operator_id not in caller.tried and self.fits(operator_id, caller)
            for operator_id, person in self.people.items()
        )

    def best(self, operators: list[str], caller: Caller) -> set[str]:
        """Return whose turn it is; several where the rules leave them equal."""
        needs = self.need(caller)
        best_skilled = self.queue(caller).strategy == "best_skilled"

        def rank(operator_id: str) -> tuple[float, ...]:
            skills = self.files[operator_id].skills
            levels = sum(skills.get(skill, 0) for skill in needs.skills) if best_skilled else 0
            return -self.entry(operator_id, caller.queue_id).priority, -levels, self.flexibility(operator_id)  # type: ignore[union-attr]

        least = min(map(rank, operators))
        figures = {o: self.figure(self.people[o], caller) for o in operators if rank(o) == least}
        return {o for o, figure in figures.items() if figure <= min(figures.values()) + EQUAL}

    def figure(self, person: Person, caller: Caller) -> float:
        strategy = self.queue(caller).strategy
        if strategy == "fewest_calls":
            return person.answered
        if strategy == "least_occupied":
            return sum(self.faded(end) - self.faded(begin) for begin, end in person.work)
        return person.idle_since or 0.0

    def faded(self, moment: float | None) -> float:
        return 1.0 if moment is None else math.exp((moment - self.now) / LOAD_SECONDS)

    def flexibility(self, operator_id: str) -> int:
        skills = self.files[operator_id].skills
        served = set()
        for queue_id, rules in self.rules.items():
            first = rules.steps[0].needs if rules.steps else ANYONE
            need = ANYONE if first is None else rules.needs & first
            if self.entry(operator_id, queue_id) is not None and need.fits(skills):
                served.add(need)
        return len(served)

    def fits(self, operator_id: str, caller: Caller) -> bool:
        entry = self.entry(operator_id, caller.queue_id)
        if entry is None or entry.delay_seconds > self.now - caller.entered:
            return False
        return self.need(caller).fits(self.files[operator_id].skills)

    def need(self, caller: Caller) -> Requirement:
        rules, left = self.queue(caller), self.now - caller.entered
        for step in rules.steps:
            if step.for_seconds is None or left < step.for_seconds:
                return ANYONE if step.needs is None else rules.needs & step.needs & caller.own
            left -= step.for_seconds
        return rules.needs & caller.own

    def entry(self, operator_id: str, queue_id: str) -> QueueEntry | None:
        operator = self.files.get(operator_id)
        if operator is None:
            return None
        return EVERYWHERE if operator.queues is None else operator.queues.get(queue_id)

    def queue(self, caller: Caller) -> QueueRules:
        return self.rules.get(caller.queue_id, NO_RULES)

    def points(self, operator_id: str, caller: Caller) -> float:
        entry = self.entry(operator_id, caller.queue_id)
        return 0.0 if entry is None else entry.priority * self.point_seconds

    def place(self, caller: Caller) -> float:
        return caller.clock - caller.priority * self.point_seconds
