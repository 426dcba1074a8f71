"""The live board's hotlines: both connect rates, alarms, numbers that are marked down."""

from __future__ import annotations

from itertools import count

import pytest
from board_line import Line

from calls.board_model import BoardSnapshot
from calls.connect_rate import GIVEN_UP, AttemptFigures
from calls.events import (
    ConnectRateAlarmCleared,
    ConnectRateAlarmRaised,
    Event,
    TransferAnswered,
    TransferOutcome,
)
from hotline.rate_alarms import RateAlarmWatch

_numbers = count()


@pytest.fixture
def line() -> Line:
    return Line()


def attempts(line: Line, times: int, outcome: TransferOutcome, *, seconds: float = 10, short: bool = False) -> None:
    for _ in range(times):
        call = f"c{next(_numbers)}"
        line.calls(call, seconds)
        line.transfers(call, seconds, outcome, short=short)


def test_both_rates_are_kept(line: Line) -> None:
    attempts(line, 6, TransferOutcome.ANSWERED)
    attempts(line, 1, TransferOutcome.BUSY)
    attempts(line, 1, TransferOutcome.LIMIT)
    attempts(line, 2, TransferOutcome.OUT_OF_HOURS)
    attempts(line, 1, TransferOutcome.CALLER_LEFT, short=True)
    attempts(line, 1, TransferOutcome.CANCELLED, short=True)
    row, totals = line.hotline(60), line.look(60).transfers
    assert (row.answered_24h, row.rated_24h, row.attempts_24h) == (6, 8, 12)
    assert row.connect_rate_24h == row.connect_rate_today == 6 / 8
    assert row.connect_rate_all_24h == row.connect_rate_all_today == 6 / 12
    assert (totals.connect_rate_24h, totals.connect_rate_all_24h) == (6 / 8, 6 / 12)
    later = line.hotline(25 * 3600)
    assert (later.rated_24h, later.attempts_24h, later.connect_rate_all_24h) == (0, 0, None)


def test_a_dead_line_that_answered_is_no_answer(line: Line) -> None:
    line.calls("a", 0)
    line.begins_transfer("a", 1)
    line.tell(TransferAnswered, 2, call_id="a", transfer_id="t-a", ring_seconds=1)
    assert line.hotline(3).connect_rate_24h == line.hotline(3).connect_rate_all_today == 1
    line.ends_transfer("a", 4, TransferOutcome.FAILED)
    row = line.hotline(5)
    assert (row.rated_24h, row.attempts_24h) == (1, 1)
    assert row.connect_rate_24h == row.connect_rate_all_24h == row.connect_rate_all_today == 0


def test_the_board_counts_by_the_same_rule_as_the_reports(line: Line) -> None:
    figures = AttemptFigures()
    for times, outcome in enumerate(TransferOutcome, 1):
        for short in (False, True):
            if short and outcome is TransferOutcome.ANSWERED:
                continue
            attempts(line, times, outcome, short=short)
            given_up = times if short and outcome in GIVEN_UP else 0
            figures.add(AttemptFigures(attempts=times, by_outcome={outcome: times}, given_up_short=given_up))
    row = line.hotline(60)
    assert (row.answered_24h, row.rated_24h, row.attempts_24h) == (figures.answered, figures.rated, figures.attempts)
    assert row.connect_rate_24h == figures.connect_rate
    assert row.connect_rate_all_24h == figures.connect_rate_all


def test_an_alarm_stands_until_it_is_cleared(line: Line) -> None:
    attempts(line, 17, TransferOutcome.ANSWERED)
    attempts(line, 3, TransferOutcome.BUSY)
    recorded: list[Event] = []

    def record(event: Event) -> None:
        recorded.append(event)
        line.board.apply(event)

    def watch(seconds: float) -> None:
        def board() -> BoardSnapshot:
            return line.look(seconds)

        # a new watch each time: it goes on from what the board shows
        RateAlarmWatch(board, record, lambda: line.at(seconds)).look()

    watch(60)
    assert [type(event) for event in recorded] == [ConnectRateAlarmRaised] * 4
    assert line.hotline(61).alarms == ("beijing_90", "gbt33358_95")
    assert [(row.scope, row.connect_rate) for row in line.look(61).alarms] == [("*", 0.85)] * 2 + [("gas", 0.85)] * 2
    watch(70)
    assert len(recorded) == 4
    attempts(line, 80, TransferOutcome.ANSWERED, seconds=80)
    watch(100)
    assert [type(event) for event in recorded[4:]] == [ConnectRateAlarmCleared] * 4
    assert (line.hotline(101).alarms, line.look(101).alarms) == ((), ())
