"""The other end of FastAGI sessions for tests: connects like Asterisk and says what it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from telephony.agi import AgiLimits, AgiServer, AgiSession, Handler

DEADLINE_SECONDS = 10.0

T = TypeVar("T")


def header(script: str = "inbound", callerid: str = "13800000000") -> bytes:
    return (
        f"agi_network: yes\nagi_request: agi://127.0.0.1/{script}\nagi_channel: PJSIP/trunk-city-00000001\n"
        f"agi_uniqueid: 1795335626.13\nagi_callerid: {callerid}\nagi_threadid: 1\n\n"
    ).encode()


class Asterisk:
    """The other end of a session, told line by line what to do."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def hears(self) -> str:
        """Return the next command."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            return (await self.reader.readline()).decode().rstrip("\n")

    def says(self, text: str) -> None:
        self.writer.write(text.encode())

    async def answers(self, command: str, reply: str) -> None:
        assert await self.hears() == command
        self.says(reply)

    async def sees_the_end(self) -> None:
        async with asyncio.timeout(DEADLINE_SECONDS):
            try:
                assert await self.reader.read() == b""
            except ConnectionResetError:
                return

    async def leaves(self) -> None:
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except OSError:
            return


@asynccontextmanager
async def asterisk(server: AgiServer, hello: bytes | None = None) -> AsyncIterator[Asterisk]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    peer = Asterisk(reader, writer)
    try:
        writer.write(header() if hello is None else hello)
        yield peer
    finally:
        await peer.leaves()


@asynccontextmanager
async def serving(handler: Handler, limits: AgiLimits | None = None) -> AsyncIterator[AgiServer]:
    """Run a server for the script `inbound`, and see that nothing is left of it."""
    before = asyncio.all_tasks()
    server = AgiServer({"inbound": handler}, limits=limits)
    await server.start()
    try:
        yield server
    finally:
        await server.stop(grace_seconds=1)
    assert server.open_sessions == server.open_handshakes == 0
    assert {t for t in asyncio.all_tasks() if not t.done()} <= before


@asynccontextmanager
async def in_session(limits: AgiLimits | None = None) -> AsyncIterator[tuple[AgiSession, Asterisk, AgiServer]]:
    """Yield both ends of one session; its handler waits until the test has ended."""
    met: asyncio.Future[AgiSession] = asyncio.get_running_loop().create_future()
    done = asyncio.Event()

    async def handler(session: AgiSession) -> None:
        met.set_result(session)
        await done.wait()

    async with serving(handler, limits) as server, asterisk(server) as peer:
        async with asyncio.timeout(DEADLINE_SECONDS):
            session = await met
        try:
            yield session, peer, server
        finally:
            done.set()


async def until(condition: Callable[[], bool]) -> None:
    """Wait until the condition holds; fail after the deadline."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not condition():  # noqa: ASYNC110 -- a counter, which nothing announces
            await asyncio.sleep(0.005)


async def both(verb: Coroutine[Any, Any, T], peer: Coroutine[Any, Any, None]) -> T:
    """Run a verb and the peer's part in it."""
    peering = asyncio.create_task(peer)
    async with asyncio.timeout(DEADLINE_SECONDS):
        try:
            return await verb
        finally:
            await peering
