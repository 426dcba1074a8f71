"""What a waiting caller is asked who would rather be called back: on which number."""

from __future__ import annotations

from datetime import timedelta

from acd.callback_policy import CallbackPrompt
from agi_scripts.context import CallContext
from agi_scripts.wishes import AskCallback, Done, Wish
from calls.errors import SessionOver
from calls.events import CallbackSource, CallDequeued, EndedBy
from ivr.model import SystemPrompt

QUESTIONS = 4
"""Questions at most about the number, before the caller waits on."""

SILENT_QUESTIONS = 2
"""Questions in a row without any key, after which the caller waits on."""

CONFIRM_SECONDS = 5.0
"""Wait for a key after a number was read out."""

NUMBER_SECONDS = 8.0
"""Wait for the next key of a number."""

NUMBER_KEYS = 20
"""Keys of a number at most."""

RIGHT, OTHER = "1", "2"
"""Keys: this number, another one."""


class AskingCallback:
    """Asks a waiting caller on which number to call back; no answer, and they wait on with the same clock."""

    def __init__(self, context: CallContext, wish: AskCallback) -> None:
        self._context = context
        self._office = context.office
        self._call = context.call
        self._serve = wish.serve

    async def run(self) -> Wish:
        """Ask; return goodbye where the wish was noted. Raises SessionOver when the caller leaves."""
        try:
            number = await self._number()
            if number is None:
                return self._serve
            if self._note(number):
                return Done(EndedBy.SERVICE, (CallbackPrompt.NOTED, SystemPrompt.GOODBYE))
            await self._context.voice.say((CallbackPrompt.FULL,), self._call.language)
            return self._serve
        except SessionOver:
            if not self._call.to_call_back:
                self._dequeued("caller_left")
            raise

    async def _number(self) -> str | None:
        """Return the number that the caller confirmed; None where they confirmed none."""
        policy = self._context.definitions.callbacks
        number, refused, silent = policy.dialable(self._call.ani), False, 0
        for _ in range(QUESTIONS):
            if silent == SILENT_QUESTIONS:
                return None
            if number is None:
                first = (CallbackPrompt.REFUSED,) if refused else ()
                keyed = await self._ask((*first, CallbackPrompt.ENTER), NUMBER_SECONDS, NUMBER_KEYS)
                number, refused = policy.dialable(keyed), bool(keyed)
                silent = 0 if keyed else silent + 1
                continue
            key = await self._ask((CallbackPrompt.CONFIRM,), CONFIRM_SECONDS, 1, callback_number=number)
            silent = 0 if key else silent + 1
            if key == RIGHT:
                return number
            if key == OTHER:
                number, refused = None, False
        return None

    async def _ask(self, prompts: tuple[str, ...], seconds: float, keys: int, **values: str) -> str:
        voice, language = self._context.voice, self._call.language
        return await voice.ask(prompts, language, seconds, max_digits=keys, values=self._context.values(values))

    def _note(self, number: str) -> bool:
        call, queue = self._call, self._serve.queue
        hours = self._context.definitions.callbacks.deadline_hours
        due_at = self._office.clock() + timedelta(hours=hours)
        if not self._office.callbacks.note(call, number, queue.queue_id, CallbackSource.QUEUE, due_at):
            return False
        call.to_call_back = True
        self._dequeued("callback")
        return True

    def _dequeued(self, reason: str) -> None:
        queue_id = self._serve.queue.queue_id
        self._office.record(
            CallDequeued(at=self._office.clock(), call_id=self._call.call_id, queue_id=queue_id, reason=reason)
        )
