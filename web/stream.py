"""The live feed: one encoder for all viewers, and one slot for each, in which the latest board replaces the one before.

A viewer who reads slowly misses boards, never gets late ones, and holds at most one in memory. One who does not read
at all is dropped. Without viewers nothing runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from calls.board_model import without_clock
from web.errors import error_response
from web.ports import WebDeps

MIN_INTERVAL_SECONDS = 0.25
"Four boards a second at most."
IDLE_SECONDS = 1.0
"Figures can change as time passes; without any event they are looked at this often."
HEARTBEAT_SECONDS = 10.0
"Within so many seconds every viewer gets a comment and a board, so that a dead connection shows on both sides."
SEND_SECONDS = 10.0
"A viewer whose connection takes nothing for so long is dropped."
CLOSE_SECONDS = 0.3
MAX_VIEWERS = 200
_BUSY_SHARE = 10
"Encoding may take a tenth of the time at most; a very large board is sent less often."

_log = logging.getLogger(__name__)


def encode(board: dict[str, Any]) -> bytes:
    """Return the board as one server-sent event."""
    text = json.dumps(board, ensure_ascii=False, separators=(",", ":"))
    return f"event: board\ndata: {text}\n\n".encode()


class Viewer:
    """One connected viewer's slot."""

    __slots__ = ("address", "ended", "latest", "woken")

    def __init__(self, address: object) -> None:
        self.address = address
        self.latest: bytes | None = None
        self.ended = False
        self.woken = asyncio.Event()

    def end(self) -> None:
        """Let the viewer's response end after what is being sent."""
        self.ended = True
        self.woken.set()

    def offer(self, event: bytes) -> None:
        """Replace what the viewer has not read yet."""
        self.latest = event
        self.woken.set()

    def take(self) -> bytes | None:
        """Return what is to be sent, once."""
        event, self.latest = self.latest, None
        self.woken.clear()
        return event


class BoardStream:
    """Feeds every viewer from one task, which lives as long as there are viewers."""

    def __init__(self, deps: WebDeps) -> None:
        self._deps = deps
        self._viewers: set[Viewer] = set()
        self._task: asyncio.Task[None] | None = None
        self._empty = asyncio.Event()
        self.closed = False
        self.abort: Callable[[object], None] = lambda _address: None
        "Cuts the connection of an address at once; the server sets it."

    @property
    def viewers(self) -> int:
        """How many are connected."""
        return len(self._viewers)

    async def close(self) -> None:
        """End every feed; connections that can't be ended in order are cut."""
        self.closed = True
        for viewer in self._viewers:
            viewer.end()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                while self._viewers:
                    self._empty.clear()
                    await self._empty.wait()
        for viewer in list(self._viewers):
            self.abort(viewer.address)
        await self._stop_task()

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one viewer's request until either side ends it."""
        if self.closed or len(self._viewers) >= MAX_VIEWERS:
            refusal = error_response(503, "too_many_viewers", f"At most {MAX_VIEWERS} viewers at once.")
            await refusal(scope, receive, send)
            return
        viewer = Viewer(scope.get("client"))
        viewer.offer(encode(self._deps.board().as_dict()))
        self._viewers.add(viewer)
        if self._task is None:
            self._task = asyncio.create_task(self._feed_or_end(), name="web-board-feed")
        gone = asyncio.create_task(_disconnected(receive), name="web-viewer-gone")
        gone.add_done_callback(lambda _task: viewer.woken.set())
        try:
            await self._send_all(viewer, gone, send)
        except TimeoutError:
            _log.warning("a viewer of the board was dropped: nothing read for %.0f s", SEND_SECONDS)
            self.abort(viewer.address)
        finally:
            gone.cancel()
            self._viewers.discard(viewer)
            if not self._viewers:
                self._empty.set()
                await self._stop_task()

    async def _send_all(self, viewer: Viewer, gone: asyncio.Task[None], send: Send) -> None:
        headers = [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"cache-control", b"no-store"),
            (b"x-accel-buffering", b"no"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await _send(send, b"retry: 1000\n\n")
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await viewer.woken.wait()
            if gone.done():
                return
            if viewer.ended:
                await _send(send, b"", more=False)
                return
            await _send(send, viewer.take() or b": heartbeat\n\n")

    async def _feed_or_end(self) -> None:
        """Feed until cancelled; if that fails, end all viewers, so that they notice and come again."""
        try:
            await self._feed()
        except Exception:
            _log.exception("the board's feed failed")
            self._task = None
            for viewer in self._viewers:
                viewer.end()

    async def _feed(self) -> None:
        """Look at the board when it changed and offer it to all."""
        loop = asyncio.get_running_loop()
        last: dict[str, Any] = {}
        sent_time = 0.0
        async with contextlib.aclosing(self._deps.subscribe()) as wakes:
            wake = asyncio.ensure_future(anext(wakes))
            try:
                while True:
                    began = loop.time()
                    board = self._deps.board().as_dict()
                    stable = without_clock(board)
                    if stable != last or began - sent_time >= HEARTBEAT_SECONDS:
                        last, sent_time = stable, began
                        event = encode(board)
                        for viewer in self._viewers:
                            viewer.offer(event)
                    await asyncio.sleep(max(MIN_INTERVAL_SECONDS, (loop.time() - began) * _BUSY_SHARE))
                    await asyncio.wait({wake}, timeout=IDLE_SECONDS)
                    if wake.done():
                        wake.result()
                        wake = asyncio.ensure_future(anext(wakes))
            finally:
                wake.cancel()
                await asyncio.gather(wake, return_exceptions=True)

    async def _stop_task(self) -> None:
        task, self._task = self._task, None
        if task is None:
            return
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _send(send: Send, body: bytes, *, more: bool = True) -> None:
    message: Message = {"type": "http.response.body", "body": body, "more_body": more}
    async with asyncio.timeout(SEND_SECONDS):
        await send(message)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
