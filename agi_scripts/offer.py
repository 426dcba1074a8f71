"""One call rings at one operator's phone, and they talk. Says what happened to the journal and to the waiting room."""

from __future__ import annotations

from datetime import datetime, timedelta

from acd.dispatcher import Assignment
from acd.model import CallQueue
from agi_scripts.context import CallContext
from calls.errors import NotFound, SessionOver
from calls.events import (
    ConversationEnded,
    EndedBy,
    OfferEnded,
    OperatorAnswered,
    OperatorOffered,
    OperatorRang,
)
from calls.legs import DialOutcome, LegAnswered, LegFact, LegRang, LegResult
from calls.model import CallStage
from calls.outcomes import offer_outcome

RETURN_GRACE_SECONDS = 5.0
"""How much longer than the hotline may ring its operator is kept for a call that may come back."""


class OfferToOperator:
    """One offer, from ringing to the end of the conversation."""

    def __init__(self, context: CallContext, offer: Assignment, queue: CallQueue, *, returned: bool) -> None:
        self._context = context
        self._office = context.office
        self._call = context.call
        self._offer = offer
        self._queue = queue
        self._returned = returned
        self._offered_at = context.office.clock()
        self._answered_at: datetime | None = None

    async def run(self, music: str) -> LegResult:
        """Ring the operator and stay to the end of the conversation. Raises SessionOver as dialling does."""
        self._office.record(
            OperatorOffered(
                at=self._offered_at,
                call_id=self._call.call_id,
                offer_id=self._offer.offer_id,
                operator_id=self._offer.operator_id,
                queue_id=self._queue.queue_id,
                returned=self._returned,
            )
        )
        recorded = self._context.definitions.recording.operators
        try:
            result = await self._context.dial(
                endpoint=f"PJSIP/{self._office.room.phone_of(self._offer.operator_id)}",
                ring_seconds=self._queue.ring_seconds,
                music=music,
                leg_context="operator-leg",
                recording=self._context.new_recording(self._offer.operator_id) if recorded else None,
                may_pass_on=True,
                on_fact=self._hear,
            )
        except SessionOver:
            self._settle(self._unseen())
            raise
        self._settle(result)
        return result

    def _hear(self, fact: LegFact) -> None:
        match fact:
            case LegRang():
                self._office.record(
                    OperatorRang(
                        at=fact.at,
                        call_id=self._call.call_id,
                        offer_id=self._offer.offer_id,
                        operator_id=self._offer.operator_id,
                    )
                )
            case LegAnswered():
                self._answered(fact.at)

    def _answered(self, at: datetime) -> None:
        self._answered_at = at
        call = self._call
        call.stage = CallStage.TALKING
        call.answered_at = call.answered_at or at
        call.last_operator_id = self._offer.operator_id
        self._office.record(
            OperatorAnswered(
                at=at,
                call_id=call.call_id,
                offer_id=self._offer.offer_id,
                operator_id=self._offer.operator_id,
                ring_seconds=round(max(0.0, (at - self._offered_at).total_seconds()), 3),
            )
        )
        self._office.room.answered(self._offer)

    def _settle(self, result: LegResult) -> None:
        """Record how it ended and say so to the waiting room."""
        now = self._office.clock()
        if result.dial is DialOutcome.ANSWERED:
            if self._answered_at is None:  # the control link was down: Asterisk's own figures tell when it was
                self._answered(now - timedelta(seconds=result.talk_seconds))
            self._conversation_ended(result, now)
            return
        outcome = offer_outcome(result.dial, result.hangup_cause)
        self._office.record(
            OfferEnded(
                at=now,
                call_id=self._call.call_id,
                offer_id=self._offer.offer_id,
                operator_id=self._offer.operator_id,
                outcome=outcome,
                ring_seconds=round(result.ring_seconds, 3),
                hangup_cause=result.hangup_cause,
            )
        )
        self._office.room.offer_ended(self._offer, outcome)

    def _conversation_ended(self, result: LegResult, now: datetime) -> None:
        self._office.record(
            ConversationEnded(
                at=now,
                call_id=self._call.call_id,
                offer_id=self._offer.offer_id,
                operator_id=self._offer.operator_id,
                talk_seconds=round(result.talk_seconds, 3),
                ended_by=EndedBy.CALLER if result.caller_left else EndedBy.OPERATOR,
                hangup_cause=result.hangup_cause,
            )
        )
        hold_until = None
        if result.asked is not None and not result.caller_left:
            hold_until = now + timedelta(seconds=self._ring_limit(result.asked.target_id) + RETURN_GRACE_SECONDS)
        self._office.room.conversation_ended(
            self._offer,
            self._queue.wrap_up_seconds,
            hold_until=hold_until,
            reason="transfer" if hold_until is not None else "",
        )

    def _ring_limit(self, target_id: str) -> int:
        try:
            return self._context.definitions.hotlines.by_id(target_id).longest_ring_seconds
        except NotFound:
            return 0

    def _unseen(self) -> LegResult:
        """What is known when the session ended without a word of the leg."""
        now = self._office.clock()
        if self._answered_at is not None:
            talked = (now - self._answered_at).total_seconds()
            ringing = (self._answered_at - self._offered_at).total_seconds()
            return LegResult(dial=DialOutcome.ANSWERED, ring_seconds=ringing, talk_seconds=talked, caller_left=True)
        rang = (now - self._offered_at).total_seconds()
        return LegResult(dial=DialOutcome.CANCELLED, ring_seconds=rang, talk_seconds=0.0, caller_left=True)
