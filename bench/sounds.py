"""Listens to recordings: both people must be heard."""

from __future__ import annotations

from pathlib import Path

from bench.stage import CITIZEN_HZ, OPERATOR_HZ, note
from hotline.actors.tones import sounding_seconds


def silent_recordings(folder: Path, count: int) -> int:
    """Listen to so many recordings, evenly chosen; return how many lack the citizen or the operator."""
    files = sorted(folder.rglob("*.wav"))
    chosen = files[:: max(len(files) // count, 1)]
    lacking = 0
    heard: list[float] = []
    for file in chosen:
        both = [_heard(file, hz) for hz in (CITIZEN_HZ, OPERATOR_HZ)]
        heard += both
        lacking += min(both) == 0
    if heard:
        note(f"{len(chosen)} recordings listened to: each voice sounds {min(heard):.1f} to {max(heard):.1f} s")
    return lacking


def _heard(file: Path, hz: int) -> float:
    return max(sounding_seconds(file, hz, channel) for channel in (0, 1))
