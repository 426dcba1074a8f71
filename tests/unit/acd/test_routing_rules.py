"""The rules by which calls and operators find each other, one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from acd.classes import Operator
from acd.dispatcher import Dispatcher
from acd.line import EMPTY_PLACES, Line
from acd.matching import RETRY_SECONDS
from acd.requirement import ANYONE, Requirement
from acd.routing import OperatorRules, QueueEntry, QueueRules, Step, WaitingCall
from calls.events import OfferOutcome

T0 = datetime(2026, 1, 1, 8, 0, tzinfo=UTC)
GAS, EN = Requirement.parse("gas"), Requirement.parse("en")
ALL = {"gas": QueueRules(GAS), "en": QueueRules(EN), "any": QueueRules(ANYONE)}


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def call(call_id: str, queue_id: str, since: float = 0, **more: object) -> WaitingCall:
    values: dict[str, object] = {"skills": {}, "priority": 0, "queued_at": at(since), **more}
    return WaitingCall(call_id=call_id, queue_id=queue_id, **values)  # type: ignore[arg-type]


def room(operators: dict[str, object], queues: dict[str, QueueRules], *present: str) -> Dispatcher:
    dispatcher = Dispatcher(operators, queues=queues)  # type: ignore[arg-type]
    for number, operator_id in enumerate(present):
        dispatcher.phone_reachable(operator_id, at(number / 10))
    dispatcher.drain()
    return dispatcher


def assigned(dispatcher: Dispatcher) -> list[tuple[str, str]]:
    return [(offer.call_id, offer.operator_id) for offer in dispatcher.drain().assignments]


def until(dispatcher: Dispatcher, seconds: float) -> list[tuple[str, str]]:
    dispatcher.tick(at(seconds))
    return assigned(dispatcher)


def test_flexible_operators_are_kept_for_calls_that_need_them() -> None:
    dispatcher = room({"1001": {"gas": 1, "en": 1}, "1002": {"gas": 1}}, ALL, "1001", "1002")
    dispatcher.join(call("a", "gas"), at(5))
    dispatcher.join(call("b", "en"), at(5))
    assert assigned(dispatcher) == [("a", "1002"), ("b", "1001")]


def test_steps_widen_and_anyone_drops_every_need_but_not_the_lists_of_queues() -> None:
    rules = QueueRules(ANYONE, (Step(Requirement.parse("gas >= 3"), 20), Step(GAS, 20), Step(None)))
    operators: dict[str, object] = {
        "1001": OperatorRules({"en": 1}, {"other": QueueEntry()}),
        "1002": {"gas": 1},
        "1003": {"en": 1},
    }
    dispatcher = room(operators, {"gas": rules}, "1001", "1002", "1003")
    for name in ("a", "b"):
        dispatcher.join(call(name, "gas", entered_at=at(5)), at(5))
    assert (assigned(dispatcher), dispatcher.next_due()) == ([], at(25))
    assert until(dispatcher, 25) == [("a", "1002")]
    assert until(dispatcher, 44) == []
    assert until(dispatcher, 45) == [("b", "1003")]


def test_edited_steps_reach_calls_that_wait() -> None:
    dispatcher = room({"1001": {"zh": 1}}, {"gas": QueueRules(GAS)}, "1001")
    dispatcher.join(call("a", "gas"), at(1))
    dispatcher.replace_queues({"gas": QueueRules(ANYONE)}, at(2))
    assert assigned(dispatcher) == [("a", "1001")]


def test_a_point_of_priority_is_a_head_start() -> None:
    dispatcher = room({"1001": {"zh": 1}}, {}, "1001")
    dispatcher.join(call("now", "any"), at(0))
    for waiting in (call("old", "any", 0), call("urgent", "any", 59, priority=1), call("late", "any", 61, priority=1)):
        dispatcher.join(waiting, at(70))
    order = sorted(("old", "urgent", "late"), key=lambda name: dispatcher.position(name) or 0)
    assert order == ["urgent", "old", "late"]


def test_who_came_back_is_before_every_other_and_among_themselves_by_the_clock() -> None:
    dispatcher = room({"1001": {"zh": 1}}, {}, "1001")
    dispatcher.join(call("now", "any"), at(0))
    calls = (
        call("old", "any", -86_400, priority=100),
        call("back late", "any", 50, at_head=True),
        call("back early", "any", 40, at_head=True),
    )
    for waiting in calls:
        dispatcher.join(waiting, at(60))
    order = sorted(("old", "back late", "back early"), key=lambda name: dispatcher.position(name) or 0)
    assert order == ["back early", "back late", "old"]


def test_a_preferred_operator_is_waited_for_as_long_as_they_are_there() -> None:
    dispatcher = room({"1001": {"zh": 1}, "1002": {"zh": 1}}, {}, "1001", "1002")
    dispatcher.join(call("first", "any"), at(1))
    assert assigned(dispatcher) == [("first", "1001")]
    for name in ("a", "b"):
        dispatcher.join(call(name, "any", 2, preferred="1001", prefer_seconds=20.0), at(2))
    assert assigned(dispatcher) == [], "1002 is free, and yet"
    assert until(dispatcher, 21) == []
    assert until(dispatcher, 22) == [("a", "1002")]
    dispatcher.join(call("c", "any", 23, preferred="1001", prefer_seconds=20.0), at(23))
    dispatcher.phone_gone("1002", at(24))
    assert dispatcher.position("b") == 1


def test_nobody_waits_for_an_operator_who_goes_away() -> None:
    dispatcher = room({"1001": {"zh": 1}, "1002": {"zh": 1}}, {}, "1001", "1002")
    dispatcher.join(call("first", "any"), at(1))
    (offer,) = dispatcher.drain().assignments
    dispatcher.join(call("a", "any", 2, preferred="1001", prefer_seconds=20.0), at(2))
    assert assigned(dispatcher) == []
    dispatcher.offer_ended(offer.offer_id, OfferOutcome.DECLINED, at(3))
    assert assigned(dispatcher) == [("a", "1002")]


def test_a_delay_and_points_of_an_operators_own() -> None:
    helper = OperatorRules({"zh": 1}, {"any": QueueEntry(delay_seconds=10), "own": QueueEntry(priority=1)})
    dispatcher = room({"1001": helper}, {}, "1001")
    dispatcher.join(call("a", "any", 1), at(1))
    assert (assigned(dispatcher), until(dispatcher, 10), until(dispatcher, 11)) == ([], [], [("a", "1001")])
    dispatcher.join(call("b", "any", 12), at(12))
    dispatcher.join(call("c", "own", 71), at(71))
    dispatcher.offer_ended("a-o1", OfferOutcome.CALLER_LEFT, at(72))
    assert assigned(dispatcher) == [("c", "1001")], "a minute younger, and worth a minute more to this operator"


def test_who_was_tried_is_not_tried_again_while_another_is_there_but_not_for_ever() -> None:
    dispatcher = room({"1001": {"zh": 1}, "1002": {"zh": 1}}, {}, "1001", "1002")
    dispatcher.join(call("x", "any"), at(1))
    dispatcher.join(call("y", "any"), at(1))
    missed, talking = dispatcher.drain().assignments
    dispatcher.answered(talking.offer_id, at(2))
    waiting = call("x", "any", tried={missed.operator_id})
    dispatcher.offer_ended(missed.offer_id, OfferOutcome.MISSED, at(16))
    dispatcher.join(waiting, at(16))
    assert assigned(dispatcher) == [], "1002 talks, and may be free soon"
    dispatcher.join(call("younger", "any", 17), at(17))
    assert assigned(dispatcher) == [("younger", missed.operator_id)], "is free for others meanwhile"
    dispatcher.offer_ended("younger-o3", OfferOutcome.CALLER_LEFT, at(18))
    assert until(dispatcher, 16 + RETRY_SECONDS) == [("x", missed.operator_id)]


@pytest.mark.parametrize(
    ("strategy", "chosen"),
    [("longest_idle", "1001"), ("fewest_calls", "1002"), ("least_occupied", "1002"), ("best_skilled", "1003")],
)
def test_strategies(strategy: str, chosen: str) -> None:
    queues = {"gas": QueueRules(GAS, strategy=strategy), "other": QueueRules(Requirement.parse("en"))}
    dispatcher = room({"1001": {"gas": 2}, "1002": {"gas": 2}, "1003": {"gas": 5}}, queues, "1001")
    dispatcher.join(call("first", "gas"), at(1))
    (offer,) = dispatcher.drain().assignments
    dispatcher.answered(offer.offer_id, at(1))
    dispatcher.conversation_ended(offer.offer_id, 0, at(60))  # 1001 has worked, and is free for longest
    for operator_id in ("1002", "1003"):
        dispatcher.phone_reachable(operator_id, at(70))
    dispatcher.drain()
    dispatcher.join(call("a", "gas"), at(90))
    assert assigned(dispatcher) == [("a", chosen)]


def test_who_became_free_while_in_no_file_takes_calls_as_soon_as_they_are_in_one_again() -> None:
    both: dict[str, object] = {"1001": {"zh": 1}, "1002": {"zh": 1}}
    dispatcher = room(both, {}, "1001")
    dispatcher.join(call("a", "any"), at(1))
    (offer,) = dispatcher.drain().assignments
    edit = {"missed_in_a_row": 3, "ring_seconds": 15.0}
    dispatcher.replace_operators({"1002": {"zh": 1}}, at(2), **edit)  # type: ignore[arg-type]
    dispatcher.offer_ended(offer.offer_id, OfferOutcome.CALLER_LEFT, at(3))
    dispatcher.join(call("b", "any", 4), at(4))
    assert assigned(dispatcher) == []
    dispatcher.replace_operators(both, at(5), **edit)  # type: ignore[arg-type]
    assert assigned(dispatcher) == [("b", "1001")]


def test_of_calls_that_go_on_at_one_moment_the_lowest_place_is_first() -> None:
    rules = QueueRules(ANYONE, (Step(EN, 10), Step(None)))
    dispatcher = room({"1001": {"zh": 1}}, {"gas": rules}, "1001")
    dispatcher.join(call("a", "gas"), at(0))
    dispatcher.join(call("urgent", "gas", priority=1), at(0))
    assert until(dispatcher, 10) == [("urgent", "1001")]


def test_of_calls_that_wait_for_one_operator_their_own_points_decide() -> None:
    rules = OperatorRules({"zh": 1}, {"any": QueueEntry(), "own": QueueEntry(priority=1)})
    dispatcher = room({"1001": rules}, {}, "1001")
    dispatcher.join(call("first", "any"), at(0))
    (offer,) = dispatcher.drain().assignments
    for number, queue_id in enumerate(("any", "own"), start=1):
        dispatcher.join(call(queue_id, queue_id, number, preferred="1001", prefer_seconds=60.0), at(number))
    dispatcher.offer_ended(offer.offer_id, OfferOutcome.CALLER_LEFT, at(3))
    assert assigned(dispatcher) == [("own", "1001")]


def test_a_line_that_is_swept_keeps_everybody_who_stands_in_it() -> None:
    line: Line[Operator] = Line()
    some = [Operator(str(number)) for number in range(3 * EMPTY_PLACES)]
    for number, each in enumerate(some):
        each.ticket = number + 1
        line.join(0.0 if number == 0 else 1000.0 - number if number % 2 else 1000.0 + number, each)
    kept = {some[0], some[5], some[6]}
    for each in some:
        if each not in kept:
            each.ticket = 0
            line.gone(each)
    assert {each for _, each in line.items()} == kept
