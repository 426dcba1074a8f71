"""Makes the sound that a waiting caller hears when a city names none: soft chords."""

from __future__ import annotations

import math
import os
from pathlib import Path

RATE = 8000
"""Samples a second of the telephone network."""

_CHORD_SECONDS = 4.0
_LEVEL = 2600
"""Of 32767: about -22 dB, well under the prompts."""

# D major, B minor, G major, A major: each lasts four seconds and fades in and out, so the end meets the beginning
_CHORDS = ((293.66, 369.99, 440.0), (246.94, 293.66, 369.99), (196.0, 246.94, 293.66), (220.0, 277.18, 329.63))


def ensure_default_music(folder: Path) -> Path:
    """Write the default music into `folder` unless a sound is there already, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    if any(entry.suffix in {".alaw", ".ulaw", ".wav", ".sln"} for entry in folder.iterdir()):
        return folder
    fresh = folder / f".chords.{os.getpid()}"
    fresh.write_bytes(b"".join(_chord(tones) for tones in _CHORDS))
    os.replace(fresh, folder / "chords.alaw")
    return folder


def _chord(tones: tuple[float, ...]) -> bytes:
    count = int(_CHORD_SECONDS * RATE)
    sound = bytearray(count)
    for index in range(count):
        swell = math.sin(math.pi * index / count) ** 2
        wave = sum(math.sin(2 * math.pi * tone * index / RATE) for tone in tones) / len(tones)
        sound[index] = alaw(int(_LEVEL * swell * wave))
    return bytes(sound)


def alaw(sample: int) -> int:
    """Return one 16-bit linear sample in the A-law of ITU-T G.711."""
    sign, magnitude = (0x80, sample >> 3) if sample >= 0 else (0x00, (-sample - 1) >> 3)
    magnitude = min(magnitude, 0xFFF)
    if magnitude < 32:
        return (sign | (magnitude >> 1)) ^ 0x55
    exponent = magnitude.bit_length() - 5
    return (sign | (exponent << 4) | ((magnitude >> exponent) & 0x0F)) ^ 0x55
