"""Prompts are known again by their sound alone, wherever packets begin and however little came of them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hotline.actors.ears import HeardPacket
from hotline.actors.prompt_sounds import PromptSounds

START = datetime(2026, 1, 1, tzinfo=UTC)
SILENCE = b"\xd5" * 800
CHANCE = random.Random(5)
LOUD = bytes(code for code in range(256) if (code ^ 0x55) & 0x70 >= 0x40)


def speech(seconds: float) -> bytes:
    return bytes(CHANCE.choice(LOUD) for _ in range(round(seconds * 8000)))


def packets(stream: bytes, size: int = 160) -> list[HeardPacket]:
    """Cut a stream into packets, 20 ms apart."""
    cut = [stream[start : start + size] for start in range(0, len(stream), size)]
    return [HeardPacket(START + timedelta(milliseconds=20 * number), alaw) for number, alaw in enumerate(cut)]


@pytest.fixture
def spoken() -> dict[str, bytes]:
    """Three prompts of odd length; the first two begin alike, as sentences with a name at their end do."""
    alike = speech(0.1)
    return {"to_gas": alike + speech(0.211), "to_water": alike + speech(0.3), "busy": SILENCE + speech(0.1073)}


@pytest.fixture
def sounds(spoken: dict[str, bytes], tmp_path: Path) -> PromptSounds:
    for name, sound in spoken.items():
        (tmp_path / f"{name}.alaw").write_bytes(sound)
    (tmp_path / "same_as_busy.alaw").write_bytes(spoken["busy"])
    (tmp_path / "quiet.alaw").write_bytes(SILENCE)
    return PromptSounds(tmp_path)


def test_one_after_the_other_at_any_offset(sounds: PromptSounds, spoken: dict[str, bytes]) -> None:
    for shift in range(0, 160, 7):
        stream = b"\x80" * shift + spoken["to_gas"] + spoken["busy"]
        heard = sounds.heard(packets(stream))
        assert [each.name for each in heard] == ["to_gas", "busy"], shift
        # the piece may lie up to a packet after what the other prompt begins with as well
        assert START + timedelta(seconds=0.08) <= heard[0].at <= START + timedelta(seconds=0.16)


def test_forty_milliseconds_are_enough(sounds: PromptSounds, spoken: dict[str, bytes]) -> None:
    for start in range(1000, 1160, 9):
        assert [each.name for each in sounds.heard(packets(spoken["to_water"][start : start + 320]))] == ["to_water"]


def test_what_two_begin_with_is_neither(sounds: PromptSounds, spoken: dict[str, bytes]) -> None:
    assert sounds.heard(packets(spoken["to_gas"][:800])) == []


def test_silence_and_voices_are_no_prompt(sounds: PromptSounds) -> None:
    assert sounds.heard(packets(SILENCE + speech(0.2) + SILENCE)) == []


def test_only_from_a_moment_on(sounds: PromptSounds, spoken: dict[str, bytes]) -> None:
    came = packets(spoken["to_gas"] + spoken["busy"])
    later = START + timedelta(seconds=len(spoken["to_gas"]) / 8000 + 0.02)
    assert [each.name for each in sounds.heard(came, later)] == ["busy"]


def test_packets_of_any_size(sounds: PromptSounds, spoken: dict[str, bytes]) -> None:
    assert [each.name for each in sounds.heard(packets(spoken["busy"], 80))] == ["busy"]


def test_which_cannot_be_told(sounds: PromptSounds) -> None:
    assert sounds.name_of("same_as_busy") == "busy"
    with pytest.raises(ValueError, match="no such prompt"):
        sounds.name_of("gone")
    with pytest.raises(ValueError, match="nothing in it that no other has"):
        sounds.name_of("quiet")
