"""What a citizen hears: tones that come to an `Ear`, each the voice of somebody."""

from __future__ import annotations

import asyncio
from datetime import datetime
from pathlib import Path

from hotline.actors.ears import Ear
from hotline.actors.tones import hears

_RECENT_PACKETS = 20
"""Packets that one look takes in: 0.4 s of sound."""

_LOOK_SECONDS = 0.05


async def comes_to_hear(ear: Ear, hz: int, folder: Path, *, within: float = 5.0) -> None:
    """Wait until a tone is among the strongest in what the ear hears now."""
    try:
        async with asyncio.timeout(within):
            while not hears_now(ear, hz, folder):  # noqa: ASYNC110 - sound tells nobody when it comes
                await asyncio.sleep(_LOOK_SECONDS)
    except TimeoutError:
        raise AssertionError(f"no tone of {hz} Hz within {within:g} s") from None


async def is_spoken_to(ear: Ear, since: datetime, *, within: float = 5.0) -> None:
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
