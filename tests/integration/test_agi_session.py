"""FastAGI sessions over real sockets: verbs, turns, deadlines, and ends at every moment."""

from __future__ import annotations

import asyncio

import pytest
from agi_peer import DEADLINE_SECONDS, both, in_session

from calls.errors import ActionTimedOut, NotFound, ProtocolError, SessionOver
from telephony.agi import Digits


async def test_commands_and_replies_go_back_and_forth() -> None:
    async with in_session() as (session, peer, server):
        assert session.request.script == "inbound"
        await both(session.answer(), peer.answers("ANSWER", "200 result=0\n"))
        await both(session.answer_at_once(), peer.answers('EXEC Answer ",i"', "200 result=0\n"))
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
