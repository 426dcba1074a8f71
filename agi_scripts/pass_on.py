"""One button to a hotline: dial it, write the ledger's row, and bring the caller back where it fails."""

from __future__ import annotations

from datetime import timedelta

from acd.model import CallQueue
from agi_scripts import sounds
from agi_scripts.context import CallContext
from agi_scripts.wishes import Done, PassOn, Serve, Wish
from calls.errors import SessionOver
from calls.events import EndedBy, TransferOutcome, TransferReturned
from calls.legs import DialOutcome, LegAnswered, LegFact, LegRang, LegResult
from calls.model import CallStage
from recording.recorder import RecordingPlan
from transfer.attempt import Attempt


class PassingOn:
    """One attempt to connect a caller with a hotline."""

    def __init__(self, context: CallContext, wish: PassOn) -> None:
        self._context = context
        self._office = context.office
        self._call = context.call
        self._wish = wish
        self._call.transfers += 1
        self._attempt = Attempt(
            f"{self._call.call_id}-t{self._call.transfers}",
            self._call.call_id,
            wish.hotline,
            wish.door,
            wish.initiator,
        )
        self._dialled_at = context.office.clock()
        self._released = False

    async def run(self) -> Wish:
        """Dial the hotline; return what the call wants after it. Raises SessionOver when the caller leaves."""
        call, hotline = self._call, self._wish.hotline
        call.asked_at = call.asked_at or self._dialled_at
        call.stage = CallStage.TRANSFERRING
        call.topic = hotline.hotline_id
        self._attempt.dialled(self._dialled_at)
        self._say()
        recorded = self._context.definitions.recording.records_hotline(hotline.record)
        try:
            result = await self._context.dial(
                endpoint=f"PJSIP/{hotline.number}@trunk-{hotline.trunk}",
                ring_seconds=hotline.ring_seconds,
                music=sounds.connecting(hotline.hotline_id, call.language),
                leg_context="hotline-leg",
                recording=self._new_recording() if recorded else None,
                may_pass_on=False,
                on_fact=self._hear,
            )
        except SessionOver:
            self._end(self._unseen())
            raise
        return self._after(self._end(result), result)

    def _new_recording(self) -> RecordingPlan:
        return self._context.new_recording(f"hotline:{self._wish.hotline.hotline_id}", self._attempt.transfer_id)

    def _hear(self, fact: LegFact) -> None:
        match fact:
            case LegRang():
                self._attempt.rang(fact.at)
            case LegAnswered():
                self._call.answered_at = self._call.answered_at or fact.at
                self._attempt.answered(fact.at, (fact.at - self._dialled_at).total_seconds())
                self._release_operator()
        self._say()

    def _end(self, result: LegResult) -> TransferOutcome:
        now = self._office.clock()
        outcome = self._attempt.ended(result, now, self._context.definitions.short_abandon_seconds)
        self._say()
        if outcome is TransferOutcome.ANSWERED:
            self._call.answered_at = self._call.answered_at or now - timedelta(seconds=result.talk_seconds)
        if outcome in (TransferOutcome.ANSWERED, TransferOutcome.CALLER_LEFT):
            self._release_operator()
        return outcome

    def _say(self) -> None:
        for fact in self._attempt.take():
            self._office.record(fact)

    def _after(self, outcome: TransferOutcome, result: LegResult) -> Wish:
        if outcome is TransferOutcome.ANSWERED:
            ended_by = EndedBy.CALLER if result.caller_left else EndedBy.TARGET
            return Done(ended_by, hangup_cause=result.hangup_cause)
        if result.caller_left:
            raise SessionOver
        return self._come_back(outcome)

    def _come_back(self, outcome: TransferOutcome) -> Wish:
        """Nobody is dropped: back to the operator who passed the caller on, else to a queue, at its head."""
        operator_id = self._wish.operator_id
        if operator_id is not None and not self._office.room.can_take(operator_id):
            operator_id = None  # they went home, or have another call
        queue = self._wish.queue or self._failure_queue()
        self._office.record(
            TransferReturned(
                at=self._office.clock(),
                call_id=self._call.call_id,
                transfer_id=self._attempt.transfer_id,
                returned_to=operator_id or f"queue:{queue.queue_id}",
            )
        )
        music = sounds.returning(outcome, "operator" if operator_id else "queue", self._call.language)
        return Serve(queue, music=music, operator_id=operator_id, urgent=True)

    def _failure_queue(self) -> CallQueue:
        return self._context.definitions.queues[self._wish.hotline.on_failure]

    def _release_operator(self) -> None:
        """The call does not come back: its operator's wrap-up is no longer stretched for it."""
        if self._wish.operator_id is None or self._wish.queue is None or self._released:
            return
        self._released = True
        until = self._office.clock() + timedelta(seconds=self._wish.queue.wrap_up_seconds)
        self._office.room.wrap_up_until(self._wish.operator_id, until)

    def _unseen(self) -> LegResult:
        seconds = (self._office.clock() - self._dialled_at).total_seconds()
        return LegResult(dial=DialOutcome.CANCELLED, ring_seconds=seconds, talk_seconds=0.0, caller_left=True)
