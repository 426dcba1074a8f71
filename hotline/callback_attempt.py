"""One attempt to reach a citizen: an operator is kept, the citizen is rung, and what Asterisk tells decides.

The order to dial is sent once. Where its answer is lost, channels say what became of it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from acd.callback_policy import CallbackPolicy
from acd.callbacks import CallbackEntry, attempt_outcome
from acd.dispatcher import Assignment
from acd.waiting_room import WaitingRoom
from calls.errors import ActionTimedOut, HotlineError, LinkDown
from calls.events import AttemptOutcome, CallbackDialled, Event, OfferOutcome
from calls.ports import Clock, Record
from telephony.ami.link import AmiLink

log = structlog.get_logger(__name__)

CONTEXT = "callback"
"""Dialplan context that the citizen's channel enters when they pick up."""

DIAL_GRACE_SECONDS = 5.0
"""How long past its ring limit an attempt may stay untold; then it is looked for, and hung up."""

GOODBYE_SECONDS = 120.0
"""How long a citizen who asked may stay on the line; then they are called all the same."""


@dataclass(slots=True)
class Attempt:
    """What is known of the attempt that is under way."""

    placed_call_id: str
    offer: Assignment | None
    "None where the service has started again meanwhile."
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    "The citizen's channel has come to its entry: it is a call, and rings the operator."
    over: asyncio.Event = field(default_factory=asyncio.Event)
    "The citizen's channel is gone."
    picked_up: bool = False
    answered: bool = False
    "The citizen spoke with a person."
    hangup_cause: int | None = None
    lost: bool = False
    "It ended while nobody looked."

    def end(self, hangup_cause: int | None = None, *, lost: bool = False) -> None:
        """The citizen's channel is gone."""
        self.hangup_cause = hangup_cause
        self.lost = lost
        self.over.set()


@dataclass(slots=True)
class Citizen:
    """Somebody who waits to be called back."""

    entry: CallbackEntry
    attempt: Attempt | None = None
    task: asyncio.Task[None] | None = None
    on_the_line: bool = False
    "In the call in which they asked."
    _hung_up: asyncio.Event = field(default_factory=asyncio.Event)

    def call_ended(self, call_id: str) -> None:
        """Take note of the end of any call."""
        if call_id == self.entry.asked.call_id:
            self._hung_up.set()

    async def goodbye(self) -> None:
        """Wait until they have hung up: their telephone would be busy with the goodbye that they hear."""
        if self.on_the_line:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GOODBYE_SECONDS):
                    await self._hung_up.wait()
            self.on_the_line = False


@dataclass(frozen=True, slots=True)
class Dialler:
    """What attempts are made with."""

    link: AmiLink
    room: WaitingRoom
    record: Record
    flush: Callable[[], Awaitable[None]]
    "Waits until what was recorded is on the disk."
    clock: Clock

    async def dial(self, entry: CallbackEntry, attempt: Attempt, policy: CallbackPolicy) -> AttemptOutcome:
        """Ring the citizen; return what came of it once that is known, at the latest when the call is over."""
        assert attempt.offer is not None
        fact = CallbackDialled(
            at=self.clock(),
            call_id=entry.asked.call_id,
            callback_id=entry.callback_id,
            attempt=entry.attempts + 1,
            placed_call_id=attempt.placed_call_id,
            operator_id=attempt.offer.operator_id,
        )
        self.say(entry, fact)
        try:
            await (
                self.flush()
            )  # whatever kills us from here on, the next service knows of this attempt and looks for it
            await self.link.originate(
                f"PJSIP/{entry.asked.number}@trunk-{policy.trunk}",
                channel_id=attempt.placed_call_id,
                context=CONTEXT,
                exten="s",
                ring_seconds=policy.ring_seconds,
                caller_id=policy.number or entry.asked.dnis,
            )
        except (ActionTimedOut, LinkDown) as error:
            # it may ring or may not: looked for below, never ordered again; nobody is kept for it meanwhile
            log.warning("callback_not_confirmed", callback_id=entry.callback_id, error=str(error))
            self.release(attempt)
        except HotlineError as error:
            log.error("callback_not_dialled", callback_id=entry.callback_id, error=str(error))
            return AttemptOutcome.FAILED
        return await self.follow(entry, attempt, policy)

    async def follow(self, entry: CallbackEntry, attempt: Attempt, policy: CallbackPolicy) -> AttemptOutcome:
        """Wait for the end of an attempt, and of the call that it became."""
        began = self.clock()
        await self._first(attempt, policy.ring_seconds + DIAL_GRACE_SECONDS)
        if attempt.arrived.is_set():
            await attempt.over.wait()
            return AttemptOutcome.ANSWERED if attempt.answered else AttemptOutcome.LEFT
        if not attempt.over.is_set():
            log.warning("callback_untold", callback_id=entry.callback_id)
            await self.hang_up(attempt.placed_call_id)
            return AttemptOutcome.FAILED
        if attempt.lost:
            return AttemptOutcome.LOST
        if attempt.picked_up:
            return AttemptOutcome.LEFT
        return attempt_outcome(_seconds(began, self.clock()) >= policy.ring_seconds - 0.5, attempt.hangup_cause)

    async def hang_up(self, placed_call_id: str) -> None:
        """Hang up on a citizen, where there is still somebody to hang up on."""
        with contextlib.suppress(HotlineError):
            await self.link.hangup(placed_call_id)

    def release(self, attempt: Attempt) -> None:
        """Free the operator, who did nothing wrong; one who was rung is the call's own matter."""
        offer, attempt.offer = attempt.offer, None
        if offer is not None and not attempt.arrived.is_set():
            self.room.offer_ended(offer, OfferOutcome.CALLER_LEFT)

    def say(self, entry: CallbackEntry, fact: Event) -> None:
        """Record a fact of an entry; the entry knows it at once."""
        entry.apply(fact)  # type: ignore[arg-type]  # every fact that is said here is about a call
        self.record(fact)

    async def _first(self, attempt: Attempt, seconds: float) -> None:
        waiting = [
            asyncio.create_task(event.wait(), name=f"{name} {attempt.placed_call_id}")
            for name, event in (("arrival", attempt.arrived), ("end", attempt.over))
        ]
        try:
            await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)


def _seconds(since: datetime, until: datetime) -> float:
    return (until - since).total_seconds()
