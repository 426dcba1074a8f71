"""Finishes recordings in the background: raw samples become a WAV file, and the journal hears of it."""

from __future__ import annotations

import asyncio
from collections.abc import Container, Iterable, Mapping
from pathlib import Path
from typing import Any

import structlog

from calls.events import RecordingCompleted, RecordingDiscarded
from calls.ports import Clock, Record
from recording.recorder import RecordingPlan, channels_of, finish_recording

log = structlog.get_logger(__name__)

SETTLE_SECONDS = 0.2
"""Between two looks at a file: Asterisk closes it a moment after the leg is gone."""

SETTLE_LOOKS = 50
"""Looks at most; a file that still grows after that is finished with what it holds."""


class RecordingFinisher:
    """Owns one task for each recording whose leg is over."""

    def __init__(self, root: Path, record: Record, clock: Clock) -> None:
        self._root = root
        self._record = record
        self._now = clock
        self._tasks: set[asyncio.Task[None]] = set()

    def finish(self, call_id: str, plan: RecordingPlan) -> None:
        """Finish this recording soon."""
        task = asyncio.create_task(self._finish(call_id, plan), name=f"recording {plan.recording_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def finish_old(self, rows: Iterable[Mapping[str, Any]], open_calls: Container[str]) -> None:
        """Finish the recordings of calls that are over; those of calls still open are finished when the call is."""
        for row in rows:
            if row["path"] and row["call_id"] not in open_calls:
                plan = RecordingPlan(row["recording_id"], row["path"], channels_of(row["party"]))
                self.finish(row["call_id"], plan)

    async def drain(self, seconds: float) -> None:
        """Wait until all are finished, at most so long; what is left is finished at the next start."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in tuple(self._tasks):
            task.cancel()

    async def _finish(self, call_id: str, plan: RecordingPlan) -> None:
        await self._settled(plan)
        recording_id = plan.recording_id
        try:
            finished = await asyncio.to_thread(finish_recording, self._root, plan)
        except OSError as error:  # a full disk must be seen, and must not end the service
            log.error("recording_failed", recording_id=recording_id, error=str(error))
            self._record(
                RecordingDiscarded(at=self._now(), call_id=call_id, recording_id=recording_id, reason="disk_error")
            )
            return
        if finished is None:
            self._record(
                RecordingDiscarded(at=self._now(), call_id=call_id, recording_id=recording_id, reason="not_connected")
            )
            return
        self._record(
            RecordingCompleted(
                at=self._now(),
                call_id=call_id,
                recording_id=recording_id,
                path=plan.path,
                duration_seconds=finished.duration_seconds,
                size_bytes=finished.size_bytes,
                sha256=finished.sha256,
            )
        )

    async def _settled(self, plan: RecordingPlan) -> None:
        raw, before = plan.raw_path(self._root), -2
        for _ in range(SETTLE_LOOKS):
            size = raw.stat().st_size if raw.exists() else -1
            if size == before:
                return
            before = size
            await asyncio.sleep(SETTLE_SECONDS)
