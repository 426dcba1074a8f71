"""The tables `transfer_rollups` and `transfer_hours`: attempts to reach hotlines, counted.

The first counts by hour (or more hours), target, door, way and outcome, the second by hour and outcome.

An attempt counts from its end on, in the hour in which it began. A row of the ledger that changes takes what it was
counted as out again, so the sums follow it exactly, however late its events come.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from storage.projections.state import Change, Row
from storage.tables import ADDED as ADDED

SPANS = (1, 8, 240)
"""Hours of a row, counted from 1970 UTC; each a multiple of the one before. A day of a city at UTC+8 is three rows of
eight hours, any day a few of either; a year is 36 rows of ten days and a few of the others."""

TABLES = ("transfer_rollups", "transfer_hours")
"""Of sums: their rows are added to, not replaced."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Part:
    """What one attempt adds to the sums."""

    hour: int
    kind: tuple[str, bool, str, str, str]
    "Outcome, short, target, door and way."
    amounts: tuple[int, int, int, int]
    "Of ADDED."


def hour_of(moment: datetime) -> int:
    """Return the whole hours from 1970 UTC to a moment."""
    return (moment - _EPOCH) // _HOUR


def moment_of_hour(hour: int) -> datetime:
    """Return when an hour begins."""
    return _EPOCH + hour * _HOUR


def part_of(row: Row) -> Part | None:
    """Return what an attempt's row adds; None while it is under way, or as long as its beginning is not known."""
    if row["outcome"] is None or row["started_at"] is None:
        return None
    return Part(
        hour_of(row["started_at"]),
        (row["outcome"], row["short"], row["target_id"], row["door"], row["way"]),
        (1, int(row["returned_to"] is not None), row["ring_ms"] or 0, row["talk_ms"] or 0),
    )


def changes(before: Part | None, after: Part | None) -> list[Change]:
    """Return what is to be added to which rows, now that an attempt counts as something else."""
    if before == after:
        return []
    found: list[Change] = []
    for sign, part in ((-1, before), (1, after)):
        if part is not None:
            found += [_change(part, span, sign) for span in SPANS]
            found.append(_change_of_hour(part, sign))
    return found


def add(sums: Row, more: Row) -> None:
    """Add the amounts of a second change of the same row to those of the first."""
    for column in ADDED:
        sums[column] += more[column]


def _change(part: Part, hours: int, sign: int) -> Change:
    first_hour = part.hour // hours * hours
    outcome, short, target_id, door, way = part.kind
    row: Row = {
        "hours": hours,
        "first_hour": first_hour,
        "outcome": outcome,
        "short": short,
        "target_id": target_id,
        "door": door,
        "way": way,
        **_amounts(part, sign),
    }
    return "transfer_rollups", (hours, first_hour, *part.kind), row


def _change_of_hour(part: Part, sign: int) -> Change:
    outcome, short, *_ = part.kind
    row: Row = {"first_hour": part.hour, "outcome": outcome, "short": short, **_amounts(part, sign)}
    return "transfer_hours", (part.hour, outcome, short), row


def _amounts(part: Part, sign: int) -> Row:
    return {column: sign * amount for column, amount in zip(ADDED, part.amounts, strict=True)}
