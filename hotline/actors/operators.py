"""Operators' behaviour: what a person does with an `OperatorPhone`, call after call."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hotline.actors.phones import OperatorPhone, PhoneEvent, PhoneEventKind, PhoneGoneError

_ESTABLISH_SECONDS = 5.0
_LONGEST_RING_SECONDS = 120.0
_LONGEST_TALK_SECONDS = 600.0
_IDLE_SECONDS = 3600.0
"How long an operator sits without a call before going home."


class Response(StrEnum):
    """What an operator does when the phone rings."""

    ANSWER = "answer"
    IGNORE = "ignore"
    "Let it ring until the far end gives up."
    DECLINE = "decline"


@dataclass(frozen=True, slots=True)
class Habit:
    """How an operator treats one call."""

    response: Response = Response.ANSWER

    ring_seconds: float = 1.0
    "How long the phone rings before the operator responds."

    talk_seconds: float | None = None
    "How long the operator talks before hanging up; None talks until the far end hangs up."

    keys: str | None = None
    "Keys pressed during the talk, such as *102 for a transfer."

    keys_after_seconds: float = 1.0
    "How long after answering they are pressed."


@dataclass(frozen=True, slots=True)
class TakenCall:
    """One call that came to an operator."""

    rang_at: datetime
    peer: str
    answered_at: datetime | None
    closed_at: datetime

    hung_up: bool
    "The operator ended it; else the far end did."


class OperatorRole:
    """Plays one operator on one phone until cancelled or until the phone is gone."""

    def __init__(self, phone: OperatorPhone, habits: Habit | Sequence[Habit] = ()) -> None:
        """Treat calls by these habits in turn, over and over; without any, answer and talk until the far end leaves."""
        self.phone = phone
        self.calls: list[TakenCall] = []
        given = (habits,) if isinstance(habits, Habit) else tuple(habits)
        self._habits: Iterator[Habit] = itertools.cycle(given or (Habit(),))

    async def run(self) -> None:
        """Take calls."""
        try:
            while (
                ring := await self.phone.next_of(PhoneEventKind.INCOMING, timeout_seconds=_IDLE_SECONDS)
            ) is not None:
                self.calls.append(await self._take(ring, next(self._habits)))
        except PhoneGoneError:
            return

    async def _take(self, ring: PhoneEvent, habit: Habit) -> TakenCall:
        waits = _LONGEST_RING_SECONDS if habit.response is Response.IGNORE else habit.ring_seconds
        closed = await self._closed_within(waits)
        if closed is not None:
            return TakenCall(ring.at, ring.peer, None, closed.at, hung_up=False)
        if habit.response is not Response.ANSWER:
            await self.phone.decline()
            closed = await self.phone.wait_for(PhoneEventKind.CLOSED, timeout_seconds=_ESTABLISH_SECONDS)
            return TakenCall(ring.at, ring.peer, None, closed.at, hung_up=True)
        await self.phone.answer()
        up = await self.phone.wait_for(
            PhoneEventKind.ESTABLISHED, PhoneEventKind.CLOSED, timeout_seconds=_ESTABLISH_SECONDS
        )
        if up.kind is PhoneEventKind.CLOSED:
            return TakenCall(ring.at, ring.peer, None, up.at, hung_up=False)
        return await self._talk(ring, up, habit)

    async def _talk(self, ring: PhoneEvent, up: PhoneEvent, habit: Habit) -> TakenCall:
        left = _LONGEST_TALK_SECONDS if habit.talk_seconds is None else habit.talk_seconds
        closed = None
        if habit.keys is not None:
            closed = await self._closed_within(habit.keys_after_seconds)
            if closed is None:
                await self.phone.press(habit.keys)
                left = max(left - habit.keys_after_seconds, 0.0)
        closed = closed or await self._closed_within(left)
        hung_up = closed is None
        if closed is None:
            await self.phone.hangup()
            closed = await self.phone.wait_for(PhoneEventKind.CLOSED, timeout_seconds=_ESTABLISH_SECONDS)
        return TakenCall(ring.at, ring.peer, up.at, closed.at, hung_up=hung_up)

    async def _closed_within(self, seconds: float) -> PhoneEvent | None:
        return await self.phone.next_of(PhoneEventKind.CLOSED, timeout_seconds=seconds)
