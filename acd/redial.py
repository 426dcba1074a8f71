"""Who left while they waited: a caller who calls again soon regains the place. Pure; fed with the journal's facts."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from calls.events import (
    CallDequeued,
    CallEnded,
    CallOutcome,
    CallQueued,
    CallStarted,
    Event,
    OperatorAnswered,
    TransferAnswered,
)

MAX_CALLS = 20_000
"""Calls that are followed at a time, and places that are kept; the oldest are forgotten."""

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")
_LEFT = (CallOutcome.ABANDONED, CallOutcome.SHORT_ABANDON)


@dataclass(slots=True)
class _Followed:
    """A call that is going on."""

    number: str
    queue_id: str = ""
    "Where it waits; empty where it does not."
    place_at: datetime | None = None
    "What it is ordered by there."
    regained: bool = False


@dataclass(frozen=True, slots=True)
class _Left:
    """A place that its caller left."""

    left_at: datetime
    place_at: datetime


class RedialMemory:
    """Remembers the places of callers who hung up. Each place is regained once, in the same queue."""

    def __init__(self, most: int = MAX_CALLS) -> None:
        self._most = most
        self._calls: OrderedDict[str, _Followed] = OrderedDict()
        self._left: OrderedDict[tuple[str, str], _Left] = OrderedDict()

    def apply(self, event: Event) -> None:
        """Take in one fact."""
        match event:
            case CallStarted() if event.ani and not event.callback_of:
                self._calls[event.call_id] = _Followed(event.ani)
                _trim(self._calls, self._most)
            case CallQueued() if (call := self._calls.get(event.call_id)) is not None:
                call.queue_id = event.queue_id
                call.place_at = event.place_at or event.queued_at or event.at
                call.regained = event.place_at is not None
            case OperatorAnswered() | TransferAnswered():
                self._calls.pop(event.call_id, None)
            case CallDequeued() if event.reason != "caller_left" and event.call_id in self._calls:
                self._calls[event.call_id].queue_id = ""
            case CallEnded():
                self._ended(event)

    def regain(self, number: str, queue_id: str, now: datetime, within: timedelta) -> datetime | None:
        """Return the place that this caller left in this queue, and forget it; None where there is none."""
        left = self._left.pop((number, queue_id), None) if number else None
        return left.place_at if left is not None and now - left.left_at <= within else None

    def regained(self, call_id: str) -> datetime | None:
        """Return the place that a call going on had regained: a restart of the service does not take it away."""
        call = self._calls.get(call_id)
        return call.place_at if call is not None and call.regained else None

    def _ended(self, event: CallEnded) -> None:
        call = self._calls.pop(event.call_id, None)
        if call is None or not call.queue_id or call.place_at is None or event.outcome not in _LEFT:
            return
        self._left[call.number, call.queue_id] = _Left(event.at, call.place_at)
        self._left.move_to_end((call.number, call.queue_id))
        _trim(self._left, self._most)


def _trim(memory: OrderedDict[_Key, _Value], most: int) -> None:
    while len(memory) > most:
        memory.popitem(last=False)
