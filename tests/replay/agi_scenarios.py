"""The calls that are recorded on FastAGI: who the caller is, and what the service does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from calls.errors import SessionOver
from telephony.agi import AgiSession, Digits


@dataclass(frozen=True, slots=True)
class Scenario:
    """One call."""

    caller: str
    "Extension that the caller runs: silent, presses, leaves."
    service: Callable[[AgiSession], Awaitable[None]]
    transfers: bool = False
    "The operator passes the caller on, blind, as soon as they talk."


async def menu(session: AgiSession) -> None:
    """A greeting and a menu in one go, a key pressed meanwhile, music, and the end."""
    await session.answer()
    assert await session.get_data(["welcome", "menu"], 2_000, 1) == Digits("2", timed_out=False, hung_up=False)
    await session.set_language("zh")
    await session.music_on("default")
    await session.music_off()
    assert await session.get_data(["menu"], 1, 1) == Digits("", timed_out=True, hung_up=False)
    assert await session.stream_file("welcome") == ""
    await session.set_variable("NAME", '王小明 "said", \\ ${EXTEN}')
    assert await session.get_full_variable("${NAME}") == '王小明 "said", \\ ${EXTEN}'
    await session.hangup()


async def key(session: AgiSession) -> None:
    """One prompt and a key."""
    await session.answer()
    assert await session.get_data(["welcome"], 2_000, 1) == Digits("2", timed_out=False, hung_up=False)
    await session.hangup()


async def caller_leaves(session: AgiSession) -> None:
    """The caller hangs up while keys are awaited."""
    await session.answer()
    assert (await session.get_data(["menu"], 5_000, 1)).hung_up
    assert session.is_over
    assert await session.get_full_variable("${CHANNEL(linkedid)}")
    try:
        await session.stream_file("menu")
    except SessionOver:
        return
    raise AssertionError("a prompt played to nobody")


async def operator_ends(session: AgiSession) -> None:
    """Dial, a short conversation, the operator hangs up, the session goes on."""
    await session.answer()
    assert (await session.execute("Dial", "Local/answers@operator", "10", "g", timeout=30)).result == "0"
    assert await session.get_full_variable("${DIALSTATUS}") == "ANSWER"
    assert not session.is_over
    await session.hangup()


async def caller_ends(session: AgiSession) -> None:
    """Dial, and the caller hangs up during the conversation."""
    await session.answer()
    assert (await session.execute("Dial", "Local/stays@operator", "10", "g", timeout=30)).result == "-1"
    await session.wait_over()
    assert await session.get_full_variable("${DIALSTATUS}") == "ANSWER"


async def passed_on(session: AgiSession) -> None:
    """Dial, and the operator transfers the caller away, who is still there while this session is over."""
    await session.answer()
    assert (await session.execute("Dial", "Local/stays@operator", "10", "g", timeout=30)).result == "0"
    await session.wait_over()
    assert await session.get_full_variable("${DIALSTATUS}") == "ANSWER"


SCENARIOS = {
    "menu": Scenario("presses", menu),
    "key": Scenario("presses", key),
    "caller_leaves": Scenario("leaves", caller_leaves),
    "operator_ends": Scenario("silent", operator_ends),
    "caller_ends": Scenario("leaves", caller_ends),
    "passed_on": Scenario("silent", passed_on, transfers=True),
}
