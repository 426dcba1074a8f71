"""Matches waiting calls with operators, on events only: a call joins, an operator becomes available, a time is due.

Pure and synchronous: `now` is a parameter; assignments and state changes come back through `drain()`. The cost of a
match grows with the number of *different* needs among the waiting calls, not with how many wait.
"""

from __future__ import annotations

import bisect
import heapq
import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from acd.presence import OFFER_CAUSES, REST_SECONDS, RING_GRACE_SECONDS, Cause, Presence
from acd.routing import WaitingCall, choose_call, choose_operator
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


_Need = tuple[tuple[str, int], ...]


class Dispatcher(OperatorVerbs):
    """Waiting calls × operators. One offer at a time for each call and each operator."""

    def __init__(
        self,
        operators: Mapping[str, Mapping[str, int]],
        *,
        missed_in_a_row: int = 3,
        ring_seconds: float = 15.0,
        run_id: str = "",
        verb_rules: VerbRules | None = None,
    ) -> None:
        """Take the operators' skills by id; after `missed_in_a_row` misses an operator is not_responding.

        `ring_seconds` is the longest ring limit: an offer that is unresolved long after it is repaired. `run_id` tells
        this process's offers from those of the process before it.
        """
        self.skills = dict(operators)
        self._states: list[OperatorStateChanged] = []
        self._facts: list[Event] = []
        self._seats: dict[str, str] = {}
        self.verb_rules = verb_rules or VerbRules()
        self.presences = {operator_id: Presence(operator_id, history=self._states) for operator_id in operators}
        self._seat_everybody()
        self.waiting: dict[str, WaitingCall] = {}
        self._missed_limit = missed_in_a_row
        self._ring_limit = ring_seconds + RING_GRACE_SECONDS
        self._run_id = run_id
        self._due: list[tuple[datetime, str]] = []
        self._groups: dict[_Need, list[tuple[tuple[int, datetime, str], WaitingCall]]] = {}
        self._available: dict[str, Presence] = {}
        self._offers: dict[str, Assignment] = {}
        self._assignments: list[Assignment] = []
        self._counter = itertools.count(1)

    def drain(self) -> Changes:
        """Return and forget what happened since the last drain, state changes in order."""
        changes = Changes(tuple(self._assignments), tuple(self._states), tuple(self._facts))
        self._assignments.clear()
        self._facts.clear()
        self._states.clear()
        return changes

    # calls

    def join(self, call: WaitingCall, now: datetime) -> None:
        """Let a call wait; it is assigned at once when a fitting operator is available."""
        if call.call_id in self.waiting:
            return
        operator_id = choose_operator(call, self._available.values(), self.skills)
        if operator_id is not None:
            self._assign(call, operator_id, now)
            return
        self.waiting[call.call_id] = call
        bisect.insort(self._groups.setdefault(_need(call), []), (call.place, call), key=lambda row: row[0])

    def leave(self, call_id: str) -> bool:
        """Forget a waiting call (the caller left, or it is sent on); return whether it was waiting."""
        call = self.waiting.pop(call_id, None)
        if call is None:
            return False
        group = self._groups[_need(call)]
        del group[bisect.bisect_left(group, call.place, key=lambda row: row[0])]
        if not group:
            del self._groups[_need(call)]
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
        return bool(self.skills[operator_id])  # without any they left while they were talking

    def position(self, call_id: str) -> int | None:
        """Return the call's place among all that wait, 1 is next; None when it does not wait."""
        call = self.waiting.get(call_id)
        if call is None:
            return None
        return 1 + sum(1 for other in self.waiting.values() if other.place < call.place)

    # offers

    def answered(self, offer_id: str, now: datetime) -> None:
        """The operator of this offer picked up."""
        offer = self._offers.get(offer_id)
        if offer is None:
            return
        presence = self.presences[offer.operator_id]
        presence.missed_in_a_row = 0
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
        offer = self._offer(call_id, operator_id, now)
        self._assignments.remove(offer)
        self.answered(offer.offer_id, now)
        return offer

    def replace_operators(
        self, operators: Mapping[str, Mapping[str, int]], now: datetime, *, missed_in_a_row: int, ring_seconds: float
    ) -> None:
        """Take other operators and skills. One who is gone and has a call keeps it, and gets no other."""
        busy = (OperatorState.RINGING, OperatorState.TALKING, OperatorState.WRAP_UP)
        skills = dict(operators)
        for operator_id, presence in list(self.presences.items()):
            if operator_id in skills:
                continue
            if presence.state in busy:
                skills[operator_id] = {}
                continue
            presence.phone_reachable = False
            presence.change(Cause.PHONE_GONE, now)
            self._available.pop(operator_id, None)
            del self.presences[operator_id]
        for operator_id in skills:
            self.presences.setdefault(operator_id, Presence(operator_id, history=self._states))
        self._seat_everybody()
        self.skills = skills
        self._missed_limit = missed_in_a_row
        self._ring_limit = ring_seconds + RING_GRACE_SECONDS
        for presence in list(self._available.values()):  # new skills may fit a call that waits
            self._settle(presence, now)

    # time

    def next_due(self) -> datetime | None:
        """Return when `tick` must be called next, or None."""
        while self._due and self._is_past(*self._due[0]):
            due, operator_id = heapq.heappop(self._due)
            presence = self.presences.get(operator_id)
            if presence is not None and presence.watched_until == due:
                presence.watched_until = None
        return self._due[0][0] if self._due else None

    def tick(self, now: datetime) -> None:
        """End every state whose time is over."""
        while (due := self.next_due()) is not None and due <= now:
            presence = self.presences[heapq.heappop(self._due)[1]]
            presence.due_at = presence.watched_until = None
            if presence.state is OperatorState.RINGING:
                self._repair_offer(presence, now)
            elif presence.state is OperatorState.WRAP_UP:
                presence.change(Cause.WRAP_UP_OVER, now)
            elif not self._limit_over(presence, now):
                presence.change(Cause.REST_OVER, now)
            self._settle(presence, now)

    # private

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

    def _assign(self, call: WaitingCall, operator_id: str, now: datetime) -> None:
        self.leave(call.call_id)
        self._offer(call.call_id, operator_id, now)

    def _offer(self, call_id: str, operator_id: str, now: datetime) -> Assignment:
        presence = self.presences[operator_id]
        offer = Assignment(call_id, operator_id, f"{call_id}-o{self._run_id}{next(self._counter)}")
        presence.change(Cause.ASSIGNED, now, call_id=call_id, seconds=self._ring_limit)
        self._watch(presence)
        self._available.pop(operator_id, None)
        self._offers[offer.offer_id] = offer
        self._assignments.append(offer)
        return offer

    def _settle(self, presence: Presence, now: datetime) -> None:
        """Bring the set of available operators up to date and give a free one the next call."""
        self._watch(presence)
        if presence.state is not OperatorState.AVAILABLE:
            self._available.pop(presence.operator_id, None)
            return
        heads: Iterable[WaitingCall] = (group[0][1] for group in self._groups.values())
        call = choose_call(heads, self.skills[presence.operator_id])
        if call is None:
            self._available[presence.operator_id] = presence
        else:
            self._assign(call, presence.operator_id, now)


def _need(call: WaitingCall) -> _Need:
    return tuple(sorted(call.skills.items()))
