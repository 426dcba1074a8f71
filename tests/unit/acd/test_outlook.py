"""What a waiting call is told of: who is before it, who is there for it now and later."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from acd.dispatcher import Dispatcher
from acd.forecast import Outlook, WaitEstimator
from acd.requirement import Requirement
from acd.routing import QueueRules, Step, WaitingCall

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
EXPERT, HELPER = {"gas": 3}, {"gas": 1}


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def everybody_talks(operators: Mapping[str, Mapping[str, int]], rules: QueueRules | None = None) -> Dispatcher:
    """Return a dispatcher whose operators are all in a conversation."""
    dispatcher = Dispatcher(operators, queues={"gas": rules or QueueRules()})
    for number, operator_id in enumerate(operators):
        dispatcher.phone_reachable(operator_id, NOON)
        offer = dispatcher.claim(f"early-{number}", operator_id, NOON)
        assert offer is not None
        dispatcher.answered(offer.offer_id, NOON)
    return dispatcher


def call(call_id: str, seconds: float, skills: Mapping[str, int]) -> WaitingCall:
    return WaitingCall(call_id, "gas", skills, 0, at(seconds))


def join(dispatcher: Dispatcher, call_id: str, seconds: float, skills: Mapping[str, int]) -> WaitingCall:
    waiting = call(call_id, seconds, skills)
    dispatcher.join(waiting, at(seconds))
    return waiting


def present(outlook: Outlook) -> list[tuple[float, int]]:
    return [(step.until_seconds, sum(step.operators.values())) for step in outlook.steps]


def test_calls_before_it_and_operators_for_both() -> None:
    dispatcher = everybody_talks({"1001": EXPERT, "1002": HELPER, "1003": HELPER})
    first = join(dispatcher, "a", 1, {"gas": 3})
    join(dispatcher, "b", 2, {"gas": 1})
    last = join(dispatcher, "c", 3, {"gas": 1})
    outlook = dispatcher.outlook(last, at(4))
    assert outlook.position == 3
    assert sorted((group.calls, sum(group.operators.values())) for group in outlook.ahead) == [(1, 1), (1, 3)]
    assert present(outlook) == [(math.inf, 3)]
    learned = WaitEstimator(assumed_handle_seconds=60)
    assert learned.expected_seconds(outlook) == 3 * 60 / 3
    assert learned.expected_seconds(dispatcher.outlook(first, at(4))) == 60


def test_steps_bring_operators_later() -> None:
    steps = (Step(Requirement.parse("gas >= 3"), 20.0), Step(None))
    dispatcher = everybody_talks({"1001": EXPERT, "1002": HELPER}, QueueRules(steps=steps))
    waiting = join(dispatcher, "a", 0, {})
    assert present(dispatcher.outlook(waiting, at(5))) == [(15.0, 1), (math.inf, 2)]


def test_an_idle_operator_whose_phone_is_gone_does_not_count() -> None:
    dispatcher = everybody_talks({"1001": EXPERT})
    dispatcher.replace_operators({"1001": EXPERT, "1002": HELPER}, NOON, missed_in_a_row=3, ring_seconds=15)
    waiting = join(dispatcher, "a", 0, {"gas": 3})
    would = call("b", 1, {"gas": 1})
    dispatcher.phone_reachable("1002", at(1))
    assert present(dispatcher.outlook(would, at(1))) == [(math.inf, 2)]
    assert present(dispatcher.outlook(waiting, at(1))) == [(math.inf, 1)]
    dispatcher.phone_gone("1002", at(2))
    assert present(dispatcher.outlook(would, at(2))) == [(math.inf, 1)]


def test_a_call_that_would_wait_comes_last() -> None:
    dispatcher = everybody_talks({"1001": EXPERT})
    join(dispatcher, "a", 0, {})
    assert dispatcher.outlook(call("z", 0, {}), at(0)).position == 2
    assert len(dispatcher.waiting) == 1, "asking changes nothing"
