"""What the journal teaches of handling times and patience."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest

from acd.expected_wait import ExpectedWaits
from acd.forecast import Outlook, Reach
from acd.routing import WaitingCall
from calls.events import (
    CallDequeued,
    CallEnded,
    CallOutcome,
    CallQueued,
    EndedBy,
    OfferEnded,
    OfferOutcome,
    OperatorAnswered,
    OperatorOffered,
    OperatorState,
    OperatorStateChanged,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def next_in_line(call: WaitingCall) -> Outlook:
    return Outlook(call.queue_id, 1, [], [Reach(math.inf, {"everyone": 1})])


def state(operator_id: str, word: OperatorState, seconds: float) -> OperatorStateChanged:
    return OperatorStateChanged(at=at(seconds), operator_id=operator_id, state=word)


def a_call(waits: ExpectedWaits, number: int, handled_seconds: float) -> None:
    began, call_id = number * 1000.0, f"c{number}"
    waits.apply(CallQueued(at=at(began), call_id=call_id, queue_id="gas", skills={}))
    waits.apply(OperatorOffered(at=at(began), call_id=call_id, offer_id="o", operator_id="1001", queue_id="gas"))
    waits.apply(state("1001", OperatorState.RINGING, began))
    waits.apply(OperatorAnswered(at=at(began + 5), call_id=call_id, offer_id="o", operator_id="1001", ring_seconds=5))
    waits.apply(state("1001", OperatorState.TALKING, began + 5))
    waits.apply(state("1001", OperatorState.WRAP_UP, began + handled_seconds - 10))
    waits.apply(state("1001", OperatorState.AVAILABLE, began + handled_seconds))


def expected(waits: ExpectedWaits) -> float:
    seconds = waits.expected_seconds(WaitingCall("x", "gas", {}, 0, NOON))
    assert seconds is not None
    return seconds


def test_handling_is_ringing_talking_and_wrap_up() -> None:
    waits = ExpectedWaits(next_in_line, assumed_handle_seconds=300)
    assert expected(waits) == 300
    for number in range(500):
        a_call(waits, number, 60.0)
    assert expected(waits) == pytest.approx(60, rel=0.05)


def test_a_ring_that_nobody_answered_is_no_handling() -> None:
    waits = ExpectedWaits(next_in_line, assumed_handle_seconds=300)
    waits.apply(OperatorOffered(at=NOON, call_id="a", offer_id="o", operator_id="1001", queue_id="gas"))
    waits.apply(state("1001", OperatorState.RINGING, 0))
    ended = {"offer_id": "o", "operator_id": "1001", "outcome": OfferOutcome.MISSED, "ring_seconds": 15.0}
    waits.apply(OfferEnded(at=at(15), call_id="a", **ended))
    waits.apply(state("1001", OperatorState.AVAILABLE, 15))
    assert expected(waits) == 300


def test_who_leaves_teaches_patience_and_who_is_moved_does_not() -> None:
    waits = ExpectedWaits(next_in_line)
    for number in range(200):
        call_id = f"c{number}"
        waits.apply(CallQueued(at=NOON, call_id=call_id, queue_id="gas", skills={}))
        reason = "caller_left" if number % 2 else "overflowed"
        waits.apply(CallDequeued(at=at(100), call_id=call_id, queue_id="gas", reason=reason))
        ended = {"outcome": CallOutcome.ABANDONED, "ended_by": EndedBy.CALLER}
        waits.apply(CallEnded(at=at(101), call_id=call_id, **ended))
    assert waits._estimator.leaving_rate == pytest.approx(100 / 20_000, rel=0.02)
