"""One number of a hotline: dial it, watch it, write the ledger's row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from agi_scripts.context import CallContext
from agi_scripts.line_watch import LineWatch
from agi_scripts.orphans import OpenTransfer
from agi_scripts.wishes import PassOn
from calls.errors import SessionOver
from calls.events import EndedBy, TransferOutcome, TransferWay
from calls.legs import DialOutcome, LegAnswered, LegFact, LegRang, LegResult
from recording.recorder import RecordingPlan
from transfer.attempt import HUNG_UP_AT_ONCE, Attempt
from transfer.directory import Line
from transfer.note import note_of


class Reaching:
    """One attempt, from dialling to the end of the conversation."""

    def __init__(self, context: CallContext, wish: PassOn, line: Line, *, on_answer: Callable[[], None]) -> None:
        """`on_answer` is called when it is certain that the call does not come back to its operator for now."""
        self._context = context
        self._office = context.office
        self._call = context.call
        self._wish = wish
        self._hotline = wish.hotline
        self._line = line
        self._on_answer = on_answer
        self.attempt = new_attempt(context, wish, line)
        self._dialled_at = context.office.clock()
        self._first_answer = False
        self._watch = LineWatch(
            context.office.switchboard, context.session.request.channel, context.definitions.transfer
        )

    async def run(self, music: str) -> tuple[TransferOutcome, LegResult]:
        """Dial and stay to the end; return how it went. Raises SessionOver as dialling does."""
        hotline, definitions = self._hotline, self._context.definitions
        self.attempt.dialled(self._dialled_at)
        self._say()
        self._context.open_transfer = OpenTransfer(
            self.attempt.transfer_id, self._dialled_at, None, target_id=hotline.hotline_id
        )
        recorded = definitions.recording.records_hotline(hotline.record)
        try:
            result = await self._context.dial(
                endpoint=f"PJSIP/{self._line.number}@trunk-{self._line.trunk}",
                ring_seconds=hotline.ring_seconds,
                music=music if self._wish.way is TransferWay.BLIND else "",
                outlives=self._wish.way is not TransferWay.BLIND,
                leg_context="hotline-leg",
                recording=self._new_recording() if recorded else None,
                may_pass_on=False,
                on_fact=self._hear,
                whisper=self._whisper(),
                note=note_of(self.attempt.started(self._dialled_at)),
            )
        except SessionOver:
            self._end(self._unseen())
            raise
        finally:
            await self._watch.close()
        if self._wish.judge is None:
            return self._end(result), result
        result, outcome, ended_by = await self._wish.judge(result)
        return self._end(result, outcome, ended_by), result

    def _new_recording(self) -> RecordingPlan:
        return self._context.new_recording(f"hotline:{self._hotline.hotline_id}", self.attempt.transfer_id)

    def _whisper(self) -> Path | None:
        name, definitions = self._hotline.whisper, self._context.definitions
        return definitions.prompts_dir / definitions.default_language / name if name else None

    def _hear(self, fact: LegFact) -> None:
        self._watch.hear(fact)
        match fact:
            case LegRang():
                self.attempt.rang(fact.at)
            case LegAnswered():
                self._first_answer = self._call.answered_at is None
                self._call.answered_at = self._call.answered_at or fact.at
                self.attempt.answered(fact.at, (fact.at - self._dialled_at).total_seconds())
                self._note_answer(fact.at)
                self._on_answer()
                self._wish.on_answer()
        self._say()

    def _note_answer(self, at: datetime) -> None:
        if self._context.open_transfer is not None:
            self._context.open_transfer = replace(self._context.open_transfer, answered_at=at)

    def _end(
        self, result: LegResult, known: TransferOutcome | None = None, ended_by: EndedBy | None = None
    ) -> TransferOutcome:
        now = self._office.clock()
        self._context.open_transfer = None
        verdict, reason = (known, "") if known is not None else self._verdict(result)
        outcome = self.attempt.ended(
            result,
            now,
            self._context.definitions.short_abandon_seconds,
            verdict=verdict,
            reason=reason,
            ended_by=ended_by,
        )
        self._say()
        if outcome is TransferOutcome.ANSWERED:
            self._call.answered_at = self._call.answered_at or now - timedelta(seconds=result.talk_seconds)
        elif self._first_answer:
            self._call.answered_at = None  # by a dead line: nobody has answered this caller yet
        rules = self._context.definitions.transfer
        for fact in self._office.health.heard(self._hotline, self._line.number, outcome, rules, now):
            self._office.record(fact)
        return outcome

    def _verdict(self, result: LegResult) -> tuple[TransferOutcome | None, str]:
        """Return what is known beyond how the leg ended: the line is dead."""
        if result.caller_left:
            return None, ""
        if self._watch.reason:
            answered = result.dial is DialOutcome.ANSWERED
            return (TransferOutcome.FAILED if answered else TransferOutcome.UNREACHABLE), self._watch.reason
        least = self._context.definitions.transfer.least_talk_seconds
        if result.dial is DialOutcome.ANSWERED and result.talk_seconds < least:
            return TransferOutcome.FAILED, HUNG_UP_AT_ONCE
        return None, ""

    def _say(self) -> None:
        for fact in self.attempt.take():
            self._office.record(fact)

    def _unseen(self) -> LegResult:
        seconds = (self._office.clock() - self._dialled_at).total_seconds()
        return LegResult(dial=DialOutcome.CANCELLED, ring_seconds=seconds, talk_seconds=0.0, caller_left=True)


def new_attempt(context: CallContext, wish: PassOn, line: Line | None = None) -> Attempt:
    """Begin the next row of this call in the ledger."""
    call = context.call
    call.transfers += 1
    return Attempt(
        f"{call.call_id}-t{call.transfers}",
        call.call_id,
        wish.hotline,
        wish.door,
        wish.initiator,
        line=line,
        way=wish.way,
    )
