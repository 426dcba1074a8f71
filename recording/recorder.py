"""One stereo file for each conversation: where it lies, and how it is finished.

Asterisk writes raw samples while two legs are bridged (they survive the death of this service); when the leg is over
they become a WAV file. The journal knows of a recording before its file exists.
"""

from __future__ import annotations

import hashlib
import os
import wave
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

SAMPLE_RATE = 8000
"""Hz. Telephone audio; both channels."""

SAMPLE_BYTES = 2
"""Bytes of one sample. In conversations the operator or hotline (left) and the citizen (right) are interleaved."""

FRAME_BYTES = 2 * SAMPLE_BYTES
"""Bytes of one moment of a conversation."""

MESSAGE = "message"
"""The party of a recording of the caller alone."""

_CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True)
class RecordingPlan:
    """A recording that is about to be made."""

    recording_id: str
    path: str
    "Of the finished WAV file, relative to the recordings folder."
    channels: int = 2
    "2 for a conversation, 1 for a message."

    def raw_path(self, root: Path) -> Path:
        """Return where Asterisk writes its samples."""
        return (root / self.path).with_suffix(".raw")


@dataclass(frozen=True, slots=True)
class FinishedRecording:
    """What came out."""

    duration_seconds: float
    size_bytes: int
    sha256: str


def channels_of(party: str | None) -> int:
    """Return how many channels a recording with this party has."""
    return 1 if party == MESSAGE else 2


def plan_recording(call_id: str, number: int, now: datetime, channels: int = 2) -> RecordingPlan:
    """Plan the call's n-th recording. Files lie in a folder for each day, named by call."""
    recording_id = f"{call_id}-r{number}"
    return RecordingPlan(recording_id, f"{now:%Y/%m/%d}/{recording_id}.wav", channels)


def finish_recording(root: Path, plan: RecordingPlan) -> FinishedRecording | None:
    """Turn the raw samples into a WAV file and remove them; return None when nothing was recorded.

    Blocking: run it in a thread. Done again after a crash it gives the same file.
    """
    raw, target = plan.raw_path(root), root / plan.path
    if not raw.exists():
        return _describe(target) if target.exists() else None
    frame_bytes = SAMPLE_BYTES * plan.channels
    if raw.stat().st_size < frame_bytes:
        raw.unlink()
        return None
    partial = target.with_suffix(".part")
    with raw.open("rb") as source, wave.open(str(partial), "wb") as sink:
        sink.setnchannels(plan.channels)
        sink.setsampwidth(SAMPLE_BYTES)
        sink.setframerate(SAMPLE_RATE)
        while chunk := source.read(_CHUNK):
            sink.writeframesraw(chunk[: len(chunk) - len(chunk) % frame_bytes])
    with partial.open("rb") as done:
        os.fsync(done.fileno())
    partial.rename(target)
    raw.unlink()
    return _describe(target)


def _describe(path: Path) -> FinishedRecording:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    with wave.open(str(path), "rb") as sound:
        seconds = sound.getnframes() / sound.getframerate()
    return FinishedRecording(round(seconds, 3), path.stat().st_size, digest.hexdigest())
