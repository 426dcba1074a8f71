"""Raw samples become a WAV file, once, and nothing is left lying about."""

from __future__ import annotations

import hashlib
import wave
from datetime import UTC, datetime
from pathlib import Path

import pytest

from recording.recorder import SAMPLE_RATE, RecordingPlan, finish_recording, plan_recording

SECOND = b"\x01\x00\xff\xff" * SAMPLE_RATE


@pytest.fixture
def plan(tmp_path: Path) -> RecordingPlan:
    planned = plan_recording("hotline-1.7", 2, datetime(2026, 11, 22, tzinfo=UTC))
    planned.raw_path(tmp_path).parent.mkdir(parents=True)
    return planned


def test_files_lie_by_day_and_call(plan: RecordingPlan) -> None:
    assert plan.path == "2026/11/22/hotline-1.7-r2.wav"
    assert plan.raw_path(Path("/r")) == Path("/r/2026/11/22/hotline-1.7-r2.raw")


def test_samples_keep_their_channels(tmp_path: Path, plan: RecordingPlan) -> None:
    plan.raw_path(tmp_path).write_bytes(SECOND * 3)
    finished = finish_recording(tmp_path, plan)
    assert finished is not None
    with wave.open(str(tmp_path / plan.path)) as sound:
        assert (sound.getnchannels(), sound.getsampwidth(), sound.getframerate()) == (2, 2, SAMPLE_RATE)
        assert sound.readframes(SAMPLE_RATE * 3) == SECOND * 3
    assert finished.duration_seconds == 3.0
    assert finished.sha256 == hashlib.sha256((tmp_path / plan.path).read_bytes()).hexdigest()
    assert sorted(p.suffix for p in (tmp_path / plan.path).parent.iterdir()) == [".wav"]


def test_a_torn_last_moment_is_left_out(tmp_path: Path, plan: RecordingPlan) -> None:
    plan.raw_path(tmp_path).write_bytes(SECOND + b"\x01\x00\xff")
    finished = finish_recording(tmp_path, plan)
    assert finished is not None
    assert finished.duration_seconds == 1.0


@pytest.mark.parametrize("content", [None, b"", b"\x01\x00"])
def test_nothing_recorded(tmp_path: Path, plan: RecordingPlan, content: bytes | None) -> None:
    if content is not None:
        plan.raw_path(tmp_path).write_bytes(content)
    assert finish_recording(tmp_path, plan) is None
    assert list(plan.raw_path(tmp_path).parent.iterdir()) == []


def test_done_again_after_a_crash_it_gives_the_same(tmp_path: Path, plan: RecordingPlan) -> None:
    plan.raw_path(tmp_path).write_bytes(SECOND)
    (tmp_path / plan.path).with_suffix(".part").write_bytes(b"half")
    first = finish_recording(tmp_path, plan)
    assert finish_recording(tmp_path, plan) == first
