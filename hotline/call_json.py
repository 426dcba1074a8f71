"""A call and its steps as plain values, for the command line and the API alike."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from typing import Any

from storage.queries import CallRecord


def call_json(record: CallRecord) -> dict[str, Any]:
    """Return a call with its steps as plain values; `ms` counts from the first step, `step_ms` from the one before."""
    document = dataclasses.asdict(record)
    for step, timing in zip(document["events"], timings([e.at for e in record.events]), strict=True):
        step["ms"], step["step_ms"] = timing
    return document


def timings(times: list[datetime]) -> list[tuple[float, float]]:
    """Return milliseconds since the first moment and since the one before, for each moment."""
    found: list[tuple[float, float]] = []
    for index, at in enumerate(times):
        before = times[index - 1] if index else at
        found.append((_ms(at - times[0]), _ms(at - before)))
    return found


def _ms(delta: timedelta) -> float:
    return round(float(delta.total_seconds()) * 1000, 1)
