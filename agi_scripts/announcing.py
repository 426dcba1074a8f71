"""What a waiting caller is told: that they wait, their place, how long it may take, a comforting word now and then.

Music is a class of Asterisk and never stands in the way. What is spoken here occupies the call's AGI session, so it is
cut off through the control link the moment the wait is over (docs/decisions/0007).
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from typing import NoReturn

import structlog

from acd.model import CallQueue
from acd.routing import WaitingCall
from agi_scripts import sounds
from agi_scripts.context import CallContext
from calls.errors import HotlineError, SessionOver
from calls.events import WaitForecast
from ivr.model import WaitingPrompt

CUT_AGAIN_SECONDS = 0.03
"""A playing file that goes on this long after it was told to stop is told again: it may just have begun."""

CUT_TRIES = 20
"""Times that a playing file is told to stop; then the connection waits for its end."""

LONGEST_TOLD_SECONDS = 3600.0
"""A longer expected wait is not spoken."""

log = structlog.get_logger(__name__)


class Announcing:
    """What one call hears in one queue, over all its waits there."""

    def __init__(self, context: CallContext, queue: CallQueue, first_music: str | None) -> None:
        """`first_music` is the class that is heard first where it is not the queue's own."""
        self._context = context
        self._queue = queue
        self.music = first_music or sounds.waiting(queue.queue_id, context.call.language)
        "Music class to hear now, also while a phone rings."
        self._greets = first_music is None
        self._due: float | None = None
        self._playing = False

    async def run(self, waiting: WaitingCall) -> NoReturn:
        """Play music and speak now and then, without end. After it was cancelled, `cut` must follow."""
        loop, every = asyncio.get_running_loop(), self._queue.announce_seconds
        if self._due is None:
            self._due = loop.time() + every
            if not self._queue.announce_position:
                forecast(self._context, waiting)
            if self._queue.announces and self._greets:
                await self._speak(self._queue.announcement, waiting)
        await self._context.session.music_on(self.music)
        while not self._queue.announces:
            await asyncio.Event().wait()
        while True:
            await asyncio.sleep(max(0.0, self._due - loop.time()))
            self._due = loop.time() + every
            await self._speak(self._queue.comfort, waiting)
            await self._context.session.music_on(self.music)

    def after_miss(self) -> None:
        """An operator was rung and did not answer: the caller waits again."""
        if not self._queue.announces:
            self.music = sounds.waiting(self._queue.queue_id, self._context.call.language)

    async def cut(self) -> None:
        """Stop what is being spoken; the line is free for the next command then."""
        if not self._playing:
            return
        self._playing = False
        session = self._context.session
        for _ in range(CUT_TRIES):
            self._context.office.switchboard.stop_playing(session.request.channel)
            if await session.wait_free(CUT_AGAIN_SECONDS):
                return
        log.warning("announcement_not_cut", call_id=self._context.call.call_id)

    async def _speak(self, prompt: str | None, waiting: WaitingCall) -> None:
        prompts, values = self._words(waiting)
        prompts = [*([prompt] if prompt else ()), *prompts]
        context = self._context
        try:
            file = await context.voice.file(prompts, context.call.language, context.values(values))
            # nothing is begun that could not be cut off
            if file and context.office.switchboard.can_stop_playing:
                self.music = sounds.holding(self._queue.queue_id)  # the other class says again what is said now
                self._playing = True
                await context.session.stream_file(file)
                self._playing = False
        except SessionOver:
            raise
        except HotlineError as error:
            self._playing = False
            log.warning("announcement_not_spoken", call_id=context.call.call_id, error=str(error))

    def _words(self, waiting: WaitingCall) -> tuple[Sequence[str], dict[str, str]]:
        """Return the prompts that tell the caller's place, and what they speak."""
        if not self._queue.announce_position:
            return (), {}
        told = forecast(self._context, waiting, told=True)
        if told is None:
            return (), {}
        prompts: list[str] = [WaitingPrompt.QUEUE_POSITION]
        values = {"queue_position": str(told.position)}
        if told.expected_seconds is not None and told.expected_seconds <= LONGEST_TOLD_SECONDS:
            prompts.append(WaitingPrompt.EXPECTED_WAIT)
            values["wait_minutes"] = str(max(1, math.ceil(told.expected_seconds / 60)))
        return prompts, values


def forecast(context: CallContext, waiting: WaitingCall, *, told: bool = False) -> WaitForecast | None:
    """Record and return what is expected of this wait now; None for a call that no longer waits."""
    office = context.office
    position = office.room.position(waiting.call_id)
    if position is None:
        return None
    expected = office.expected_wait.expected_seconds(waiting) if office.expected_wait is not None else None
    fact = WaitForecast(
        at=office.clock(),
        call_id=waiting.call_id,
        queue_id=waiting.queue_id,
        position=position,
        expected_seconds=None if expected is None else round(expected, 1),
        told=told,
    )
    office.record(fact)
    return fact
