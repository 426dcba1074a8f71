"""One call rings at one operator's phone, and they talk. Says what happened to the journal and to the waiting room."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from acd.dispatcher import Assignment
from acd.model import CallQueue
from agi_scripts.context import CallContext
from agi_scripts.conversation import Conversation
from calls.errors import NotFound, SessionOver
from calls.events import (
    ConversationEnded,
    EndedBy,
    OfferEnded,
    OfferOutcome,
    OperatorAnswered,
    OperatorOffered,
    OperatorRang,
)
from calls.legs import (
    DialOutcome,
    LegAnswered,
    LegEnded,
    LegFact,
    LegRang,
    LegResult,
    LegsJoined,
    TransferAsked,
)
from calls.model import CallStage
from calls.outcomes import offer_outcome
from telephony.dialling import LAST_FACT_SECONDS

RETURN_GRACE_SECONDS = 5.0
"""How much longer than the hotline may ring its operator is kept for a call that may come back."""

CLOSING_SECONDS = 2.0
"""How long a phone may take to close the call that its transfer button passed on."""

AGAIN_SECONDS = 0.1
"""How soon such a phone is rung again; each time it waits twice as long."""


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
        self._left: asyncio.TimerHandle | None = None
        self._settled = False
        self._rang = False
        self.conversation: Conversation | None = None
        "Once the operator answered."

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
        try:
            result = await self._ring(music)
        except SessionOver:
            self._settle(self._unseen())
            raise
        else:
            self._settle(result)
        finally:
            self._office.conversations.pop(self._call.call_id, None)
        return result

    async def _ring(self, music: str) -> LegResult:
        """Ring the phone, again where it still closes the very call that comes back: it passed it on moments ago."""
        deadline = self._offered_at + timedelta(seconds=CLOSING_SECONDS)
        pause = AGAIN_SECONDS
        while True:
            result = await self._dial(music)
            busy = offer_outcome(result.dial, result.hangup_cause) is OfferOutcome.BUSY
            # a phone that rang before it refused was refused by a person
            if not (busy and self._returned) or self._rang or self._office.clock() > deadline:
                return result
            # not in silence meanwhile
            await self._context.session.music_on(music)
            await asyncio.sleep(pause)
            pause *= 2

    async def _dial(self, music: str) -> LegResult:
        recorded = self._context.definitions.recording.operators
        return await self._context.dial(
            endpoint=f"PJSIP/{self._office.room.phone_of(self._offer.operator_id)}",
            ring_seconds=self._queue.ring_seconds,
            music=music,
            leg_context="operator-leg",
            recording=self._context.new_recording(self._offer.operator_id) if recorded else None,
            may_pass_on=True,
            on_fact=self._hear,
        )

    def _hear(self, fact: LegFact) -> None:
        match fact:
            case LegRang():
                self._rang = True
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
                self.conversation = Conversation(self._context, self._queue, self._offer.operator_id, fact.channel)
                self._office.conversations[self._call.call_id] = self.conversation
            case TransferAsked() if self.conversation is not None:
                self.conversation.ask(fact)
            case LegsJoined() if self.conversation is not None:
                self.conversation.joined(fact)
                if not fact.threeway:
                    self._operator_left(fact)
            case LegEnded() if self.conversation is not None and self.conversation.is_consulting:
                # the caller's side tells within moments where it was the caller who ended it
                self._left = asyncio.get_running_loop().call_later(LAST_FACT_SECONDS, self._operator_left, fact)

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

    def _operator_left(self, fact: LegsJoined | LegEnded) -> None:
        """The operator's part is over while the caller goes on with the hotline that was asked."""
        conversation = self.conversation
        assert conversation is not None
        assert self._answered_at is not None
        if conversation.operator_left:
            return
        conversation.operator_left = self._settled = True
        talked = (fact.at - self._answered_at).total_seconds()
        result = LegResult(
            dial=DialOutcome.ANSWERED,
            ring_seconds=0.0,
            talk_seconds=talked,
            caller_left=False,
            hangup_cause=fact.hangup_cause if isinstance(fact, LegEnded) else None,
        )
        self._conversation_ended(result, fact.at)

    def _settle(self, result: LegResult) -> None:
        """Record how it ended and say so to the waiting room."""
        if self._left is not None:
            self._left.cancel()
        if self.conversation is not None:
            self.conversation.end(caller_left=result.caller_left)
        if self._settled:
            return
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
        if result.caller_left and self.conversation is not None and self.conversation.is_consulting:
            # the operator goes on speaking with the hotline, and is free when that is over
            assert self.conversation.consultation is not None
            self.conversation.consultation.then = self._free_operator
            return
        hold_until = None
        if self.conversation is not None and self.conversation.operator_left:
            hold_until = self._ring_end(now)
        if result.asked is not None and not result.caller_left:
            hold_until = now + timedelta(seconds=self._ring_limit(result.asked.target_id) + RETURN_GRACE_SECONDS)
        self._office.room.conversation_ended(
            self._offer,
            self._queue.wrap_up_seconds,
            hold_until=hold_until,
            reason="transfer" if hold_until is not None else "",
        )

    def _free_operator(self) -> None:
        self._office.room.conversation_ended(self._offer, self._queue.wrap_up_seconds)

    def _ring_end(self, now: datetime) -> datetime | None:
        """Return until when the call may come back from the hotline that was asked; None where it answered."""
        consultation = self.conversation.consultation if self.conversation else None
        if consultation is None or consultation.is_answered:
            return None
        return now + timedelta(seconds=consultation.hotline.longest_ring_seconds + RETURN_GRACE_SECONDS)

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
