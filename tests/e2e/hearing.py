"""What people hear: tones, each the voice of somebody, and prompts, each known by its sound."""

from __future__ import annotations

import asyncio
import wave
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from hotline.actors.ears import Ear
from hotline.actors.phones import OperatorPhone
from hotline.actors.prompt_sounds import PromptSounds
from hotline.actors.tones import hears
from tests.e2e.people import People

_RECENT_PACKETS = 20
"""Packets that one look takes in: 0.4 s of sound."""

_LOOK_SECONDS = 0.05


async def comes_to_hear(ear: Ear, hz: int, folder: Path, *, within: float = 15.0) -> None:
    """Wait until a tone is among the strongest in what the ear hears now."""
    try:
        async with asyncio.timeout(within):
            while not hears_now(ear, hz, folder):  # noqa: ASYNC110 - sound tells nobody when it comes
                await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError:
        raise AssertionError(f"no tone of {hz} Hz within {within:g} s") from None


async def is_spoken_to(ear: Ear, since: datetime, *, within: float = 15.0) -> None:
    """Wait until anything but silence came to the ear."""
    try:
        async with asyncio.timeout(within):
            while ear.first_sound_after(since) is None:  # noqa: ASYNC110 - sound tells nobody when it comes
                await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError:
        raise AssertionError(f"not a sound within {within:g} s") from None


def hears_now(ear: Ear, hz: int, folder: Path) -> bool:
    """Say whether a tone is among the strongest in the last moments."""
    packets = list(ear.packets)[-_RECENT_PACKETS:]
    path = folder / "heard-now.alaw"
    path.write_bytes(b"".join(packet.alaw for packet in packets))
    return len(packets) == _RECENT_PACKETS and hears(path, hz)


def first_sound(ear: Ear, after: datetime) -> float:
    """Return how many seconds after a moment the first sound came."""
    moment = ear.first_sound_after(after)
    assert moment is not None, "nothing was heard"
    return (moment - after).total_seconds()


async def hears_prompt(
    place: People, ear: Ear, prompt: str, since: datetime, *, language: str = "zh", within: float = 15.0
) -> datetime:
    """Wait until a prompt comes to the ear; return when it began. What came instead is in the error."""
    sounds = _sounds(place, language)
    name = sounds.name_of(prompt)
    try:
        async with asyncio.timeout(within):
            while True:
                for heard in sounds.heard(ear.packets, since):
                    if heard.name == name:
                        return heard.at
                await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError:
        instead = prompts_heard(place, ear, since, language=language)
        raise AssertionError(f"no {prompt} within {within:g} s, but {instead or 'no prompt at all'}") from None


def prompts_heard(place: People, ear: Ear, since: datetime, *, language: str = "zh") -> list[str]:
    """Return the names of all prompts that came to the ear from a moment on, in the order in which they began."""
    return [heard.name for heard in _sounds(place, language).heard(ear.packets, since)]


async def phone_heard(phone: OperatorPhone, hz: int, *, within: float = 15.0) -> None:
    """Wait until a voice is in what a phone that records heard in its last call, which is over."""
    try:
        async with asyncio.timeout(within):
            while not _in_last_call(phone, hz):  # noqa: ASYNC110 - another program writes the file
                await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError:
        raise AssertionError(f"{phone.account.user} did not hear {hz} Hz") from None


def _in_last_call(phone: OperatorPhone, hz: int) -> bool:
    with suppress(wave.Error, EOFError, IndexError):  # not written to its end, or not begun
        return hears(phone.heard()[-1], hz)
    return False


def _sounds(place: People, language: str) -> PromptSounds:
    return _sounds_in((place.settings.prompts_dir / language).resolve())


@lru_cache(maxsize=8)
def _sounds_in(folder: Path) -> PromptSounds:
    return PromptSounds(folder)
