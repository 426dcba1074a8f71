"""Brings snapshots and messages to one handler: in order, one at a time, in a queue with an end."""

from __future__ import annotations

import asyncio
import inspect
from collections import deque
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Protocol

import structlog

from .limits import AmiCounters
from .messages import Message
from .rows import Snapshot

log = structlog.get_logger(__name__)

_TURN_SECONDS = 0.02
"Longest time messages are handled before other tasks get a turn: a fast handler empties more than one read brings."


class MessageHandler(Protocol):
    """Takes one message. May be a coroutine function."""

    def __call__(self, message: Message, /) -> Awaitable[None] | None:
        """Deals with the message."""


class UpHandler(Protocol):
    """Takes what exists when the link came up. May be a coroutine function."""

    def __call__(self, snapshot: Snapshot, /) -> Awaitable[None] | None:
        """Compares what it knows with the snapshot."""


class DownHandler(Protocol):
    """Learns why the link went down. May be a coroutine function."""

    def __call__(self, reason: str, /) -> Awaitable[None] | None:
        """Knows that from now on events are missed."""


@dataclass(frozen=True, slots=True)
class _Up:
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class _Down:
    reason: str


class Delivery:
    """The queue between the connection and the handler, and the task that empties it."""

    def __init__(self, limit: int, handler_seconds: float, counters: AmiCounters) -> None:
        self._limit = limit
        self._handler_seconds = handler_seconds
        self._counters = counters
        self._queue: deque[Message | _Up | _Down] = deque()
        self._held: list[Message] | None = []
        self._filled = asyncio.Event()
        self._empty = asyncio.Event()
        self._empty.set()
        self.on_message: MessageHandler = _nobody
        self.on_up: UpHandler = _nobody
        self.on_down: DownHandler = _nobody

    def put(self, message: Message) -> bool:
        """Takes a message. False where there is no room: then the link must go down, for this message is lost."""
        if self._held is not None:
            # the snapshot is being read: what is told meanwhile comes after it
            if len(self._held) >= self._limit:
                return False
            self._held.append(message)
            return True
        if len(self._queue) >= self._limit:
            return False
        self._append(message)
        return True

    def hold(self) -> None:
        """From now on messages wait for the snapshot of a new link."""
        self._held = []

    def up(self, snapshot: Snapshot) -> None:
        """Delivers the snapshot, then what was told since the login."""
        held, self._held = self._held or [], None
        self._append(_Up(snapshot))
        self._queue.extend(held)

    def down(self, reason: str) -> None:
        """Delivers, after everything that was told before, that the link is down."""
        self._append(_Down(reason))

    async def drained(self, seconds: float) -> None:
        """Waits until the handler has seen everything. What it leaves after that time is dropped and counted."""
        try:
            async with asyncio.timeout(seconds):
                await self._empty.wait()
        except TimeoutError:
            kept = [item for item in self._queue if isinstance(item, _Down)]
            dropped = len(self._queue) - len(kept)
            self._counters.dropped += dropped
            self._queue = deque(kept)
            log.error("ami messages dropped, a new snapshot replaces them", dropped=dropped)

    async def run(self) -> None:
        """Hands over one after another, for ever."""
        loop = asyncio.get_running_loop()
        while True:
            await self._filled.wait()
            self._filled.clear()
            turn_ends = loop.time() + _TURN_SECONDS
            while self._queue:
                await self._hand_over(self._queue.popleft())
                if loop.time() > turn_ends:
                    await asyncio.sleep(0)
                    turn_ends = loop.time() + _TURN_SECONDS
            self._empty.set()

    def _append(self, item: Message | _Up | _Down) -> None:
        self._queue.append(item)
        self._empty.clear()
        self._filled.set()

    async def _hand_over(self, item: Message | _Up | _Down) -> None:
        try:
            if isinstance(item, _Up):
                result = self.on_up(item.snapshot)
            elif isinstance(item, _Down):
                result = self.on_down(item.reason)
            else:
                result = self.on_message(item)
            if inspect.isawaitable(result):
                async with asyncio.timeout(self._handler_seconds):
                    await result
        except Exception:
            # a handler's failure costs its own message, not the ones behind it
            self._counters.handler_errors += 1
            log.exception("ami handler failed", message=type(item).__name__)


def _nobody(_: object, /) -> None:
    """Handles nothing."""
