"""What a menu costs on the wire: one command, whatever is spoken in it, and hostile text in none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from agi_peer import both, in_session

from calls.errors import SessionOver
from telephony.agi.commands import encode_command
from telephony.prompt_files import PromptFiles
from telephony.voice import AgiVoice


def sounds(prompt: str, language: str, values: Mapping[str, str]) -> tuple[str, ...]:
    """A prompt is a file, and each digit of a number is one."""
    return tuple(f"num_{digit}" for digit in values.get("pin", "")) if prompt == "digits" else (prompt,)


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    (tmp_path / "zh").mkdir()
    for name in ("greeting", "menu", "num_1", "num_2"):
        (tmp_path / "zh" / f"{name}.alaw").write_bytes(name.encode())
    return tmp_path


async def test_a_whole_menu_is_one_round_trip(prompts: Path, tmp_path: Path) -> None:
    files = PromptFiles(tmp_path / "joined")
    joined = await files.one([prompts / "zh" / "greeting", prompts / "zh" / "menu"])
    async with in_session() as (session, peer, server):
        voice = AgiVoice(session, prompts, sounds, files)
        asks = voice.ask(["greeting", "menu"], "zh", 4.0)
        key = await both(asks, peer.answers(f"GET DATA {joined} 4000 1", "200 result=2\n"))
        assert key == "2"
    assert server.counters.sessions_failed == 0


async def test_a_number_in_a_prompt_is_the_same_one_command(prompts: Path, tmp_path: Path) -> None:
    files = PromptFiles(tmp_path / "joined")
    spoken = [prompts / "zh" / name for name in ("num_1", "num_2", "menu")]
    joined = await files.one(spoken)
    async with in_session() as (session, peer, _):
        voice = AgiVoice(session, prompts, sounds, files)
        asks = voice.ask(["digits", "menu"], "zh", 1.0, max_digits=6, values={"pin": "12"})
        assert await both(asks, peer.answers(f"GET DATA {joined} 1000 6", "200 result=123 (timeout)\n")) == "123"


async def test_a_prompt_that_no_key_cuts_off(prompts: Path, tmp_path: Path) -> None:
    file = prompts / "zh" / "menu"
    async with in_session() as (session, peer, _):
        voice = AgiVoice(session, prompts, sounds, PromptFiles(tmp_path / "joined"))
        says = voice.say(["menu"], "zh", barge_in=False)
        await both(says, peer.answers(f'STREAM FILE {file} ""', "200 result=0 endpos=8\n"))


@pytest.mark.parametrize(
    ("reply", "hung_up"),
    [
        ("200 result=0 (timeout) endpos=48000\n", False),
        ("200 result=35 (dtmf) endpos=100\n", False),
        ("200 result=-1 (hangup) endpos=16000\n", True),
        ("200 result=0 (hangup) endpos=16000\n", True),
    ],
)
async def test_a_message_is_recorded_after_a_tone(prompts: Path, tmp_path: Path, reply: str, hung_up: bool) -> None:
    files = PromptFiles(tmp_path / "joined")
    async with in_session() as (session, peer, _):
        voice = AgiVoice(session, prompts, sounds, files)

        async def asterisk() -> None:
            await peer.answers(f'STREAM FILE {files.tone} ""', "200 result=0 endpos=2400\n")
            await peer.answers(f'RECORD FILE {tmp_path / "m"} raw 0123456789*#ABCD 6000 0 "s=2"', reply)

        recorded = await both(voice.record(tmp_path / "m", 6, 2), asterisk())
        assert recorded.hung_up is hung_up


async def test_hanging_up_in_a_menu(prompts: Path, tmp_path: Path) -> None:
    async with in_session() as (session, peer, _):
        voice = AgiVoice(session, prompts, sounds, PromptFiles(tmp_path / "joined"))

        async def caller_leaves() -> None:
            await peer.answers(f"GET DATA {prompts / 'zh' / 'menu'} 1000 1", "HANGUP\n200 result=-1\n")
            await peer.answers("NOOP", "200 result=0\n")

        with pytest.raises(SessionOver):
            await both(voice.ask(["menu"], "zh", 1.0), caller_leaves())


HOSTILE = ['a"b', "${SHELL(id)}", "1&2", "a,b", "a\\", "x" * 8000, "%0A", "王;|", "()[]{}"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_one_word(text: str) -> None:
    line = encode_command("SET", "VARIABLE", "NAME", text).decode()
    assert line.count("\n") == 1
    assert line.endswith("\n")
    inside = line.removeprefix("SET VARIABLE NAME ").rstrip("\n")
    assert inside == text or inside == '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@pytest.mark.parametrize("text", ["a\nHANGUP", "a\rb", "a\0b", "x" * 10_000], ids=["newline", "return", "nul", "long"])
def test_hostile_text_that_no_command_can_carry(text: str) -> None:
    with pytest.raises(ValueError, match="command"):
        encode_command("SET", "VARIABLE", "NAME", text)


@pytest.mark.parametrize("name", ["a&b", "a,b", 'a"b', "a|b", "a\nb", "a\\b"])
async def test_a_hostile_prompt_is_refused_before_the_wire(prompts: Path, tmp_path: Path, name: str) -> None:
    async with in_session() as (session, _, _):
        with pytest.raises(ValueError, match="prompt"):
            await session.get_data([name], 1, 1)
