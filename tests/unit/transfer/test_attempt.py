"""One attempt, one ledger row: whatever happens in whatever order."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.events import (
    EndedBy,
    TransferAnswered,
    TransferDoor,
    TransferEnded,
    TransferOutcome,
    TransferRang,
    TransferStarted,
)
from calls.legs import DialOutcome, LegResult
from transfer.attempt import NO_SOUND, TRANSITIONS, Attempt, AttemptState
from transfer.directory import Hotline

T0 = datetime(2026, 1, 1, tzinfo=UTC)
GAS = Hotline(hotline_id="gas", name={"zh": "燃气"}, number="96777", trunk="carrier", key="02", on_failure="general")


def attempt() -> Attempt:
    return Attempt("c-t1", "c", GAS, TransferDoor.OPERATOR_KEY, "1001")


def result(dial: DialOutcome, *, ring: float = 3, talk: float = 0, cause: int | None = None) -> LegResult:
    return LegResult(
        dial=dial, ring_seconds=ring, talk_seconds=talk, caller_left=dial is DialOutcome.CANCELLED, hangup_cause=cause
    )


def test_answered_attempt_tells_each_step_once() -> None:
    tried = attempt()
    tried.dialled(T0)
    tried.rang(T0 + timedelta(seconds=1))
    tried.rang(T0 + timedelta(seconds=2))
    tried.answered(T0 + timedelta(seconds=3), 3)
    outcome = tried.ended(result(DialOutcome.ANSWERED, talk=60), T0 + timedelta(seconds=63), 5)
    assert outcome is TransferOutcome.ANSWERED
    assert [type(f) for f in tried.take()] == [TransferStarted, TransferRang, TransferAnswered, TransferEnded]


def test_answer_that_was_not_heard_is_told_from_the_result() -> None:
    tried = attempt()
    tried.dialled(T0)
    tried.ended(result(DialOutcome.ANSWERED, talk=60), T0, 5)
    assert [type(f) for f in tried.take()] == [TransferStarted, TransferAnswered, TransferEnded]


@pytest.mark.parametrize(("ring", "short"), [(1.0, True), (9.0, False)])
def test_caller_who_leaves_at_once_is_marked(ring: float, short: bool) -> None:
    tried = attempt()
    tried.dialled(T0)
    tried.ended(result(DialOutcome.CANCELLED, ring=ring), T0, 5)
    ended = tried.take()[-1]
    assert isinstance(ended, TransferEnded)
    assert (ended.outcome, ended.short) == (TransferOutcome.CALLER_LEFT, short)


def test_a_refused_attempt_is_a_whole_row_and_dials_nothing() -> None:
    tried = attempt()
    tried.refused(TransferOutcome.OUT_OF_HOURS, T0)
    tried.dialled(T0)
    tried.refused(TransferOutcome.LIMIT, T0)
    started, ended = tried.take()
    assert isinstance(started, TransferStarted)
    assert isinstance(ended, TransferEnded)
    assert (started.number, started.trunk) == ("96777", "carrier")
    assert (ended.outcome, ended.ended_by, ended.ring_seconds) == (TransferOutcome.OUT_OF_HOURS, EndedBy.SERVICE, 0)


def test_a_dead_line_that_answered_is_a_failure_with_its_reason() -> None:
    tried = attempt()
    tried.dialled(T0)
    tried.answered(T0, 1)
    verdict = TransferOutcome.FAILED
    assert tried.ended(result(DialOutcome.ANSWERED, talk=6), T0, 5, verdict=verdict, reason=NO_SOUND) is verdict
    ended = tried.take()[-1]
    assert isinstance(ended, TransferEnded)
    assert (ended.outcome, ended.reason, ended.ended_by) == (verdict, "no_sound", EndedBy.SERVICE)


@pytest.mark.parametrize(
    ("dial", "cause", "ended_by"),
    [
        (DialOutcome.BUSY, 17, EndedBy.TARGET),
        (DialOutcome.NO_ANSWER, None, EndedBy.SERVICE),
        (DialOutcome.CANCELLED, None, EndedBy.CALLER),
        (DialOutcome.CONGESTED, 21, EndedBy.TARGET),
    ],
)
def test_who_ended_it(dial: DialOutcome, cause: int | None, ended_by: EndedBy) -> None:
    tried = attempt()
    tried.dialled(T0)
    tried.ended(result(dial, cause=cause), T0, 5)
    ended = tried.take()[-1]
    assert isinstance(ended, TransferEnded)
    assert ended.ended_by is ended_by


steps = st.lists(st.sampled_from(["dialled", "rang", "answered", "ended", "refused"]), max_size=12)


@given(steps)
def test_any_order_gives_at_most_one_of_each_and_an_end_only_after_a_start(order: list[str]) -> None:
    tried = attempt()
    for number, step in enumerate(order):
        at = T0 + timedelta(seconds=number)
        match step:
            case "dialled":
                tried.dialled(at)
            case "rang":
                tried.rang(at)
            case "answered":
                tried.answered(at, number)
            case "refused":
                tried.refused(TransferOutcome.LIMIT, at)
            case _:
                tried.ended(result(DialOutcome.NO_ANSWER), at, 5)
    kinds = [type(f) for f in tried.take()]
    assert len(kinds) == len(set(kinds))
    assert not kinds or kinds[0] is TransferStarted
    assert TransferEnded not in kinds or kinds[-1] is TransferEnded


def test_table_leads_every_state_to_the_end() -> None:
    for state in AttemptState:
        reached = {state}
        for _, ((source, _), target) in itertools.product(range(5), TRANSITIONS.items()):
            if source in reached:
                reached.add(target)
        assert AttemptState.ENDED in reached
