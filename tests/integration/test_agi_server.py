"""The FastAGI server and its sessions over real sockets: what peers do to it, in order and out of order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import pytest
import uvloop
from structlog.testing import capture_logs

from calls.errors import ActionTimedOut, NotFound, ProtocolError, SessionOver
from telephony.agi import AgiLimits, AgiServer, AgiSession, CodecLimits, Digits, Handler

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


# -- one session -----------------------------------------------------------------------------------


async def test_commands_and_replies_go_back_and_forth() -> None:
    async with in_session() as (session, peer, server):
        assert session.request.script == "inbound"
        await both(session.answer(), peer.answers("ANSWER", "200 result=0\n"))
        await both(session.set_variable("NAME", 'a"b'), peer.answers('SET VARIABLE NAME "a\\"b"', "200 result=1\n"))
        await both(session.set_language("zh"), peer.answers('SET VARIABLE "CHANNEL(language)" zh', "200 result=1\n"))
        await both(session.music_on("calm"), peer.answers("SET MUSIC ON calm", "200 result=0\n"))
        await both(session.music_on(), peer.answers("SET MUSIC ON", "200 result=0\n"))
        await both(session.music_off(), peer.answers("SET MUSIC OFF", "200 result=0\n"))
        await both(session.verbose("hello there"), peer.answers('VERBOSE "hello there" 1', "200 result=1\n"))
        await both(session.hangup(), peer.answers("HANGUP", "200 result=1\n"))
    assert server.counters.sessions == 1
    assert server.counters.sessions_failed == 0


async def test_variables() -> None:
    async with in_session() as (session, peer, _):
        ask = 'GET FULL VARIABLE "${DIALSTATUS}"'
        for reply, value in (("1 (ANSWER)", "ANSWER"), ("1 ()", ""), ("0", None)):
            got = await both(session.get_full_variable("${DIALSTATUS}"), peer.answers(ask, f"200 result={reply}\n"))
            assert got == value
        with pytest.raises(ValueError, match="not the name"):
            await session.set_variable("SHELL(rm -rf)", "x")


@pytest.mark.parametrize(
    ("result", "digits"),
    [
        ("5", Digits("5", timed_out=False, hung_up=False)),
        ("12 (timeout)", Digits("12", timed_out=True, hung_up=False)),
        (" (timeout)", Digits("", timed_out=True, hung_up=False)),
    ],
)
async def test_get_data(result: str, digits: Digits) -> None:
    async with in_session() as (session, peer, _):
        play = session.get_data(["zh/menu"], timeout_ms=0, max_digits=1)
        assert await both(play, peer.answers("GET DATA zh/menu 1 1", f"200 result={result}\n")) == digits


async def test_get_data_ended_by_a_hang_up() -> None:
    async with in_session() as (session, peer, _):

        async def caller_leaves() -> None:
            await peer.answers("GET DATA menu 5000 2", "200 result=-1\n")
            await peer.answers("NOOP", "HANGUP\n200 result=0\n")

        digits = await both(session.get_data(["menu"], 5000, 2), caller_leaves())
        assert digits == Digits("", timed_out=False, hung_up=True)
        assert session.is_over
        assert not session.is_closed


async def test_get_data_goes_on_without_a_prompt_that_is_missing() -> None:
    async with in_session() as (session, peer, _):

        async def no_such_file() -> None:
            await peer.answers("GET DATA gone 5000 1", "200 result=-1\n")
            await peer.answers("NOOP", "200 result=0\n")
            await peer.answers('GET DATA "" 5000 1', "200 result=7\n")

        assert (await both(session.get_data(["gone"], 5000, 1), no_such_file())).digits == "7"


@pytest.mark.parametrize(
    ("status", "digits"),
    [
        ("OK:3", Digits("3", timed_out=False, hung_up=False)),
        ("TIMEOUT:", Digits("", timed_out=True, hung_up=False)),
        ("HANGUP:", Digits("", timed_out=False, hung_up=True)),
    ],
)
async def test_get_data_of_several_prompts(status: str, digits: Digits) -> None:
    async with in_session() as (session, peer, _):

        async def plays() -> None:
            await peer.answers('EXEC Read "AGI_KEYS,welcome&menu,1,,1,0.001"', "200 result=0\n")
            await peer.answers('GET FULL VARIABLE "${READSTATUS}:${AGI_KEYS}"', f"200 result=1 ({status})\n")

        assert await both(session.get_data(["welcome", "menu"], 1, 1), plays()) == digits


@pytest.mark.parametrize("prompt", ["a&b", "a,b", 'a"', "a\n", ""])
async def test_a_prompt_of_a_strange_name_is_refused(prompt: str) -> None:
    async with in_session() as (session, _, _), asyncio.timeout(DEADLINE_SECONDS):
        with pytest.raises(ValueError, match="prompt's name"):
            await session.get_data([prompt], 1, 1)


async def test_stream_file() -> None:
    async with in_session() as (session, peer, _):
        for result, key in (("0", ""), ("49", "1"), ("35", "#")):
            play = session.stream_file("menu", "1#")
            assert await both(play, peer.answers("STREAM FILE menu 1#", f"200 result={result} endpos=1\n")) == key

        async def fails(noop: str) -> None:
            await peer.answers('STREAM FILE menu ""', "200 result=-1 endpos=0\n")
            await peer.answers("NOOP", noop)

        with pytest.raises(NotFound):
            await both(session.stream_file("menu"), fails("200 result=0\n"))
        with pytest.raises(SessionOver):
            await both(session.stream_file("menu"), fails("HANGUP\n200 result=0\n"))


async def test_execute() -> None:
    async with in_session() as (session, peer, _):
        dial = session.execute("Dial", "PJSIP/op1001", "15", "g", timeout=30)
        reply = await both(dial, peer.answers('EXEC Dial "PJSIP/op1001,15,g"', "200 result=-1\nHANGUP\n"))
        assert reply.result == "-1"
        with pytest.raises(NotFound):
            await both(session.execute("Nope", timeout=5), peer.answers('EXEC Nope ""', "200 result=-2\n"))


async def test_an_application_that_returns_1_is_followed_by_a_usage_text() -> None:
    async with in_session() as (session, peer, _):
        usage = "520-Invalid command syntax.  Proper usage follows:\nUsage: EXEC\n520 End of proper usage.\n"
        run = session.execute("Odd", timeout=5)
        assert (await both(run, peer.answers('EXEC Odd ""', "200 result=1\n" + usage))).result == "1"
        assert (await both(session.command("NOOP"), peer.answers("NOOP", "200 result=0\n"))).result == "0"
        assert not session.is_closed


async def test_hangup_between_command_and_reply_leaves_the_session_readable() -> None:
    async with in_session() as (session, peer, _):
        waiting = asyncio.create_task(session.wait_over())
        dial = session.execute("Dial", "PJSIP/op1001", timeout=30)
        await both(dial, peer.answers("EXEC Dial PJSIP/op1001", "HANGUP\n200 result=0\n"))
        async with asyncio.timeout(DEADLINE_SECONDS):
            await waiting
        status = session.get_full_variable("${DIALSTATUS}")
        got = await both(status, peer.answers('GET FULL VARIABLE "${DIALSTATUS}"', "200 result=1 (CANCEL)\n"))
        assert got == "CANCEL"
        dead = peer.answers('STREAM FILE menu ""', "511 Command Not Permitted on a dead channel\n")
        with pytest.raises(SessionOver):
            await both(session.stream_file("menu"), dead)
        await both(session.hangup(), peer.answers("HANGUP", "511 Command Not Permitted on a dead channel\n"))


@pytest.mark.parametrize("reply", ["510 Invalid or unknown command\n", "520 Invalid command syntax.\n"])
async def test_a_command_that_asterisk_refuses(reply: str) -> None:
    async with in_session() as (session, peer, _):
        with pytest.raises(ProtocolError, match="refused AGI NOOP"):
            await both(session.command("NOOP"), peer.answers("NOOP", reply))
        await both(session.command("NOOP"), peer.answers("NOOP", "200 result=0\n"))


async def test_one_command_at_a_time() -> None:
    async with in_session() as (session, peer, _):
        first, second = (asyncio.create_task(session.command("NOOP", word)) for word in "ab")
        assert await peer.hears() == "NOOP a"
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(peer.reader.read(1), 0.05)
        peer.says("200 result=1\n")
        await peer.answers("NOOP b", "200 result=2\n")
        async with asyncio.timeout(DEADLINE_SECONDS):
            assert [(await first).result, (await second).result] == ["1", "2"]


async def test_a_cancelled_command_leaves_its_reply_to_be_consumed() -> None:
    async with in_session() as (session, peer, _):
        playing = asyncio.create_task(session.get_data(["menu"], 5000, 1))
        assert await peer.hears() == "GET DATA menu 5000 1"
        playing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await playing
        asking = asyncio.create_task(session.get_full_variable("${X}"))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(peer.reader.read(1), 0.05)
        peer.says("200 result=9\n")
        await peer.answers('GET FULL VARIABLE "${X}"', "200 result=1 (mine)\n")
        async with asyncio.timeout(DEADLINE_SECONDS):
            assert await asking == "mine"


async def test_a_command_cancelled_before_its_turn_is_never_sent() -> None:
    async with in_session() as (session, peer, _):
        first = asyncio.create_task(session.command("NOOP", "first"))
        assert await peer.hears() == "NOOP first"
        second = asyncio.create_task(session.command("NOOP", "second"))
        await asyncio.sleep(0)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        peer.says("200 result=0\n")
        await both(session.command("NOOP", "third"), peer.answers("NOOP third", "200 result=0\n"))
        assert (await first).result == "0"


async def test_a_command_that_is_not_answered_in_time() -> None:
    async with in_session() as (session, peer, _):
        with pytest.raises(ActionTimedOut, match=r"no answer to AGI NOOP within 0\.05 s"):
            await session.command("NOOP", timeout=0.05)
        assert await peer.hears() == "NOOP"
        # the wait for the late reply counts against the next command's own time
        with pytest.raises(ActionTimedOut):
            await session.command("NOOP", "second", timeout=0.05)
        peer.says("200 result=1\n")
        reply = await both(session.command("NOOP", "third"), peer.answers("NOOP third", "200 result=3\n"))
        assert reply.result == "3"


async def test_the_peer_closes_during_a_command() -> None:
    async with in_session() as (session, peer, _):
        running = asyncio.create_task(session.execute("Dial", "PJSIP/op1001", timeout=30))
        await peer.hears()
        await peer.leaves()
        async with asyncio.timeout(DEADLINE_SECONDS):
            with pytest.raises(SessionOver):
                await running
            await session.wait_over()
        assert session.is_closed
        with pytest.raises(SessionOver):
            await session.command("NOOP")


@pytest.mark.parametrize("garbage", ["hello\n", "200 result=0\n200 result=0\n", "\n", "200 result=1 (\0)\n"])
async def test_garbage_during_a_session_ends_it(garbage: str) -> None:
    async with in_session() as (session, peer, server):
        running = asyncio.create_task(session.command("NOOP", timeout=30))
        await peer.hears()
        peer.says(garbage)
        async with asyncio.timeout(DEADLINE_SECONDS):
            await session.wait_over()
            await asyncio.wait((running,))
        await peer.sees_the_end()
        with pytest.raises(ProtocolError):
            await session.command("NOOP")
        assert server.counters.garbage == 1
        if not garbage.startswith("200 result=0"):
            assert isinstance(running.exception(), ProtocolError)


# -- the server ------------------------------------------------------------------------------------


async def echo(session: AgiSession) -> None:
    """Send NOOP until the session is over."""
    while not session.is_over:
        await session.command("NOOP")


async def test_probes_half_headers_and_garbage_leave_a_session_alone() -> None:
    limits = AgiLimits(handshake_seconds=1.0)
    slowest = 0.0
    answered = 0

    async def keeps_answering(peer: Asterisk) -> None:
        nonlocal slowest, answered
        while True:
            began = time.monotonic()
            await peer.answers("NOOP", "200 result=0\n")
            slowest = max(slowest, time.monotonic() - began)
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
            await asyncio.gather(*(probe(b"") for _ in range(50)))
            await asyncio.gather(*(probe(b"\x16\x03\x01\n\xff" * 50) for _ in range(5)))
        await until(lambda: server.counters.closed_early == 1000)
        await until(lambda: server.counters.garbage == 100)
        await until(lambda: server.counters.handshake_timeouts == 200)
        assert server.open_handshakes == 0
        seen = answered
        await until(lambda: answered > seen)
        answering.cancel()
        for _, writer in half_sent:
            writer.close()
    assert slowest < 0.5
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
