"""How well waits were forecast in a period: what was expected when calls were queued, beside what came of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from storage.database import Database
from storage.tables import calls


@dataclass(frozen=True, slots=True)
class WaitForecasts:
    """The forecasts of one queue's calls."""

    queue_id: str
    forecasts: int
    served: int
    "Of these, calls that an operator answered: the others' waits have no end to compare with."
    expected_seconds: float | None
    "Mean of what was expected of the served."
    real_seconds: float | None
    "Mean of what they waited for an operator."
    bias: float | None
    "(Expected − real) ÷ real, of the means."
    rrmse: float | None
    "Root of the mean squared error ÷ the mean real wait."


async def wait_forecasts(database: Database, since: datetime | None, until: datetime | None) -> list[WaitForecasts]:
    """Return the figures of each queue; `since` is inside the period, `until` is not."""
    return await database.read(lambda connection: forecasts_in(connection, since, until))


def forecasts_in(connection: Connection, since: datetime | None, until: datetime | None) -> list[WaitForecasts]:
    """Return the same in an open transaction."""
    expected, real = calls.c.forecast_seconds, calls.c.forecast_real_seconds
    served = real.is_not(None)
    statement = select(
        func.coalesce(calls.c.queue_id, ""),
        func.count(),
        func.count(real),
        func.sum(expected).filter(served),
        func.sum(real),
        func.sum((expected - real) * (expected - real)),
    ).where(calls.c.forecast_at.is_not(None))
    if since is not None:
        statement = statement.where(calls.c.started_at >= since)
    if until is not None:
        statement = statement.where(calls.c.started_at < until)
    rows = connection.execute(statement.group_by(calls.c.queue_id)).all()
    return sorted((_figures(*row) for row in rows), key=lambda each: each.queue_id)


def _figures(
    queue_id: str, forecasts: int, served: int, expected: float | None, real: float | None, squares: float | None
) -> WaitForecasts:
    if not served or expected is None or real is None or squares is None:
        return WaitForecasts(queue_id, forecasts, 0, None, None, None, None)
    bias = (expected - real) / real if real > 0 else None
    rrmse = math.sqrt(squares / served) / (real / served) if real > 0 else None
    return WaitForecasts(queue_id, forecasts, served, expected / served, real / served, bias, rrmse)
