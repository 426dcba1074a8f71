"""What a demo came to, counted twice: by the citizens' telephones and by the service's own records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from hotline.actors.citizens import CitizenResult

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TransferFigures:
    """Attempts to reach a hotline, by outcome."""

    attempted: int
    answered: int
    busy: int
    no_answer: int
    other: int
    returned: int
    "Attempts after which the caller came back to an operator or a queue."


@dataclass(frozen=True, slots=True)
class DemoFigures:
    """The table at the end of a demo."""

    placed: int
    "Calls that citizens placed, as their telephones say."
    answered: int
    "Answered by a person."
    abandoned: int
    left_in_menu: int
    transfers: TransferFigures
    recorded: int
    "Conversations with a finished recording."
    unaccounted: int
    "Calls whose telephone and record don't both know how they ended, and transfers without an INVITE or a row."
    wait_seconds: Mapping[str, float | None]
    connect_rate: float | None
    "Answered by a person ÷ asked for a person."

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as JSON-ready values."""
        return asdict(self)


def count(
    results: Sequence[tuple[str, CitizenResult]],
    calls: Sequence[Row],
    transfers: Sequence[Row],
    recorded: int,
    invites: Mapping[str, int],
) -> DemoFigures:
    """Count a demo.

    `results` are the citizens' own (caller's number, result), `calls` and `transfers` the rows of the demo's time,
    `invites` how many INVITEs each hotline's number got.
    """
    placed = [(ani, result) for ani, result in results if any(what == "sent INVITE" for _, what in result.timeline)]
    asked = [row for row in calls if row["asked_for_person"]]
    answered = [row for row in calls if row["outcome"] == "answered"]
    waits = sorted(row["wait_seconds"] for row in answered if row["wait_seconds"] is not None)
    return DemoFigures(
        placed=len(placed),
        answered=len(answered),
        abandoned=sum(row["outcome"] in ("abandoned", "short_abandon") for row in calls),
        left_in_menu=sum(row["outcome"] == "left_in_menu" for row in calls),
        transfers=_transfers(transfers),
        recorded=recorded,
        unaccounted=_unaccounted(placed, calls) + _unmatched(transfers, invites),
        wait_seconds={"p50": percentile(waits, 0.50), "p95": percentile(waits, 0.95)},
        connect_rate=round(len(answered) / len(asked), 4) if asked else None,
    )


def percentile(ascending: Sequence[float], share: float) -> float | None:
    """Return the value at or below which this share of the values lies (nearest rank); None of nothing."""
    if not ascending:
        return None
    rank = max(1, -(-len(ascending) * share // 1))
    return round(ascending[int(rank) - 1], 3)


def _transfers(rows: Sequence[Row]) -> TransferFigures:
    outcomes = Counter(row["outcome"] for row in rows)
    named = {name: outcomes[name] for name in ("answered", "busy", "no_answer")}
    return TransferFigures(
        attempted=len(rows),
        **named,
        other=len(rows) - sum(named.values()),
        returned=sum(row["returned_to"] is not None for row in rows),
    )


def _unaccounted(placed: Sequence[tuple[str, CitizenResult]], calls: Sequence[Row]) -> int:
    """Count calls that only one side knows the end of."""
    rows = Counter(row["ani"] for row in calls if row["outcome"] is not None and row["ended_at"] is not None)
    by_phone = Counter(ani for ani, result in placed if result.ended_by is not None)
    unended = sum(result.ended_by is None for _, result in placed)
    open_rows = sum(row["outcome"] is None for row in calls)
    return unended + open_rows + sum((rows - by_phone).values()) + sum((by_phone - rows).values())


def _unmatched(transfers: Sequence[Row], invites: Mapping[str, int]) -> int:
    """Count ledger rows without an INVITE on the wire, and INVITEs without a row."""
    rows = Counter(row["number"] for row in transfers if row["outcome"] is not None)
    wire = Counter(invites)
    return sum((rows - wire).values()) + sum((wire - rows).values()) + sum(r["outcome"] is None for r in transfers)
