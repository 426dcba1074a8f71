"""Numbers that fail in a row are marked down, tried last, probed now and then, and up again with the first success."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from calls.events import HotlineMarkedDown, HotlineMarkedUp, TransferOutcome
from transfer.directory import Hotline
from transfer.health import FAILURES, Health
from transfer.rules import TransferRules

T0 = datetime(2026, 1, 1, tzinfo=UTC)
RULES = TransferRules(failures_in_a_row=3, probe_seconds=60)
FIRST, SECOND = "96777", "64290000"


def hotline(**more: object) -> Hotline:
    values = {"hotline_id": "gas", "name": {"zh": "燃气"}, "number": FIRST, "trunk": "carrier", "key": "02"}
    return Hotline.model_validate({**values, "on_failure": "general", "alternates": (SECOND,), **more}, by_name=True)


GAS = hotline()


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def order(health: Health, now: datetime, of: Hotline = GAS) -> list[str]:
    return [line.number for line in health.route(of, RULES, now).lines]


def fail(health: Health, times: int, of: Hotline = GAS, outcome: TransferOutcome = TransferOutcome.UNREACHABLE) -> list:
    return [fact for _ in range(times) for fact in health.heard(of, FIRST, outcome, RULES, T0)]


@pytest.mark.parametrize("outcome", sorted(FAILURES))
def test_so_many_failures_in_a_row_mark_a_number_down_once(outcome: TransferOutcome) -> None:
    health = Health()
    (marked,) = fail(health, 5, outcome=outcome)
    assert isinstance(marked, HotlineMarkedDown)
    assert (marked.target_id, marked.number, marked.by) == ("gas", FIRST, "service")
    assert [mark.number for mark in health.marks(GAS)] == [FIRST]


@pytest.mark.parametrize(
    "outcome", [o for o in TransferOutcome if o not in FAILURES and o is not TransferOutcome.ANSWERED]
)
def test_what_is_nobodys_failure_marks_nothing(outcome: TransferOutcome) -> None:
    assert not fail(Health(), 20, outcome=outcome)


def test_busy_breaks_the_row_and_a_caller_who_leaves_does_not() -> None:
    health = Health()
    fail(health, 2)
    fail(health, 1, outcome=TransferOutcome.BUSY)
    assert not fail(health, 2)
    fail(health, 1, outcome=TransferOutcome.CALLER_LEFT)
    assert fail(health, 1), "the third in a row"


def test_alternates_come_first_and_one_caller_probes_each_interval() -> None:
    health = Health()
    assert order(health, T0) == [FIRST, SECOND]
    fail(health, 3)
    assert health.route(GAS, RULES, at(1)).is_down, "callers are told"
    assert order(health, at(59)) == [SECOND, FIRST]
    assert order(health, at(60)) == [FIRST, SECOND], "this caller is the probe"
    assert order(health, at(61)) == [SECOND, FIRST], "the next one is not"
    assert order(health, at(120)) == [FIRST, SECOND]


def test_a_hotline_with_one_number_is_still_tried_while_it_is_down() -> None:
    health, alone = Health(), hotline(alternates=())
    fail(health, 3, alone)
    assert order(health, at(1), alone) == [FIRST]


def test_the_first_success_takes_the_mark_off_and_the_count_begins_anew() -> None:
    health = Health()
    fail(health, 3)
    (up,) = health.heard(GAS, FIRST, TransferOutcome.ANSWERED, RULES, at(90))
    assert isinstance(up, HotlineMarkedUp)
    assert order(health, at(91)) == [FIRST, SECOND]
    assert not fail(health, 2)


def test_a_supervisor_marks_and_unmarks_and_every_mark_is_said_once() -> None:
    health = Health()
    (down,) = health.mark_down(GAS, SECOND, T0, "works on the line", "lin")
    assert (down.number, down.by, down.reason) == (SECOND, "lin", "works on the line")
    assert not health.mark_down(GAS, SECOND, T0, "again", "lin")
    assert order(health, at(1)) == [FIRST, SECOND]
    assert not health.route(GAS, RULES, at(1)).is_down, "the first number works"
    assert len(health.mark_up(GAS, SECOND, T0, "", "lin")) == 1
    assert not health.mark_up(GAS, SECOND, T0, "", "lin")


def test_marks_come_back_from_the_journal() -> None:
    before, after = Health(), Health()
    for fact in fail(before, 3):
        after.apply(fact)
    assert after.marks(GAS) == before.marks(GAS)
    assert order(after, at(1)) == [SECOND, FIRST]


def test_an_emergency_line_knows_no_marks() -> None:
    health, fire = Health(), hotline(kind="emergency")
    assert not fail(health, 50, fire)
    assert order(health, at(1), fire) == [FIRST, SECOND]
