"""One button to a hotline: its numbers in turn, and where none connects the caller back, never dropped."""

from __future__ import annotations

from datetime import timedelta

from agi_scripts import sounds
from agi_scripts.context import CallContext
from agi_scripts.reach import Reaching, new_attempt
from agi_scripts.wishes import Done, PassOn, Serve, Walk, Wish
from calls.errors import SessionOver
from calls.events import EndedBy, TransferOutcome, TransferReturned, TransferWay
from calls.legs import LegResult
from calls.model import CallStage
from ivr.hours import is_open
from transfer.limits import CALLS_AT_ONCE, PER_CALL, PER_OPERATOR

ON_FAILURE = "on_failure"
"""Why a flow is entered after no number of a hotline connected."""


class PassingOn:
    """One wish to be connected with a hotline, through whichever door it came."""

    def __init__(self, context: CallContext, wish: PassOn) -> None:
        self._context = context
        self._office = context.office
        self._call = context.call
        self._wish = wish
        self._hotline = wish.hotline
        self._released = False
        self.transfer_id = ""
        "Of the latest attempt."

    async def run(self) -> Wish:
        """Connect the caller; return what the call wants after it. Raises SessionOver when the caller leaves."""
        call = self._call
        call.asked_at = call.asked_at or self._office.clock()
        call.stage = CallStage.TRANSFERRING
        call.topic = self._hotline.about
        outcome, result = await self.connect()
        if result is not None and outcome is TransferOutcome.ANSWERED:
            self._release_operator()
            return Done(EndedBy.CALLER if result.caller_left else EndedBy.TARGET, hangup_cause=result.hangup_cause)
        if result is not None and result.caller_left:
            self._release_operator()
            raise SessionOver
        return self.come_back(outcome)

    async def connect(self) -> tuple[TransferOutcome, LegResult | None]:
        """Dial, where it may be dialled now; return how it went, and the last leg where there was one."""
        refusal = self._refusal()
        if refusal is not None:
            return self._refused(*refusal), None
        if not self._office.limits.begin(self._hotline, self._unowned()):
            return self._refused(TransferOutcome.LIMIT, CALLS_AT_ONCE), None
        try:
            return await self._try_each()
        finally:
            self._office.limits.end(self._hotline)

    # -- may it be dialled? ------------------------------------------------------------------------

    def _refusal(self) -> tuple[TransferOutcome, str] | None:
        """Return why it may not be dialled now, and the limit that says so; an emergency line always may."""
        definitions, now = self._context.definitions, self._office.clock()
        if self._hotline.is_emergency:
            return None
        hours = definitions.hours[self._hotline.hours] if self._hotline.hours else None
        if not is_open(hours, now, definitions.zone, definitions.calendar):
            return TransferOutcome.OUT_OF_HOURS, ""
        if self._call.transfers >= definitions.transfer.per_call:
            return TransferOutcome.LIMIT, PER_CALL
        operator_id = self._wish.operator_id
        if operator_id is not None and not self._office.limits.may_start(
            operator_id, self._hotline, definitions.transfer, now
        ):
            return TransferOutcome.LIMIT, PER_OPERATOR
        return None

    def _refused(self, outcome: TransferOutcome, reason: str) -> TransferOutcome:
        """It is an attempt all the same, with its row in the ledger, and no telephone rings."""
        attempt = new_attempt(self._context, self._wish)
        self.transfer_id = attempt.transfer_id
        attempt.refused(outcome, self._office.clock(), reason)
        for fact in attempt.take():
            self._office.record(fact)
        return outcome

    def _unowned(self) -> int:
        """Return how many conversations go on at the hotline that outlived the service or their session."""
        open_calls = self._office.open_calls.values()
        hotline_id = self._hotline.hotline_id
        return sum(each.transfer is not None and each.transfer.target_id == hotline_id for each in open_calls)

    # -- its numbers in turn -----------------------------------------------------------------------

    async def _try_each(self) -> tuple[TransferOutcome, LegResult | None]:
        """Try the hotline's numbers until one connects, none of them twice."""
        hotline, language = self._hotline, self._call.language
        rules = self._context.definitions.transfer
        route = self._office.health.route(hotline, rules, self._office.clock())
        music = sounds.connecting(hotline.hotline_id, language, is_down=route.is_down)
        outcome, result = TransferOutcome.FAILED, None
        for line in route.lines:
            reaching = Reaching(self._context, self._wish, line, on_answer=self._release_operator)
            self.transfer_id = reaching.attempt.transfer_id
            outcome, result = await reaching.run(music)
            if outcome is TransferOutcome.ANSWERED or result.caller_left:
                break
            if self._wish.way is TransferWay.BLIND:
                self._call.stage = CallStage.TRANSFERRING
            if self._call.transfers >= rules.per_call and not hotline.is_emergency:
                break
            music = sounds.connecting(hotline.hotline_id, language, after=outcome)
        return outcome, result

    # -- and back ----------------------------------------------------------------------------------

    def come_back(self, outcome: TransferOutcome) -> Wish:
        """Nobody is dropped: back to the operator who passed the caller on, else on by the hotline's own rule."""
        operator_id, queue = self._wish.operator_id, self._wish.queue
        if queue is None:
            return self._by_rule(outcome)
        if operator_id is not None and not self._office.room.can_take(operator_id):
            operator_id = None  # they went home, or have another call
        self._returned(operator_id or f"queue:{queue.queue_id}")
        music = sounds.returning(outcome, "operator" if operator_id else "queue", self._call.language)
        return Serve(queue, music=music, operator_id=operator_id, at_head=True)

    def _by_rule(self, outcome: TransferOutcome) -> Wish:
        """What the hotline's entry says: a flow, once in a call, else a queue."""
        rule, definitions = self._hotline.on_failure, self._context.definitions
        if rule.flow is not None and self._context.first_time(ON_FAILURE):
            self._returned(f"flow:{rule.flow}")
            self._call.stage = CallStage.IN_MENU
            return Walk(rule.flow, ON_FAILURE, (sounds.failure(outcome),))
        self._returned(f"queue:{rule.queue}")
        self._call.priority += rule.priority or 0
        music = sounds.returning(outcome, "queue", self._call.language)
        return Serve(definitions.queues[rule.queue], music=music, at_head=rule.priority is None)

    def _returned(self, to: str) -> None:
        self._office.record(
            TransferReturned(
                at=self._office.clock(),
                call_id=self._call.call_id,
                transfer_id=self.transfer_id,
                returned_to=to,
            )
        )

    def _release_operator(self) -> None:
        """The call does not come back: its operator's wrap-up is no longer stretched for it."""
        if self._wish.operator_id is None or self._wish.queue is None or self._released:
            return
        self._released = True
        until = self._office.clock() + timedelta(seconds=self._wish.queue.wrap_up_seconds)
        self._office.room.wrap_up_until(self._wish.operator_id, until)
