"""The live board: every figure of queues and hotlines by its definition."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from board_line import Line

from calls.board_model import (
    mask_number,
)
from calls.events import (
    CallDequeued,
    CallOutcome,
    OfferOutcome,
    ServiceStarted,
    TransferAnswered,
    TransferDoor,
    TransferOutcome,
    TransferReturned,
)


@pytest.fixture
def line() -> Line:
    return Line()


# -- figures of the queues -------------------------------------------------------------------------


def test_an_empty_board_has_no_ratio_at_all(line: Line) -> None:
    board = line.look(0)
    for figures in (board.totals.figures, board.queues[0].figures):
        assert figures.service_level is None
        assert figures.sl_answered is None
        assert figures.sl_answered_or_abandoned is None
        assert figures.asa_seconds is None
        assert figures.abandon_rate is None
        assert figures.connect_rate_24h is None
        assert figures.connect_rate_today is None
        assert figures.longest_wait_seconds is None
    assert board.hotlines[0].connect_rate_today is None
    assert '"service_level": null' in json.dumps(board.as_dict())


def test_figures_of_a_day_follow_their_definitions(line: Line) -> None:
    line.answered_call("a", 0, wait=4)
    line.answered_call("b", 100, wait=15)
    line.answered_call("c", 200, wait=31)
    line.abandoned_call("d", 300, wait=3)
    line.abandoned_call("e", 400, wait=12)
    line.abandoned_call("f", 500, wait=40)
    figures = line.queue(700).figures
    assert (figures.offered, figures.answered, figures.answered_within_target) == (6, 3, 2)
    assert (figures.abandoned, figures.short_abandons) == (2, 1)
    assert figures.service_level == pytest.approx(2 / (6 - 1))
    assert figures.sl_answered == pytest.approx(2 / 3)
    assert figures.sl_answered_or_abandoned == pytest.approx((2 + 2) / 6)
    assert figures.asa_seconds == pytest.approx((4 + 15 + 31) / 3)
    assert figures.abandon_rate == pytest.approx(2 / 6)
    assert figures.connect_rate_today == figures.connect_rate_24h == pytest.approx(3 / 6)
    assert line.look(700).totals.figures == figures


def test_a_caller_who_waits_is_undecided_until_the_target_has_passed(line: Line) -> None:
    line.answered_call("a", 0, wait=4)
    line.calls("b", 100)
    line.queues("b", 100)
    fresh, late = line.queue(114).figures, line.queue(116).figures
    assert (fresh.waiting, fresh.longest_wait_seconds) == (1, 14)
    assert fresh.service_level == fresh.connect_rate_today == 1
    assert late.service_level == pytest.approx(1 / 2)
    assert late.connect_rate_today == 1


def test_a_first_caller_who_waits_makes_no_zero_percent(line: Line) -> None:
    line.calls("a", 0)
    line.queues("a", 0)
    figures = line.look(5).totals.figures
    assert figures.connect_rate_24h is figures.service_level is figures.abandon_rate is None


def test_a_caller_who_leaves_while_an_operator_rings_is_abandoned(line: Line) -> None:
    line.calls("a", 0)
    line.queues("a", 0)
    line.offers("a", 8)
    assert line.look(9).stages.ringing == line.queue(9).figures.waiting == 1
    line.offer_ends("a", 10, OfferOutcome.CALLER_LEFT)
    assert line.queue(10).figures.waiting == 0
    line.ends("a", 10, CallOutcome.ABANDONED)
    assert line.queue(11).figures.abandoned == 1
    operator = line.operator(11)
    assert (operator.missed, operator.caller_left_while_ringing) == (0, 1)


def test_a_missed_offer_lets_the_call_wait_on_by_its_clock(line: Line) -> None:
    line.calls("a", 0)
    line.queues("a", 0)
    line.offers("a", 1)
    line.offer_ends("a", 16, OfferOutcome.MISSED)
    waiting = line.look(20).waiting
    assert [(row.wait_seconds, row.ringing_operator_id) for row in waiting] == [(20, None)]
    assert line.look(20).stages.waiting == 1
    assert line.operator(20).missed == 1


def test_timed_out_and_moved_calls_are_offered_but_nothing_else(line: Line) -> None:
    for call, reason in (("a", "timed_out"), ("b", "transferred")):
        line.calls(call, 0)
        line.queues(call, 0)
        line.tell(CallDequeued, 60, call_id=call, queue_id="general", reason=reason)
    line.ends("a", 60, CallOutcome.TIMED_OUT)
    line.queues("b", 60, "english")
    figures = line.queue(61).figures
    assert (figures.offered, figures.timed_out, figures.moved, figures.abandoned, figures.waiting) == (2, 1, 1, 0, 0)
    assert line.queue(61, "english").figures.waiting == 1


def test_a_call_that_comes_back_keeps_its_clock_and_is_offered_once(line: Line) -> None:
    line.calls("a", 0)
    line.queues("a", 0)
    line.tell(ServiceStarted, 50, version="1", gap_from=line.at(40))
    line.queues("a", 51, queued_at=line.at(0))
    assert line.queue(60).figures.offered == 1
    assert line.look(60).waiting[0].wait_seconds == 60


def test_what_a_call_was_asked_on_is_its_day(line: Line) -> None:
    before_midnight = Line(datetime(2026, 3, 2, 15, 59, 50, tzinfo=UTC))
    before_midnight.answered_call("a", 0, wait=14)
    board = before_midnight.look(60)
    assert board.day == "2026-03-03"
    assert (board.totals.figures.offered, board.totals.figures.answered) == (0, 0)
    assert board.totals.figures.connect_rate_today is None
    assert board.totals.figures.connect_rate_24h == 1


def test_the_connect_rate_forgets_after_24_hours(line: Line) -> None:
    line.abandoned_call("a", 0, wait=30)
    line.answered_call("b", 3600, wait=3)
    assert line.look(7200).totals.figures.connect_rate_24h == pytest.approx(1 / 2)
    assert line.look(24 * 3600 + 120).totals.figures.connect_rate_24h == 1
    assert line.look(25 * 3600 + 120).totals.figures.connect_rate_24h is None


def test_a_hotline_that_answers_a_menu_call_connects_it(line: Line) -> None:
    line.calls("a", 0)
    line.begins_transfer("a", 1, TransferDoor.MENU_KEY)
    line.tell(TransferAnswered, 3, call_id="a", transfer_id="t-a", ring_seconds=2)
    line.ends_transfer("a", 9, TransferOutcome.ANSWERED)
    line.ends("a", 9, CallOutcome.ANSWERED)
    line.calls("b", 0)
    line.begins_transfer("b", 1, TransferDoor.MENU_KEY)
    line.ends_transfer("b", 9, TransferOutcome.BUSY)
    line.ends("b", 9, CallOutcome.NOT_CONNECTED)
    totals = line.look(10).totals
    assert (totals.asked_answered_24h, totals.asked_24h) == (1, 2)
    assert totals.figures.connect_rate_24h == pytest.approx(1 / 2)
    assert totals.figures.offered == 0


def test_leaving_in_the_menu_is_no_question_for_a_person(line: Line) -> None:
    line.calls("a", 0)
    assert line.look(1).stages.in_menu == 1
    line.ends("a", 2, CallOutcome.LEFT_IN_MENU)
    board = line.look(3)
    assert board.stages.in_menu == board.totals.asked_24h == 0


def test_waiting_callers_have_positions_masked_numbers_and_no_names(line: Line) -> None:
    for n, (call, priority) in enumerate((("a", 0), ("b", 0), ("c", 5))):
        line.calls(call, n, ani="13812345645")
        line.queues(call, n, priority=priority)
    rows = line.look(10).waiting
    assert [(row.call_id, row.position) for row in rows] == [("a", 2), ("b", 3), ("c", 1)]
    assert {row.ani for row in rows} == {"138******45"}


@pytest.mark.parametrize(
    ("number", "masked"),
    [("13812345645", "138******45"), ("62345678", "623***78"), ("12345", "***45"), ("110", "***"), ("", "")],
)
def test_numbers_are_masked(number: str, masked: str) -> None:
    assert mask_number(number) == masked


# -- hotlines --------------------------------------------------------------------------------------


def test_the_ledger_of_a_hotline(line: Line) -> None:
    for call in "abcdefg":
        line.calls(call, 0)
    line.transfers("a", 10, TransferOutcome.ANSWERED)
    line.transfers("b", 10, TransferOutcome.BUSY)
    line.tell(TransferReturned, 20, call_id="b", transfer_id="t-b", returned_to="1001")
    line.transfers("c", 10, TransferOutcome.NO_ANSWER)
    line.transfers("d", 10, TransferOutcome.CALLER_LEFT, short=True)
    line.transfers("e", 10, TransferOutcome.CALLER_LEFT, short=False)
    line.begins_transfer("f", 10)
    line.begins_transfer("g", 10)
    line.tell(TransferAnswered, 12, call_id="g", transfer_id="t-g", ring_seconds=2)
    row = line.hotline(30)
    assert (row.attempts, row.answered, row.busy, row.no_answer, row.returned) == (7, 2, 1, 1, 1)
    assert (row.caller_left, row.caller_left_short) == (2, 1)
    assert (row.ringing, row.talking) == (1, 1)
    assert row.connect_rate_today == row.connect_rate_24h == pytest.approx(2 / (7 - 1 - 1))
    assert line.look(30).stages.transferring == 1


def test_a_call_that_returns_is_no_second_answer(line: Line) -> None:
    line.answered_call("a", 0, wait=2, talk=500)
    line.calls("b", 0)
    line.queues("b", 0)
    line.offers("b", 1)
    line.answers("b", 2)
    line.transfers("b", 10, TransferOutcome.BUSY)
    line.offers("b", 20, returned=True)
    line.answers("b", 21, returned=True)
    assert line.operator(22).answered == line.queue(22).figures.answered == 2
    assert line.look(22).stages.talking == 1


def test_a_call_that_ends_leaves_nothing_ringing(line: Line) -> None:
    line.calls("a", 0)
    line.begins_transfer("a", 1)
    line.ends("a", 5, CallOutcome.LOST)
    assert line.hotline(6).ringing == 0
    line.ends_transfer("a", 7, TransferOutcome.CALLER_LEFT)
    assert line.hotline(8).caller_left == 1
