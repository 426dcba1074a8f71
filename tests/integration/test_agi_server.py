"""The FastAGI server over real sockets: what peers do to it, in order and out of order."""

from __future__ import annotations

import asyncio

import pytest
import uvloop
from agi_peer import DEADLINE_SECONDS, Asterisk, asterisk, both, header, in_session, serving, until
from structlog.testing import capture_logs

from telephony.agi import AgiLimits, AgiServer, AgiSession, CodecLimits


async def echo(session: AgiSession) -> None:
    """Send NOOP until the session is over."""
    while not session.is_over:
        await session.command("NOOP")


async def test_probes_half_headers_and_garbage_leave_a_session_alone() -> None:
    limits = AgiLimits(handshake_seconds=3.0)
    answered = 0

    async def keeps_answering(peer: Asterisk) -> None:
        nonlocal answered
        while True:
            await peer.answers("NOOP", "200 result=0\n")
            answered += 1

    async def probe(data: bytes) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        if data:
            writer.write(data)
        writer.close()

    async with serving(echo, limits) as server, asterisk(server) as peer:
        answering = asyncio.create_task(keeps_answering(peer))
        half_sent = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(200)]
        for _, writer in half_sent:
            writer.write(header()[:60])
        for _ in range(20):
            before = answered
            await asyncio.gather(*(probe(b"") for _ in range(50)))
            await asyncio.gather(*(probe(b"\x16\x03\x01\n\xff" * 50) for _ in range(5)))
            assert answered > before, "the session is served between strangers, not after them"
        await until(lambda: server.counters.closed_early == 1000)
        await until(lambda: server.counters.garbage == 100)
        await until(lambda: server.counters.handshake_timeouts == 200)
        await until(lambda: server.open_handshakes == 0)
        seen = answered
        await until(lambda: answered > seen)
        answering.cancel()
        for _, writer in half_sent:
            writer.close()
    assert server.counters.accepted == 1301
    assert server.counters.sessions_failed == 0


async def test_an_unknown_script_is_closed_and_counted() -> None:
    async with serving(echo) as server:
        with capture_logs() as logs:
            async with asterisk(server, header("nope?number=13800000000")) as peer:
                await peer.sees_the_end()
        assert server.counters.unknown_script == 1
        assert [log["reason"] for log in logs] == ["unknown script"]
        assert "13800000000" not in str(logs)


async def test_more_sessions_than_allowed() -> None:
    async with in_session(AgiLimits(max_sessions=1)) as (session, peer, server):
        async with asterisk(server) as second:
            await second.sees_the_end()
        assert server.counters.rejected_sessions == 1
        await both(session.command("NOOP"), peer.answers("NOOP", "200 result=0\n"))


async def test_more_handshakes_than_allowed() -> None:
    async with in_session(AgiLimits(max_handshakes=2)) as (session, peer, server):
        async with asterisk(server, b"agi_"), asterisk(server, b"agi_"), asterisk(server, b"agi_") as third:
            await third.sees_the_end()
            assert server.counters.rejected_handshakes == 1
            await both(session.command("NOOP"), peer.answers("NOOP", "200 result=0\n"))
        await until(lambda: server.counters.closed_early == 2)


async def test_a_header_over_its_limit() -> None:
    limits = AgiLimits(codec=CodecLimits(line_bytes=100))
    async with serving(echo, limits) as server:
        async with asterisk(server, b"agi_x: " + b"y" * 100) as peer:
            await peer.sees_the_end()
        assert server.counters.garbage == 1


async def test_a_handler_that_fails_closes_its_own_session_only_and_tells_no_secret() -> None:
    async def handler(session: AgiSession) -> None:
        if session.request.callerid == "13900000000":
            raise RuntimeError(f"no such caller {session.request.callerid}")
        await echo(session)

    async with serving(handler) as server, asterisk(server) as peer:
        await peer.answers("NOOP", "200 result=0\n")
        with capture_logs() as logs:
            async with asterisk(server, header(callerid="13900000000")) as failing:
                await failing.sees_the_end()
        await peer.answers("NOOP", "200 result=0\n")
        assert server.counters.sessions_failed == 1
        (log,) = logs
        assert (log["event"], log["error"]) == ("agi_handler_failed", "RuntimeError")
        assert log["at"][-1].endswith(" handler")
        assert "13900000000" not in str(log)


async def test_a_handler_that_ends_closes_its_session() -> None:
    async def handler(session: AgiSession) -> None:
        await session.command("NOOP")

    async with serving(handler) as server, asterisk(server) as peer:
        await peer.answers("NOOP", "200 result=0\n")
        await peer.sees_the_end()
        await until(lambda: server.open_sessions == 0)
        assert server.counters.sessions_failed == 0


async def test_stop_waits_for_sessions_then_cancels_them() -> None:
    ended: list[str] = []

    async def handler(session: AgiSession) -> None:
        try:
            await session.command("NOOP", timeout=60)
            ended.append("finished")
        except asyncio.CancelledError:
            ended.append("cancelled")
            raise

    server = AgiServer({"inbound": handler})
    await server.start()
    async with asterisk(server) as quick, asterisk(server) as slow, asterisk(server, b"agi_") as half:
        assert await quick.hears() == await slow.hears() == "NOOP"
        await until(lambda: server.open_handshakes == 1)
        stopping = asyncio.create_task(server.stop(grace_seconds=0.3))
        await half.sees_the_end()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", server.port)
        assert not stopping.done()
        quick.says("200 result=0\n")
        await until(lambda: ended == ["finished"])
        async with asyncio.timeout(DEADLINE_SECONDS):
            await stopping
        await slow.sees_the_end()
    assert ended == ["finished", "cancelled"]
    assert server.open_sessions == 0
    await server.stop()


async def test_a_port_in_use() -> None:
    async with serving(echo) as server:
        second = AgiServer({"inbound": echo}, port=server.port)
        with pytest.raises(OSError, match="in use"):
            await second.start()
        await second.stop()


def test_the_same_on_uvloop() -> None:
    async def main() -> None:
        async def handler(session: AgiSession) -> None:
            while not session.is_over:
                await session.command("NOOP")

        async with serving(handler) as server:
            async with asterisk(server, b"agi_"), asterisk(server, b"\n") as garbage, asterisk(server) as peer:
                await garbage.sees_the_end()
                await peer.answers("NOOP", "200 result=0\n")
                await peer.answers("NOOP", "HANGUP\n200 result=0\n")
                await peer.sees_the_end()
            await until(lambda: server.open_sessions == server.open_handshakes == 0)
        assert server.counters.sessions_failed == 0
        assert server.counters.closed_early == server.counters.garbage == server.counters.sessions == 1

    uvloop.run(main())
