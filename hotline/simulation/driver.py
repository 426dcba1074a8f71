"""Drives the production routing engine in virtual time: calls come, wait, leave, talk and end; operators come and go.

Every decision, who gets which call and when, is `acd.dispatcher.Dispatcher`'s; there is no rule of routing here.
"""

from __future__ import annotations

import heapq
import itertools
import math
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from acd.dispatcher import Assignment, Dispatcher
from acd.requirement import Requirement
from acd.routing import WaitingCall
from calls.events import OfferOutcome
from hotline.simulation.draws import arrival_times, draws, patience_draws, stream
from hotline.simulation.observer import Observer
from hotline.simulation.scenario import CallType, Constant, OperatorGroup, Scenario
from hotline.simulation.shifts import overlap, presences
from hotline.simulation.tally import GroupTally, Tally, TypeTally

EPOCH = datetime(2001, 1, 1, tzinfo=UTC)
"When virtual time is 0: the engine wants datetimes, everything here counts seconds."

RING_LIMIT_SECONDS = 30.0 * 86_400
"A phone in a scenario is picked up in the end; the engine must not repair it before."

PROGRESS_EVENTS = 8192
"Events between two reports of progress."

Progress = Callable[[float], None]
"Is told how much of the run is done, 0 to 1."


class Run:
    """One replication of a scenario."""

    def __init__(self, scenario: Scenario, replication: int = 0, observer: Observer | None = None) -> None:
        self.scenario = scenario
        self._observer = observer
        self._window = scenario.window
        self._last = self._window[1] + scenario.cool_down_hours * 3600.0
        self._events: list[tuple[float, int, Callable[[float, datetime, Any], None], Any]] = []
        self._sequence = itertools.count()
        self._callers: dict[str, _Caller] = {}
        self._waiting = 0
        self._open = 0
        self._calls = 0
        self._types = [_Type(each, scenario, replication) for each in scenario.call_types]
        self._groups = {each.group_id: _Group(each, scenario, self._window) for each in scenario.operators}
        self._operators = {
            f"{group.group_id}-{number}": self._groups[group.group_id]
            for group in scenario.operators
            for number in range(1, group.count + 1)
        }
        self._off_since: dict[str, float] = {}
        chance = stream(scenario.seed, replication, "ring")
        ring = scenario.ring
        self._ring = None if isinstance(ring, Constant) and ring.seconds == 0.0 else draws(ring, chance)
        self.dispatcher = Dispatcher(
            {operator_id: group.rules for operator_id, group in self._operators.items()},
            queues=scenario.queue_rules(),
            priority_point_seconds=scenario.policy.priority_point_seconds,
            missed_in_a_row=scenario.policy.missed_in_a_row,
            ring_seconds=RING_LIMIT_SECONDS,
        )

    def play(self, progress: Progress | None = None) -> Tally:
        """Play it to the end and return what happened to the calls of the counted hours."""
        if self._observer is not None:
            self._observer.began(self)
        for operator_id, group in self._operators.items():
            for begin, leave in group.presences:
                self._at(begin, self._come, operator_id)
                if leave < math.inf:
                    self._at(leave, self._go, operator_id)
        for kind in self._types:
            self._expect(kind)
        self._loop(progress)
        return self._finish()

    # the clock

    def _at(self, at: float, handle: Callable[[float, datetime, Any], None], what: Any) -> None:
        heapq.heappush(self._events, (at, next(self._sequence), handle, what))

    def _loop(self, progress: Progress | None) -> None:
        events, window_end, last = self._events, self._window[1], self._last
        next_due, tick, zero = self.dispatcher.next_due, self.dispatcher.tick, EPOCH
        countdown = PROGRESS_EVENTS
        while True:
            due = next_due()
            at = events[0][0] if events else last + 1.0
            now = zero + timedelta(0, at)
            if due is not None and due <= now:
                at, now = (due - zero).total_seconds(), due
            elif not events:
                return
            if at > window_end and (not self._open or at > last):
                return
            if now is due:
                tick(now)
                self._hand_out(at, now)
            else:
                _, _, handle, what = heapq.heappop(events)
                handle(at, now, what)
            countdown -= 1
            if not countdown:
                countdown = PROGRESS_EVENTS
                if progress is not None:
                    progress(min(1.0, at / window_end))

    # calls

    def _expect(self, kind: _Type) -> None:
        at = next(kind.arrivals, None)
        if at is not None and at <= self._last:
            heapq.heappush(self._events, (at, next(self._sequence), self._arrive, kind))

    def _arrive(self, at: float, now: datetime, kind: _Type) -> None:
        self._expect(kind)
        self._calls += 1
        call_id = f"c{self._calls}"
        counted = self._window[0] <= at < self._window[1]
        caller = _Caller(call_id, kind, at, counted)
        if counted:
            kind.tally.offered += 1
            self._open += 1
        if self._observer is not None:
            self._observer.joined(at, call_id, kind.type_id, self._waiting)
        self._callers[call_id] = caller
        self.dispatcher.join(kind.waiting_call(call_id, now), now)
        self._hand_out(at, now)
        if caller.offer is None:
            self._let_wait(caller, at)

    def _let_wait(self, caller: _Caller, at: float) -> None:
        """Let a call wait that no operator took at once; turn it away where there is no place."""
        places, kind = self.scenario.waiting_places, caller.kind
        if places is not None and self._waiting >= places:
            self.dispatcher.leave(caller.call_id)
            self._forget(caller, at, blocked=True)
            return
        self._waiting += 1
        caller.delayed = True
        if caller.counted:
            kind.tally.delayed += 1
        self._lose_patience_later(caller, at)

    def _lose_patience_later(self, caller: _Caller, at: float) -> None:
        if caller.kind.patience is not None:
            self._at(at + caller.kind.patience(), self._lose_patience, caller)

    def _lose_patience(self, at: float, now: datetime, caller: _Caller) -> None:
        if caller.talks or caller.call_id not in self._callers:
            return
        if caller.offer is None:
            self.dispatcher.leave(caller.call_id)
            self._waiting -= 1
        else:
            self._keep_busy(caller, caller.offer.operator_id, at)
            self.dispatcher.offer_ended(caller.offer.offer_id, OfferOutcome.CALLER_LEFT, now)
        self._forget(caller, at)
        self._hand_out(at, now)

    def _forget(self, caller: _Caller, at: float, blocked: bool = False) -> None:
        del self._callers[caller.call_id]
        if self._observer is not None:
            self._observer.left(at, caller.call_id, self._waiting, blocked)
        if not caller.counted:
            return
        self._open -= 1
        tally = caller.kind.tally
        if blocked:
            tally.blocked += 1
            return
        waited = at - caller.joined_at
        tally.abandoned += 1
        tally.wait_seconds += waited
        if waited <= self.scenario.short_abandon_seconds:
            tally.short_abandons += 1

    # operators and their calls

    def _hand_out(self, at: float, now: datetime) -> None:
        """Take what the engine has assigned: phones ring, or are picked up at once."""
        for offer in self.dispatcher.drain().assignments:
            caller = self._callers[offer.call_id]
            if caller.delayed:
                self._waiting -= 1
            caller.offer = offer
            caller.assigned_at = at
            if self._observer is not None:
                self._observer.assigned(at, offer.call_id, offer.operator_id, self._waiting)
            if self._ring is None:
                self._pick_up(at, now, caller)
                continue
            if not caller.delayed:
                self._lose_patience_later(caller, at)
            self._at(at + self._ring(), self._pick_up, caller)

    def _pick_up(self, at: float, now: datetime, caller: _Caller) -> None:
        offer, kind = caller.offer, caller.kind
        if offer is None or caller.call_id not in self._callers:
            return  # hung up while it rang
        caller.talks = True
        self.dispatcher.answered(offer.offer_id, now)
        heapq.heappush(self._events, (at + kind.service(), next(self._sequence), self._end, caller))
        if not caller.counted:
            return
        self._open -= 1
        waited, tally = at - caller.joined_at, kind.tally
        tally.answered += 1
        tally.wait_seconds += waited
        tally.answered_wait_seconds += waited
        for index, limit in enumerate(self.scenario.service_level_seconds):
            if waited <= limit:
                tally.within[index] += 1
        if self._operators[offer.operator_id].first_skill in kind.topics:
            tally.by_first += 1

    def _end(self, at: float, now: datetime, caller: _Caller) -> None:
        offer = caller.offer
        assert offer is not None  # it talks
        del self._callers[caller.call_id]
        wrap_up = caller.kind.wrap_up()
        self._keep_busy(caller, offer.operator_id, at + wrap_up)
        self.dispatcher.conversation_ended(offer.offer_id, wrap_up, now)
        if self._observer is not None:
            self._observer.ended(at, caller.call_id, offer.operator_id, at - caller.assigned_at)
        self._hand_out(at, now)

    def _keep_busy(self, caller: _Caller, operator_id: str, until: float) -> None:
        busy = overlap(caller.assigned_at, until, self._window)
        group = self._operators[operator_id].tally
        caller.kind.tally.busy_seconds += busy
        group.busy_seconds += busy
        off_since = self._off_since.get(operator_id)
        if off_since is not None:  # the last call of the shift: they stay for it
            group.present_seconds += overlap(max(off_since, caller.assigned_at), until, self._window)

    def _come(self, at: float, now: datetime, operator_id: str) -> None:
        self._off_since.pop(operator_id, None)
        self.dispatcher.phone_reachable(operator_id, now)
        self._hand_out(at, now)

    def _go(self, at: float, now: datetime, operator_id: str) -> None:
        self._off_since[operator_id] = at
        self.dispatcher.phone_gone(operator_id, now)

    def _finish(self) -> Tally:
        for caller in self._callers.values():
            if caller.talks and caller.offer is not None:
                self._keep_busy(caller, caller.offer.operator_id, self._last)
            elif caller.counted:
                caller.kind.tally.unresolved += 1
        return Tally(
            types={kind.type_id: kind.tally for kind in self._types},
            groups={group_id: group.tally for group_id, group in self._groups.items()},
            calls=self._calls,
        )


class _Caller:
    """One call."""

    __slots__ = ("assigned_at", "call_id", "counted", "delayed", "joined_at", "kind", "offer", "talks")

    def __init__(self, call_id: str, kind: _Type, joined_at: float, counted: bool) -> None:
        self.call_id = call_id
        self.kind = kind
        self.joined_at = joined_at
        self.counted = counted
        self.delayed = False
        self.talks = False
        self.assigned_at = 0.0
        self.offer: Assignment | None = None


class _Type:
    """One call type and its streams of chance."""

    def __init__(self, kind: CallType, scenario: Scenario, replication: int) -> None:
        def chance(what: str) -> random.Random:
            return stream(scenario.seed, replication, kind.type_id, what)

        self.type_id = kind.type_id
        self.queue_id = scenario.queue_of(kind)
        self.levels = dict(kind.levels)
        self.requirement = None if kind.needs is None else Requirement.parse(kind.needs)
        self.topics = scenario.topics_of(kind)
        self.priority = scenario.priority_of(kind)
        self.arrivals: Iterator[float] = arrival_times(kind.arrivals, chance("arrivals"), scenario.start_hour * 3600.0)
        self.service = draws(kind.service, chance("service"))
        self.patience = patience_draws(kind.patience, chance("patience"))
        self.wrap_up = draws(kind.wrap_up, chance("wrap_up"))
        self.tally = TypeTally(within=[0] * len(scenario.service_level_seconds))

    def waiting_call(self, call_id: str, now: datetime) -> WaitingCall:
        """Return a call of this type as the engine wants it."""
        return WaitingCall(call_id, self.queue_id, self.levels, self.priority, now, requirement=self.requirement)


class _Group:
    """One group of operators."""

    def __init__(self, group: OperatorGroup, scenario: Scenario, window: tuple[float, float]) -> None:
        self.rules = group.rules
        self.first_skill = group.first_skill
        horizon = window[1] + scenario.cool_down_hours * 3600.0
        self.presences = list(presences(group.shifts, scenario.start_hour * 3600.0, horizon))
        on_shift = sum(overlap(begin, leave, window) for begin, leave in self.presences)
        self.tally = GroupTally(present_seconds=group.count * on_shift)
