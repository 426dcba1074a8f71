"""The demo's count finds what is missing, on either side."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from hotline.actors.citizens import CitizenResult
from hotline.actors.tally import EndedBy
from hotline.demo.figures import count, percentile

T0 = datetime(2026, 1, 1, tzinfo=UTC)


def result(ended_by: EndedBy | None = "far_end") -> CitizenResult:
    return CitizenResult(True, ended_by, 200, "sip", 0, T0, T0, ((T0, "sent INVITE"),))


def row(ani: str, outcome: str | None = "answered", wait: float | None = 1.0) -> dict[str, Any]:
    ended = T0 if outcome else None
    return {"ani": ani, "outcome": outcome, "ended_at": ended, "asked_for_person": True, "wait_seconds": wait}


def attempt(number: str, outcome: str | None = "busy", returned_to: str | None = None) -> dict[str, Any]:
    return {"number": number, "outcome": outcome, "returned_to": returned_to}


def test_everything_accounted_for() -> None:
    figures = count(
        [("1", result()), ("2", result("caller"))],
        [row("1"), row("2", "abandoned", None)],
        [attempt("96777", "answered"), attempt("95598", "busy", "1001")],
        1,
        {"96777": 1, "95598": 1},
    )
    assert (figures.placed, figures.answered, figures.abandoned, figures.unaccounted) == (2, 1, 1, 0)
    assert (figures.transfers.attempted, figures.transfers.busy, figures.transfers.returned) == (2, 1, 1)
    assert figures.connect_rate == 0.5


@pytest.mark.parametrize(
    ("results", "calls", "transfers", "invites"),
    [
        ([("1", result())], [], [], {}),  # no record
        ([], [row("1")], [], {}),  # no telephone
        ([("1", result())], [row("1"), row("1")], [], {}),  # recorded twice
        ([], [row("1", None)], [], {}),  # no end
        ([("1", result(None))], [], [], {}),  # the telephone saw no end
        ([], [], [attempt("96777")], {}),  # a row without an INVITE
        ([], [], [], {"96777": 1}),  # an INVITE without a row
        ([], [], [attempt("96777", None)], {}),  # an attempt without an end
    ],
)
def test_what_is_missing_is_counted(
    results: list[tuple[str, CitizenResult]],
    calls: list[dict[str, Any]],
    transfers: list[dict[str, Any]],
    invites: dict[str, int],
) -> None:
    assert count(results, calls, transfers, 0, invites).unaccounted == 1


def test_percentile_is_a_value_that_was_measured() -> None:
    values = [1.0, 2.0, 3.0, 4.0]
    assert (percentile(values, 0.5), percentile(values, 0.95), percentile([], 0.5)) == (2.0, 4.0, None)
