"""When operators come and go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hotline.simulation.scenario import DAY_SECONDS
from ivr.types import Span


def presences(shifts: Sequence[Span], start_seconds: float, end: float) -> Iterator[tuple[float, float]]:
    """Yield when a group comes and goes until `end`, in seconds after the start; always there without shifts."""
    if not shifts:
        yield 0.0, float("inf")
        return
    merged: list[tuple[float, float]] = []
    days = int((end + start_seconds) // DAY_SECONDS) + 1
    for begin, leave in sorted(_of_day(span, day, start_seconds) for day in range(-1, days) for span in shifts):
        if leave <= 0.0 or begin >= end:
            continue
        begin = max(0.0, begin)
        if merged and begin <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(leave, merged[-1][1])
        else:
            merged.append((begin, leave))
    yield from merged


def overlap(begin: float, end: float, window: tuple[float, float]) -> float:
    """Return how many seconds of begin to end lie in the window."""
    return max(0.0, min(end, window[1]) - max(begin, window[0]))


def _of_day(span: Span, day: int, start_seconds: float) -> tuple[float, float]:
    midnight = day * DAY_SECONDS - start_seconds
    over = DAY_SECONDS if span.end <= span.start else 0
    return midnight + span.start * 60.0, midnight + span.end * 60.0 + over
