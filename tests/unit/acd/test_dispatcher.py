"""Routing rules, tried in virtual time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from acd.dispatcher import Assignment, Dispatcher
from acd.presence import REST_SECONDS, TRANSITIONS, Cause
from acd.routing import WaitingCall
from calls.events import OfferOutcome, OperatorState

T0 = datetime(2026, 1, 1, 8, 0, tzinfo=UTC)
SKILLS = {"1001": {"zh": 5, "gas": 3}, "1002": {"zh": 5}, "1003": {"en": 4, "zh": 2}}


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def call(call_id: str, skills: dict[str, int] | None = None, *, since: float = 0, priority: int = 0) -> WaitingCall:
    return WaitingCall(call_id, "citizen", skills or {"zh": 1}, priority, at(since))


@pytest.fixture
def dispatcher() -> Dispatcher:
    return Dispatcher(SKILLS, missed_in_a_row=2)


def one(dispatcher: Dispatcher) -> Assignment:
    (assignment,) = dispatcher.drain().assignments
    return assignment


def none(dispatcher: Dispatcher) -> None:
    assert dispatcher.drain().assignments == ()


def available(dispatcher: Dispatcher, *operator_ids: str) -> None:
    for number, operator_id in enumerate(operator_ids):
        dispatcher.phone_reachable(operator_id, at(number / 10))
    dispatcher.drain()


def test_longest_idle_operator_who_fits_gets_the_call(dispatcher: Dispatcher) -> None:
    available(dispatcher, "1003", "1002", "1001")
    dispatcher.join(call("a", {"zh": 3}), at(5))
    assert one(dispatcher).operator_id == "1002"


def test_level_must_be_reached(dispatcher: Dispatcher) -> None:
    available(dispatcher, "1001", "1002", "1003")
    dispatcher.join(call("a", {"gas": 4}), at(5))
    none(dispatcher)
    assert dispatcher.position("a") == 1


def test_caller_waits_until_an_operator_becomes_available(dispatcher: Dispatcher) -> None:
    dispatcher.join(call("a", since=1), at(1))
    none(dispatcher)
    dispatcher.phone_reachable("1002", at(9))
    assert one(dispatcher).call_id == "a"


def test_priority_before_clock_and_clock_before_arrival(dispatcher: Dispatcher) -> None:
    for waiting in (call("late", since=5), call("early", since=2), call("urgent", since=6, priority=1)):
        dispatcher.join(waiting, at(7))
    assert [dispatcher.position(c) for c in ("urgent", "early", "late")] == [1, 2, 3]
    dispatcher.phone_reachable("1002", at(8))
    assert one(dispatcher).call_id == "urgent"
    dispatcher.phone_reachable("1001", at(9))
    assert one(dispatcher).call_id == "early"


def test_missed_call_goes_to_another_operator_while_others_fit(dispatcher: Dispatcher) -> None:
    available(dispatcher, "1002", "1001")
    waiting = call("a", {"zh": 3})
    dispatcher.join(waiting, at(1))
    first = one(dispatcher)
    dispatcher.offer_ended(first.offer_id, OfferOutcome.MISSED, at(16))
    waiting.tried.add(first.operator_id)
    dispatcher.join(waiting, at(16))
    assert one(dispatcher).operator_id == "1001"


def test_operator_who_misses_too_often_is_not_responding_until_they_act(dispatcher: Dispatcher) -> None:
    available(dispatcher, "1002")
    for number in range(2):
        dispatcher.join(call(f"c{number}"), at(number * 20))
        dispatcher.offer_ended(one(dispatcher).offer_id, OfferOutcome.MISSED, at(number * 20 + 15))
    assert dispatcher.presences["1002"].state is OperatorState.NOT_RESPONDING
    dispatcher.join(call("d"), at(50))
    none(dispatcher)
    assert dispatcher.resume("1002", at(60))
    assert one(dispatcher).call_id == "d"


def test_caller_who_leaves_while_ringing_punishes_nobody(dispatcher: Dispatcher) -> None:
    available(dispatcher, "1002", "1001")
    dispatcher.join(call("a", {"zh": 3}), at(1))
    dispatcher.offer_ended(one(dispatcher).offer_id, OfferOutcome.CALLER_LEFT, at(3))
    presence = dispatcher.presences["1002"]
    assert (presence.state, presence.missed_in_a_row) == (OperatorState.AVAILABLE, 0)
    dispatcher.join(call("b", {"zh": 3}), at(4))
    assert one(dispatcher).operator_id == "1002", "keeps the place among the idle"


def test_wrap_up_ends_by_itself_and_the_next_call_comes(dispatcher: Dispatcher) -> None:
    available(dispatcher, "1002")
    dispatcher.join(call("a"), at(1))
    offer = one(dispatcher)
    dispatcher.answered(offer.offer_id, at(3))
    dispatcher.join(call("b", since=4), at(4))
    dispatcher.conversation_ended(offer.offer_id, 10, at(60))
    none(dispatcher)
    assert dispatcher.next_due() == at(70)
    dispatcher.tick(at(70))
    assert one(dispatcher).call_id == "b"


def test_no_wrap_up_means_available_at_once(dispatcher: Dispatcher) -> None:
    available(dispatcher, "1002")
    dispatcher.join(call("a"), at(1))
    offer = one(dispatcher)
    dispatcher.answered(offer.offer_id, at(2))
    dispatcher.conversation_ended(offer.offer_id, 0, at(9))
    assert [s.state for s in dispatcher.drain().states][-2:] == [OperatorState.WRAP_UP, OperatorState.AVAILABLE]


@pytest.mark.parametrize("outcome", [OfferOutcome.DECLINED, OfferOutcome.BUSY, OfferOutcome.UNREACHABLE])
def test_phone_that_refuses_is_left_alone_for_a_while(dispatcher: Dispatcher, outcome: OfferOutcome) -> None:
    available(dispatcher, "1002")
    waiting = call("a")
    dispatcher.join(waiting, at(1))
    dispatcher.offer_ended(one(dispatcher).offer_id, outcome, at(1.1))
    waiting.tried.add("1002")
    dispatcher.join(waiting, at(1.1))
    none(dispatcher)
    dispatcher.tick(at(1.1 + REST_SECONDS))
    assert one(dispatcher).operator_id == "1002"


def test_phone_gone_in_a_conversation_means_offline_afterwards(dispatcher: Dispatcher) -> None:
    available(dispatcher, "1002")
    dispatcher.join(call("a"), at(1))
    offer = one(dispatcher)
    dispatcher.answered(offer.offer_id, at(2))
    dispatcher.phone_gone("1002", at(5))
    assert dispatcher.presences["1002"].state is OperatorState.TALKING
    dispatcher.conversation_ended(offer.offer_id, 0, at(9))
    assert dispatcher.presences["1002"].state is OperatorState.OFFLINE


def test_failed_transfer_comes_back_to_an_operator_in_wrap_up(dispatcher: Dispatcher) -> None:
    available(dispatcher, "1002")
    dispatcher.join(call("a"), at(1))
    offer = one(dispatcher)
    dispatcher.answered(offer.offer_id, at(2))
    dispatcher.conversation_ended(offer.offer_id, 10, at(20), reason="transfer")
    dispatcher.extend_wrap_up("1002", at(50))
    dispatcher.tick(at(31))
    assert dispatcher.presences["1002"].state is OperatorState.WRAP_UP
    back = dispatcher.claim("a", "1002", at(40))
    assert back is not None
    assert back.offer_id != offer.offer_id
    assert dispatcher.claim("a", "1002", at(41)) is None, "one offer at a time"


def test_offer_nobody_resolves_is_repaired(dispatcher: Dispatcher) -> None:
    available(dispatcher, "1002")
    dispatcher.join(call("a"), at(1))
    offer = one(dispatcher)
    due = dispatcher.next_due()
    assert due is not None
    assert due > at(16)
    dispatcher.tick(due)
    changes = dispatcher.drain()
    assert (changes.states[-1].state, changes.states[-1].reason) == (OperatorState.AVAILABLE, "repaired")
    dispatcher.answered(offer.offer_id, at(99))
    assert dispatcher.presences["1002"].state is OperatorState.AVAILABLE


def test_table_names_only_states_and_causes_that_exist() -> None:
    causes = {cause for _, cause in TRANSITIONS}
    assert causes == set(Cause), "every cause changes something"
    for (state, cause), target in TRANSITIONS.items():
        assert state is not target or cause is Cause.PAUSE_ASKED, f"{cause} changes nothing in {state}"


# other operators, while calls wait and people talk


def test_a_new_operator_takes_the_call_that_waited_for_their_skill() -> None:
    dispatcher = Dispatcher({"1001": {"zh": 3}})
    dispatcher.phone_reachable("1001", at(0))
    dispatcher.join(WaitingCall("c1", "english", {"en": 3}, 0, at(1)), at(1))
    dispatcher.replace_operators({"1001": {"zh": 3}, "1002": {"en": 5}}, at(2), missed_in_a_row=3, ring_seconds=15)
    assert dispatcher.drain().assignments == ()
    dispatcher.phone_reachable("1002", at(3))
    assert [(a.call_id, a.operator_id) for a in dispatcher.drain().assignments] == [("c1", "1002")]


def test_a_skill_that_was_added_fits_at_once() -> None:
    dispatcher = Dispatcher({"1001": {"zh": 3}})
    dispatcher.phone_reachable("1001", at(0))
    dispatcher.join(WaitingCall("c1", "english", {"en": 3}, 0, at(1)), at(1))
    dispatcher.replace_operators({"1001": {"zh": 3, "en": 3}}, at(2), missed_in_a_row=3, ring_seconds=15)
    assert [a.call_id for a in dispatcher.drain().assignments] == ["c1"]


def test_an_operator_who_leaves_keeps_the_call_they_have_and_gets_no_other() -> None:
    dispatcher = Dispatcher({"1001": {"zh": 3}, "1002": {"zh": 3}})
    dispatcher.phone_reachable("1001", at(0))
    dispatcher.join(WaitingCall("c1", "general", {"zh": 1}, 0, at(1)), at(1))
    (offer,) = dispatcher.drain().assignments
    dispatcher.answered(offer.offer_id, at(2))
    dispatcher.replace_operators({"1002": {"zh": 3}}, at(3), missed_in_a_row=3, ring_seconds=15)
    assert dispatcher.presences["1001"].state is OperatorState.TALKING
    dispatcher.conversation_ended(offer.offer_id, 0.0, at(4))
    dispatcher.tick(at(5))
    dispatcher.join(WaitingCall("c2", "general", {"zh": 1}, 0, at(6)), at(6))
    assert dispatcher.claim("c3", "1001", at(6)) is None
    assert dispatcher.drain().assignments == ()
    dispatcher.replace_operators({"1002": {"zh": 3}}, at(7), missed_in_a_row=3, ring_seconds=15)
    assert set(dispatcher.presences) == {"1002"}
    assert dispatcher.next_due() is None
    assert dispatcher.drain().states[-1].state is OperatorState.OFFLINE
