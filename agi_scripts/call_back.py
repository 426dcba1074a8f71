"""agi://host/call_back: a citizen whom we called has picked up; from here on it is a call like any other."""

from __future__ import annotations

from acd.callback_policy import CallbackPrompt
from agi_scripts.context import CallContext
from agi_scripts.definitions import Definitions
from agi_scripts.inbound import Inbound
from agi_scripts.office import PlacedCall, case_id_of
from agi_scripts.wishes import Done, Serve, Wish
from calls.events import EndedBy, OfferOutcome
from calls.model import Call
from ivr.model import SystemPrompt
from telephony.agi.session import AgiSession


class CallBack(Inbound):
    """The handler of the entry that a citizen's channel comes to when they pick up."""

    def _new_call(self, session: AgiSession, definitions: Definitions) -> Call:
        now, call_id = self._office.clock(), session.request.uniqueid
        placed = self._office.callbacks.placed(call_id)
        if placed is None:  # nobody waits for it any more; it gets a goodbye
            language = definitions.default_language
            return Call(call_id, case_id_of(call_id, now), "", "", "", language, now, closed=True)
        asked = placed.asked
        return Call(
            call_id=call_id,
            case_id=asked.case_id,
            ani=asked.number,
            dnis=asked.dnis,
            line_id=asked.line_id,
            language=asked.language or definitions.default_language,
            started_at=now,
            place_at=asked.place_at or asked.queued_at,
            topic=asked.topic,
            skills=dict(asked.skills),
            callback_of=asked.call_id,
        )

    async def _begin(self, context: CallContext) -> Wish:
        """Say who calls; then the operator who was kept for it is rung, or the next one."""
        placed = self._office.callbacks.placed(context.call.call_id)
        if placed is None:
            return Done(EndedBy.SERVICE, (SystemPrompt.GOODBYE,))
        try:
            await context.voice.say((CallbackPrompt.HELLO,), context.call.language, barge_in=False)
        except BaseException:
            self._release(placed)
            raise
        queues = context.definitions.queues
        queue = queues.get(placed.asked.queue_id) or next(iter(queues.values()))
        return Serve(queue, at_head=True, offer=placed.offer)

    def _release(self, placed: PlacedCall) -> None:
        if placed.offer is not None:
            self._office.room.offer_ended(placed.offer, OfferOutcome.CALLER_LEFT)
