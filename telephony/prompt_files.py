"""Prompts as the sound files that Asterisk is given: several that follow each other become one file.

GET DATA plays one file. Played as one, a whole menu costs one round trip, and a key that is pressed anywhere in it is
heard. Prompts are 8 kHz A-law without a header, so that joining them is putting their bytes in a row.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import os
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

import structlog

SUFFIX = ".alaw"
BYTES_PER_SECOND = 8000

MAX_JOINED = 2000
"""Joined files that are kept; the longest unused goes first. One that is being played stays readable to Asterisk."""

MAX_JOINED_BYTES = 180 * BYTES_PER_SECOND
"""Longest joined file: 3 minutes of speech."""

TONE = "tone"
"""Name of the tone before a recording, among the joined files."""

_log = structlog.get_logger(__name__)


class PromptFiles:
    """Owns the folder of joined files. Safe to empty at any time that no service runs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._joined: OrderedDict[str, None] = OrderedDict()
        self._making: dict[str, asyncio.Task[None]] = {}
        folder.mkdir(parents=True, exist_ok=True)
        for left in folder.glob(f"*{SUFFIX}*"):
            left.unlink()
        self.tone = folder / TONE
        self.tone.with_suffix(SUFFIX).write_bytes(tone_bytes())

    async def one(self, files: Sequence[Path]) -> str:
        """Return one file, without suffix, that plays all of these (paths without suffix); "" where none is there.

        A file that is missing is left out: it must not cost the citizen the call.
        """
        there = [(file, mark) for file in files if (mark := _mark(file)) is not None]
        if len(there) < len(files):
            gone = [file.name for file in files if file not in {each for each, _ in there}]
            _log.warning("agi_prompt_not_played", prompts=gone)
        if len(there) <= 1:
            return str(there[0][0]) if there else ""
        name = hashlib.sha256("\0".join(f"{file}|{mark}" for file, mark in there).encode()).hexdigest()[:32]
        if name in self._joined:
            self._joined.move_to_end(name)
        else:
            try:
                await self._make(name, [file for file, _ in there])
            except OSError as error:  # a full disk: the last prompt, the one that asks, is spoken alone
                _log.error("prompts_not_joined", error=error.strerror)
                return str(there[-1][0])
        return str(self._folder / name)

    async def _make(self, name: str, files: list[Path]) -> None:
        task = self._making.get(name)
        if task is None:
            task = asyncio.create_task(asyncio.to_thread(_join, self._folder / f"{name}{SUFFIX}", files))
            self._making[name] = task
            task.add_done_callback(lambda _: self._making.pop(name, None))
        await asyncio.shield(task)  # one caller who leaves must not spoil it for the others
        self._joined[name] = None
        while len(self._joined) > MAX_JOINED:
            oldest, _ = self._joined.popitem(last=False)
            (self._folder / f"{oldest}{SUFFIX}").unlink(missing_ok=True)


def _mark(file: Path) -> tuple[int, int] | None:
    """Return what changes when a file is replaced; None where it is missing."""
    try:
        found = os.stat(f"{file}{SUFFIX}")
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size)


def _join(target: Path, files: list[Path]) -> None:
    sound = b"".join(Path(f"{file}{SUFFIX}").read_bytes() for file in files)
    partial = target.with_suffix(".part")
    partial.write_bytes(sound[:MAX_JOINED_BYTES])
    partial.replace(target)


def tone_bytes(hertz: float = 1000.0, seconds: float = 0.3) -> bytes:
    """Return a tone as A-law, with soft edges."""
    count = round(seconds * BYTES_PER_SECOND)
    edge = BYTES_PER_SECOND // 100
    samples = (
        8000 * min(1.0, n / edge, (count - n) / edge) * math.sin(2 * math.pi * hertz * n / BYTES_PER_SECOND)
        for n in range(count)
    )
    return bytes(to_alaw(round(sample)) for sample in samples)


def to_alaw(sample: int) -> int:
    """Return a 16-bit sample as A-law (ITU-T G.711)."""
    magnitude = (sample if sample >= 0 else -sample - 1) >> 3
    exponent = max(0, magnitude.bit_length() - 5)
    mantissa = magnitude >> (max(exponent, 1)) & 0x0F
    value = (exponent << 4) | mantissa
    return value ^ (0xD5 if sample >= 0 else 0x55)
