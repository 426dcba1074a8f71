"""Waiting and talking: a call in a queue, offered to one operator after another until one answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from acd.dispatcher import Assignment
from acd.overflow import OverflowReason
from acd.routing import WaitingCall
from agi_scripts.announcing import Announcing
from agi_scripts.context import CallContext
from agi_scripts.offer import OfferToOperator
from agi_scripts.overflow import Overflowing
from agi_scripts.waiting import Waiting
from agi_scripts.wishes import AskCallback, Done, PassOn, Serve, Walk, Wish
from calls.errors import NotFound, SessionOver
from calls.events import CallDequeued, CallQueued, EndedBy, OperatorState, TransferOutcome
from calls.legs import DialOutcome, LegResult
from calls.model import CallStage

FREE_SECONDS = 0.5
"""A caller is given to a free operator who knows them within this long, or else to any."""


class Serving:
    """Serves one call in one queue."""

    def __init__(self, context: CallContext, wish: Serve) -> None:
        self._context = context
        self._office = context.office
        self._call = context.call
        self._queue = wish.queue
        self._wish = wish
        self._announcing = Announcing(context, wish.queue, wish.music)
        self._overflowing = Overflowing(context, wish.queue, at_head=wish.at_head)
        self._entered_at = self._office.clock()

    async def run(self) -> Wish:
        """Wait, ring, talk; return what the call wants after it."""
        self._enter()
        reason = self._overflowing.on_entering() if self._wish.offer is None else None
        if reason is not None:
            return self._overflowing.send_on(reason)
        offer = self._wish.offer or self._claim_first_choice()
        while True:
            if offer is None:
                found = await self._wait()
                if isinstance(found, OverflowReason):
                    return self._overflowing.send_on(found)
                if not isinstance(found, Assignment):
                    return found
                offer = found
            self._call.stage = CallStage.RINGING
            returned = offer.operator_id == self._wish.operator_id
            offering = OfferToOperator(self._context, offer, self._queue, returned=returned)
            result = await offering.run(self._announcing.music)
            if result.dial is DialOutcome.ANSWERED:
                return await self._passed_on(offering, result) or self._after_conversation(offer, result)
            if result.caller_left:
                raise SessionOver
            self._call.tried.add(offer.operator_id)
            self._call.stage = CallStage.QUEUED
            self._announcing.after_miss()
            offer = None

    def _enter(self) -> None:
        now = self._office.clock()
        call = self._call
        call.asked_at = call.asked_at or now
        if call.queued_at is None:
            call.queued_at = now
            call.place_at = self._office.callbacks.take_place(call) or call.place_at or self._regain(now)
        self._entered_at = call.queued_at if call.queue_id in (None, self._queue.queue_id) else now
        call.queue_id = self._queue.queue_id
        call.place_at = call.place_at or self._office.redials.regained(call.call_id)
        call.stage = CallStage.QUEUED
        call.sent_out = False
        self._office.record(
            CallQueued(
                at=now,
                call_id=call.call_id,
                queue_id=self._queue.queue_id,
                skills=self._skills,
                priority=self._priority,
                queued_at=call.queued_at,
                place_at=call.place_at,
                at_head=self._wish.at_head,
            )
        )

    def _regain(self, now: datetime) -> datetime | None:
        """Return the place that this caller had when they hung up a short while ago."""
        within = timedelta(minutes=self._context.definitions.redial_minutes)
        return self._office.redials.regain(self._call.ani, self._queue.queue_id, now, within)

    @property
    def _priority(self) -> int:
        return self._queue.priority + self._call.priority + self._wish.head_start

    @property
    def _skills(self) -> dict[str, int]:
        """What the queue needs, and what the menu added."""
        added = self._call.skills
        return {**self._queue.skills, **{s: max(level, self._queue.skills.get(s, 0)) for s, level in added.items()}}

    def _claim_first_choice(self) -> Assignment | None:
        if self._wish.operator_id is None:
            return None
        return self._office.room.claim(self._call.call_id, self._wish.operator_id)

    async def _wait(self) -> Assignment | Wish | OverflowReason:
        """Wait for an operator, or for a reason to go elsewhere. Raises SessionOver when the caller leaves."""
        assert self._call.queued_at is not None
        now = self._office.clock()
        deadline = self._call.queued_at + timedelta(seconds=self._queue.max_wait_seconds)
        if self._wish.at_head or self._wish.head_start:  # its clock may have run out elsewhere
            deadline = max(deadline, now + timedelta(seconds=self._queue.max_wait_seconds))
        waiting = WaitingCall(
            self._call.call_id,
            self._queue.queue_id,
            self._call.skills,  # what the queue needs is the room's to know: it may change while the call waits
            self._priority,
            self._call.queued_at,
            self._call.tried,
            entered_at=self._entered_at,
            place_at=self._call.place_at,
            at_head=self._wish.at_head,
        )
        waiting.preferred, waiting.prefer_seconds = self._preferred()
        try:
            wait = Waiting(self._context, self._announcing, self._overflowing, self._asked_by_key)
            return await wait.run(waiting, deadline - now)
        except SessionOver:
            self._dequeued("caller_left")
            raise

    def _preferred(self) -> tuple[str | None, float]:
        """Return the operator who knows this caller, where they may soon take the call, and how long it waits so."""
        operator_id = self._call.known_operator_id
        presence = self._office.room.presence(operator_id) if operator_id is not None else None
        if presence is None or not presence.is_present:
            return None, 0.0
        if presence.state is OperatorState.AVAILABLE:
            return operator_id, max(FREE_SECONDS, self._queue.prefer_seconds)
        return (operator_id, self._queue.prefer_seconds) if self._queue.prefer_seconds else (None, 0.0)

    def _asked_by_key(self, key: str) -> Wish | None:
        """Return what a caller who waits asks for with this key; None where it means nothing."""
        policy = self._context.definitions.callbacks
        if self._queue.callback and policy.trunk is not None and key == policy.key and not self._call.callback_of:
            return AskCallback(replace(self._wish, music=None, operator_id=None, offer=None))
        return None

    def _dequeued(self, reason: str) -> None:
        self._office.record(
            CallDequeued(
                at=self._office.clock(), call_id=self._call.call_id, queue_id=self._queue.queue_id, reason=reason
            )
        )

    async def _passed_on(self, offering: OfferToOperator, result: LegResult) -> Wish | None:
        """Return what follows where the operator asked a hotline and left the caller to it; None where they did not."""
        if result.caller_left or result.referred_to is not None or offering.conversation is None:
            return None
        consultation = await offering.conversation.passed_on()
        if consultation is None or consultation.passing_on is None:
            return None
        if consultation.outcome in (None, TransferOutcome.ANSWERED):
            return Done(EndedBy.TARGET, hangup_cause=consultation.hangup_cause)
        return consultation.passing_on.come_back(consultation.outcome)

    def _after_conversation(self, offer: Assignment, result: LegResult) -> Wish:
        """The operator's leg is over: the call ends, or goes on to the hotline that was asked for."""
        if result.caller_left:
            return Done(EndedBy.CALLER, hangup_cause=result.hangup_cause)
        if result.asked is None:
            flow_id = self._context.once("after_call")
            if flow_id is not None:
                return Walk(flow_id, "after_call", ended_by=EndedBy.OPERATOR, hangup_cause=result.hangup_cause)
            return Done(EndedBy.OPERATOR, hangup_cause=result.hangup_cause)
        try:
            hotline = self._context.definitions.hotlines.by_id(result.asked.target_id)
        except NotFound:
            return Serve(self._queue, operator_id=offer.operator_id, at_head=True)
        initiator = result.asked.initiator or offer.operator_id
        return PassOn(hotline, result.asked.door, initiator, offer.operator_id, self._queue)
