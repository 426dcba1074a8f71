"""The live feed and the server around it: quick, bounded, and gone when told to go."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from web_room import Room

from calls.events import CallEnded, CallOutcome, EndedBy
from web import stream


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    async with Room.open() as room:
        yield room


LINE_LIMIT = 4 * 1024 * 1024

Come = Callable[[Room], Awaitable["Viewer"]]


@pytest.fixture
async def come() -> AsyncIterator[Come]:
    viewers: list[Viewer] = []

    async def come(room: Room) -> Viewer:
        viewers.append(await Viewer.come(room))
        return viewers[-1]

    yield come
    for viewer in viewers:
        await viewer.leave()


class Viewer:
    """A raw connection to the feed."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def come(cls, room: Room) -> Viewer:
        reader, writer = await asyncio.open_connection("127.0.0.1", room.server.port, limit=LINE_LIMIT)
        writer.write(b"GET /events HTTP/1.1\r\nhost: x\r\n\r\n")
        viewer = cls(reader, writer)
        viewer.head = await reader.readuntil(b"\r\n\r\n")
        return viewer

    head = b""

    async def board(self) -> dict[str, Any]:
        async with asyncio.timeout(10):
            while True:
                line = await self.reader.readline()
                if line.startswith(b"data: "):
                    board: dict[str, Any] = json.loads(line[6:])
                    return board
                if not line:
                    raise EOFError

    async def board_with(self, waiting: int) -> dict[str, Any]:
        while (board := await self.board())["totals"]["waiting"] != waiting:
            pass
        return board

    async def leave(self) -> None:
        self.writer.close()
        await asyncio.gather(self.writer.wait_closed(), return_exceptions=True)


async def until(condition: Any, seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 (other code's state, which has no event)
            await asyncio.sleep(0.01)


async def test_a_viewer_gets_the_whole_board_at_once_and_every_change(come: Come, room: Room) -> None:
    viewer = await come(room)
    assert b"text/event-stream" in viewer.head
    assert (await viewer.board())["city_id"] == "beijing"
    began = time.monotonic()
    room.queue_call("a")
    board = await viewer.board_with(waiting=1)
    assert time.monotonic() - began < 3
    assert board["waiting"][0]["ani"] == "138******45"
    await viewer.leave()
    again = await come(room)
    assert (await again.board())["totals"]["waiting"] == 1
    await again.leave()


async def test_many_events_are_few_boards(come: Come, room: Room) -> None:
    viewer = await come(room)
    await viewer.board()
    boards = 0
    began = time.monotonic()
    for n in range(500):
        room.queue_call(f"call-{n}")
        await asyncio.sleep(0)
    while (await viewer.board())["totals"]["waiting"] < 500:
        boards += 1
    assert boards + 1 <= 4 * (time.monotonic() - began) + 2
    await viewer.leave()


async def test_the_feed_rests_when_nobody_looks(come: Come, room: Room) -> None:
    viewers = [await come(room) for _ in range(3)]
    for viewer in viewers:
        await viewer.board()
    assert _tasks("web-board-feed") == 1
    for viewer in viewers:
        await viewer.leave()
    await until(lambda: not _tasks("web-board-feed") and not _tasks("web-viewer-gone"))


def _tasks(name: str) -> int:
    return sum(task.get_name() == name for task in asyncio.all_tasks())


async def test_quiet_times_have_heartbeats_and_boards(come: Come, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 0.3)
    monkeypatch.setattr(stream, "IDLE_SECONDS", 2)
    viewer = await come(room)
    await viewer.board()
    async with asyncio.timeout(10):
        while await viewer.reader.readline() != b": heartbeat\n":
            pass
    await viewer.board()
    await viewer.leave()


async def test_only_so_many_viewers_are_let_in(come: Come, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "MAX_VIEWERS", 1)
    first, second = await come(room), await come(room)
    assert second.head.startswith(b"HTTP/1.1 503")
    assert b"too_many_viewers" in await second.reader.readuntil(b"}")
    await first.board()


async def test_a_viewer_who_does_not_read_is_dropped_and_hurts_nobody(
    come: Come, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "SEND_SECONDS", 0.5)
    monkeypatch.setattr(stream, "MIN_INTERVAL_SECONDS", 0.01)
    for n in range(400):
        room.queue_call(f"call-{n}")
    sock = _small_window()
    reader, writer = await _connect(sock, room.server.port)
    transport: Any = writer.transport
    transport.pause_reading()
    writer.write(b"GET /events HTTP/1.1\r\nhost: x\r\n\r\n")
    good = await come(room)

    n = 0
    viewers = room.server._stream
    await until(lambda: viewers.viewers == 2)
    async with asyncio.timeout(20):
        while viewers.viewers == 2:
            n += 1
            room.queue_call(f"more-{n}")
            await good.board()
    assert viewers.viewers == 1
    await good.leave()
    writer.close()
    await asyncio.gather(writer.wait_closed(), return_exceptions=True)
    del reader


def _small_window() -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    sock.setblocking(False)
    return sock


async def _connect(sock: socket.socket, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    await asyncio.get_running_loop().sock_connect(sock, ("127.0.0.1", port))
    return await asyncio.open_connection(sock=sock, limit=1024)


async def test_a_feed_that_fails_ends_and_comes_back(come: Come, room: Room, caplog: pytest.LogCaptureFixture) -> None:
    viewer = await come(room)
    await viewer.board()
    room.board_error = RuntimeError("broken")
    room.changes.notify()
    async with asyncio.timeout(10):
        while (await viewer.reader.readline()) != b"0\r\n":
            pass
    await viewer.leave()
    room.board_error = None
    again = await come(room)
    await again.board()
    room.queue_call("a")
    await again.board_with(waiting=1)
    await again.leave()
    assert "the board's feed failed" in caplog.text


async def test_the_server_stops_quickly_with_viewers_and_half_sent_requests(come: Come) -> None:
    before = asyncio.all_tasks()
    async with Room.open() as room:
        viewers = [await come(room) for _ in range(20)]
        _, idle = await asyncio.open_connection("127.0.0.1", room.server.port)
        _, half = await asyncio.open_connection("127.0.0.1", room.server.port)
        half.write(b"GET /api/bo")
        began = time.monotonic()
        await room.server.stop()
        assert time.monotonic() - began < 5
        for viewer in viewers:
            await viewer.leave()
        for writer in (idle, half):
            writer.close()
            await asyncio.gather(writer.wait_closed(), return_exceptions=True)
    await until(lambda: asyncio.all_tasks() == before)


async def test_the_server_stops_quickly_with_a_viewer_who_does_not_read() -> None:
    async with Room.open() as room:
        for n in range(2000):
            room.queue_call(f"call-{n}")
        _, writer = await _connect(_small_window(), room.server.port)
        transport: Any = writer.transport
        transport.pause_reading()
        writer.write(b"GET /events HTTP/1.1\r\nhost: x\r\n\r\n")
        await until(lambda: room.server._stream.viewers == 1)
        for n in range(3):
            room.tell(CallEnded, call_id=f"call-{n}", outcome=CallOutcome.ABANDONED, ended_by=EndedBy.CALLER)
        began = time.monotonic()
        await room.server.stop()
        assert time.monotonic() - began < 5
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)


async def test_a_port_in_use_is_an_error_at_start(room: Room) -> None:
    with pytest.raises(OSError, match="in use"):
        await room.new_server(room.server.port).start()


async def test_a_server_can_start_again_on_its_port(come: Come, room: Room) -> None:
    viewer = await come(room)
    await room.server.stop()
    await viewer.leave()
    room.server = room.new_server(room.server.port)
    await room.server.start()
    again = await come(room)
    await again.board()
    await again.leave()
