"""Matches waiting calls with operators, on events only: a call joins, an operator becomes available, a time is due.

Pure and synchronous: `now` is a parameter; assignments and state changes come back through `drain()`. Who goes to whom
is worked out by acd/matching.py; here are the operators' states, the offers and the clock around it.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from acd.classes import Seat
from acd.forecast import Outlook
from acd.matching import Matching, Pair
from acd.outlook import outlook_of
from acd.presence import OFFER_CAUSES, REST_SECONDS, RING_GRACE_SECONDS, Cause, Presence
from acd.reckoning import Reckoning
from acd.routing import PRIORITY_POINT_SECONDS, Operators, QueueRules, RoutingRules, WaitingCall
from acd.verbs import OperatorVerbs, VerbRules
from calls.events import Event, OfferOutcome, OperatorState, OperatorStateChanged


@dataclass(frozen=True, slots=True)
class Assignment:
    """One call goes to one operator, now."""

    call_id: str
    operator_id: str
    offer_id: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What one step of the dispatcher brought about."""

    assignments: tuple[Assignment, ...]
    states: tuple[OperatorStateChanged, ...]
    facts: tuple[Event, ...] = ()
    "What operators did beside: logged in or out, paused too long. Before the states that follow from it."
    staff_left: bool = False
    "Calls may wait for nobody now: the last of some class of operators is off duty, or the rules are others."


class Dispatcher(OperatorVerbs):
    """Waiting calls × operators. One offer at a time for each call and each operator."""

    def __init__(
        self,
        operators: Operators,
        *,
        queues: Mapping[str, QueueRules] | None = None,
        priority_point_seconds: float = PRIORITY_POINT_SECONDS,
        missed_in_a_row: int = 3,
        ring_seconds: float = 15.0,
        run_id: str = "",
        verb_rules: VerbRules | None = None,
    ) -> None:
        """Take what each operator can take; after `missed_in_a_row` misses an operator is not_responding.

        `ring_seconds` is the longest ring limit: an offer that is unresolved long after it is repaired. `run_id` tells
        this process's offers from those of the process before it. Queues that are not named add no needs of their own.
        """
        self._rules = RoutingRules(dict(queues or {}), priority_point_seconds)
        self._operators = dict(operators)
        self._matching = Matching(operators, self._rules)
        self._states: list[OperatorStateChanged] = []
        self._facts: list[Event] = []
        self._staff_left = False
        self._seats: dict[str, str] = {}
        self.verb_rules = verb_rules or VerbRules()
        self.presences = {operator_id: Presence(operator_id, history=self._states) for operator_id in operators}
        self._seat_everybody()
        self.waiting: dict[str, WaitingCall] = {}
        self._stays: dict[str, Seat] = {}
        "What matching knows of the calls in `waiting`."
        self._missed_limit = missed_in_a_row
        self._ring_limit = ring_seconds + RING_GRACE_SECONDS
        self._run_id = run_id
        self._reckoning = Reckoning()
        self._seconds = self._reckoning.seconds
        self._due: list[tuple[datetime, str]] = []
        self._offers: dict[str, Assignment] = {}
        self._assignments: list[Assignment] = []
        self._counter = itertools.count(1)

    def drain(self) -> Changes:
        """Return and forget what happened since the last drain, state changes in order."""
        changes = Changes(tuple(self._assignments), tuple(self._states), tuple(self._facts), self._staff_left)
        self._staff_left = False
        self._assignments.clear()
        self._facts.clear()
        self._states.clear()
        return changes

    # calls

    def join(self, call: WaitingCall, now: datetime) -> None:
        """Let a call wait; it is assigned at once when a fitting operator is available."""
        if call.call_id in self.waiting:
            return
        seat, seconds = self._reckoning.seat(call, now), self._seconds(now)
        operator = self._matching.join(seat, seconds)
        if operator is not None:
            self._offer(call.call_id, operator.operator_id, now)
            return
        self.waiting[call.call_id] = call
        self._stays[call.call_id] = seat

    def leave(self, call_id: str) -> bool:
        """Forget a waiting call (the caller left, or it is sent on); return whether it was waiting."""
        if self.waiting.pop(call_id, None) is None:
            return False
        self._matching.leave(self._stays.pop(call_id))
        return True

    def claim(self, call_id: str, operator_id: str, now: datetime) -> Assignment | None:
        """Assign a call to a given operator (a failed transfer comes back); None when they can't take it now."""
        return self._offer(call_id, operator_id, now) if self.can_take(operator_id) else None

    def can_take(self, operator_id: str) -> bool:
        """Return whether a call could be given to this operator now: free or wrapping up, with a phone."""
        presence = self.presences.get(operator_id)
        takes = (OperatorState.AVAILABLE, OperatorState.WRAP_UP)
        if presence is None or presence.state not in takes or not presence.can_be_rung or presence.own_calls:
            return False
        return operator_id in self._operators  # else they left while they were talking

    def position(self, call_id: str) -> int | None:
        """Return the call's place among all that wait in its queue, 1 is next; None when it does not wait."""
        seat = self._stays.get(call_id)
        if seat is None:
            return None
        mine, queue_id = (seat.place, seat.call_id), seat.queue_id
        return 1 + sum(e.queue_id == queue_id and (e.place, e.call_id) < mine for e in self._stays.values())

    def outlook(self, call: WaitingCall, now: datetime) -> Outlook:
        """Return what stands between a call and an operator: one that waits, or would from now on."""
        seat = self._stays.get(call.call_id)
        if seat is None:
            seat = self._matching.imagine(self._reckoning.seat(call, now))
        return outlook_of(self._matching, seat, self._stays.values(), self._seconds(now))

    def is_staffed(self, call: WaitingCall, now: datetime) -> bool:
        """Return whether somebody is on duty who could ever take this call, in a step to come at the latest."""
        seat = self._stays.get(call.call_id) or self._reckoning.seat(call, now)
        return self._matching.is_staffed(seat, self._seconds(now))

    # offers

    def answered(self, offer_id: str, now: datetime) -> None:
        """The operator of this offer picked up."""
        offer = self._offers.get(offer_id)
        if offer is None:
            return
        presence = self.presences[offer.operator_id]
        presence.missed_in_a_row = 0
        self._matching.operators[offer.operator_id].calls += 1
        presence.change(Cause.ANSWERED, now, call_id=offer.call_id)

    def offer_ended(self, offer_id: str, outcome: OfferOutcome, now: datetime) -> None:
        """The offer ended without an answer. The operator is judged by it, unless the caller left."""
        offer = self._offers.pop(offer_id, None)
        if offer is None:
            return
        presence = self.presences[offer.operator_id]
        cause = OFFER_CAUSES[outcome]
        if cause is not Cause.CALLER_LEFT:
            presence.missed_in_a_row += 1
        if cause is Cause.MISSED and presence.missed_in_a_row >= self._missed_limit:
            cause = Cause.MISSED_TOO_OFTEN
        rests = cause in (Cause.DECLINED, Cause.BUSY, Cause.UNREACHABLE)
        presence.change(cause, now, seconds=REST_SECONDS if rests else None, reason=str(outcome) if rests else "")
        self._settle(presence, now)

    def conversation_ended(self, offer_id: str, wrap_up_seconds: float, now: datetime, reason: str = "") -> None:
        """Operator and caller are no longer connected; wrap-up begins."""
        offer = self._offers.pop(offer_id, None)
        if offer is None:
            return
        presence = self.presences[offer.operator_id]
        presence.change(
            Cause.CONVERSATION_ENDED, now, call_id=offer.call_id, seconds=max(0.0, wrap_up_seconds), reason=reason
        )
        self._watch(presence)
        self.tick(now)

    # operators and their phones

    def phone_reachable(self, operator_id: str, now: datetime) -> None:
        """The operator's phone registered, or answers again."""
        presence = self.presences.get(operator_id)
        if presence is None or presence.phone_reachable:
            return
        presence.phone_reachable = True
        presence.missed_in_a_row = 0
        presence.change(Cause.PHONE_REACHABLE, now)
        self._settle(presence, now)

    def phone_gone(self, operator_id: str, now: datetime) -> None:
        """The operator's phone unregistered or stopped answering. A conversation goes on until its leg ends."""
        presence = self.presences.get(operator_id)
        if presence is None:
            return
        presence.phone_reachable = False
        presence.change(Cause.PHONE_GONE, now)
        self._settle(presence, now)

    def extend_wrap_up(self, operator_id: str, until: datetime) -> None:
        """Keep an operator in wrap-up until then: a transfer they asked for may come back."""
        presence = self.presences[operator_id]
        if presence.state is OperatorState.WRAP_UP:
            presence.due_at = until
            self._watch(presence)

    def adopt(self, operator_id: str, call_id: str, now: datetime) -> Assignment | None:
        """Take over a conversation that began before this process did."""
        presence = self.presences.get(operator_id)
        if presence is None or presence.state is OperatorState.TALKING:
            return None
        presence.phone_reachable = True
        presence.change(Cause.PHONE_REACHABLE, now)
        self._note_duty(presence)
        offer = self._offer(call_id, operator_id, now)
        self._assignments.remove(offer)
        self.answered(offer.offer_id, now)
        return offer

    def replace_operators(
        self, operators: Operators, now: datetime, *, missed_in_a_row: int, ring_seconds: float
    ) -> None:
        """Take other operators and skills. One who is gone and has a call keeps it, and gets no other."""
        busy = (OperatorState.RINGING, OperatorState.TALKING, OperatorState.WRAP_UP)
        for operator_id, presence in list(self.presences.items()):
            if operator_id not in operators and presence.state not in busy:
                presence.phone_reachable = False
                presence.change(Cause.PHONE_GONE, now)
                self._settle(presence, now)
                del self.presences[operator_id]
                self._matching.forget(operator_id)
        for operator_id in operators:
            self.presences.setdefault(operator_id, Presence(operator_id, history=self._states))
        self._seat_everybody()
        self._operators = dict(operators)
        self._missed_limit = missed_in_a_row
        self._ring_limit = ring_seconds + RING_GRACE_SECONDS
        self._match_anew(now)

    def replace_queues(
        self, queues: Mapping[str, QueueRules], now: datetime, *, priority_point_seconds: float | None = None
    ) -> None:
        """Take other rules; calls that wait go by them at once. A queue that is no longer named keeps its last ones."""
        points = self._rules.priority_point_seconds if priority_point_seconds is None else priority_point_seconds
        self._rules = RoutingRules({**self._rules.queues, **queues}, points)
        self._match_anew(now)

    # time

    def next_due(self) -> datetime | None:
        """Return when `tick` must be called next, or None."""
        while self._due and self._is_past(*self._due[0]):
            due, operator_id = heapq.heappop(self._due)
            presence = self.presences.get(operator_id)
            if presence is not None and presence.watched_until == due:
                presence.watched_until = None
        of_operator = self._due[0][0] if self._due else None
        seconds = self._matching.next_due()
        if seconds is None:
            return of_operator
        of_call = self._reckoning.moment(seconds)
        return of_call if of_operator is None else min(of_call, of_operator)

    def tick(self, now: datetime) -> None:
        """End every state whose time is over, and take calls on to the step that they are in."""
        while (due := self.next_due()) is not None and due <= now:
            self._assign(self._matching.tick(self._seconds(due)), now)
            if self._due and self._due[0][0] <= due:
                self._end_state(self.presences[heapq.heappop(self._due)[1]], now)

    # private

    def _end_state(self, presence: Presence, now: datetime) -> None:
        presence.due_at = presence.watched_until = None
        if presence.state is OperatorState.RINGING:
            self._repair_offer(presence, now)
        elif presence.state is OperatorState.WRAP_UP:
            presence.change(Cause.WRAP_UP_OVER, now)
        elif not self._limit_over(presence, now):
            presence.change(Cause.REST_OVER, now)
        self._settle(presence, now)

    def _is_past(self, due: datetime, operator_id: str) -> bool:
        # that state ended earlier, by an event; or the operator is gone
        presence = self.presences.get(operator_id)
        return presence is None or presence.due_at != due

    def _watch(self, presence: Presence) -> None:
        if presence.due_at is not None and presence.due_at != presence.watched_until:
            presence.watched_until = presence.due_at
            heapq.heappush(self._due, (presence.due_at, presence.operator_id))

    def _repair_offer(self, presence: Presence, now: datetime) -> None:
        # whoever owned the offer is gone: nobody may stay "ringing" for a call that no longer rings
        for offer in [o for o in self._offers.values() if o.operator_id == presence.operator_id]:
            del self._offers[offer.offer_id]
        presence.change(Cause.MISSED, now, reason="repaired")

    def _assign(self, pairs: Iterable[Pair], now: datetime) -> None:
        for seat, operator in pairs:
            del self.waiting[seat.call_id], self._stays[seat.call_id]
            self._offer(seat.call_id, operator.operator_id, now)

    def _offer(self, call_id: str, operator_id: str, now: datetime) -> Assignment:
        presence = self.presences[operator_id]
        offer = Assignment(call_id, operator_id, f"{call_id}-o{self._run_id}{next(self._counter)}")
        presence.change(Cause.ASSIGNED, now, call_id=call_id, seconds=self._ring_limit)
        self._watch(presence)
        self._matching.busy(self._matching.operators[operator_id], self._seconds(now))
        self._offers[offer.offer_id] = offer
        self._assignments.append(offer)
        return offer

    def _settle(self, presence: Presence, now: datetime) -> None:
        """Tell matching what the operator is now; one who is free gets the next call."""
        self._watch(presence)
        self._note_duty(presence)
        operator, seconds = self._matching.operators[presence.operator_id], self._seconds(now)
        if presence.state is OperatorState.AVAILABLE:
            if presence.idle_since is not None:
                operator.idle_since = self._seconds(presence.idle_since)
            seat = self._matching.free(operator, seconds)
            if seat is not None:
                self._assign([(seat, operator)], now)
        elif not presence.is_present:
            self._assign(self._matching.away(operator, seconds), now)
            if presence.state is OperatorState.OFFLINE:
                operator.begins_anew()
        else:
            self._matching.busy(operator, seconds)

    def _note_duty(self, presence: Presence) -> None:
        operator = self._matching.operators[presence.operator_id]
        if operator.on_duty is not presence.is_on_duty:
            self._staff_left |= self._matching.change_duty(operator)

    def _match_anew(self, now: datetime) -> None:
        self._staff_left = True
        self._assign(self._matching.replace(self._operators, self._rules, self._seconds(now)), now)
