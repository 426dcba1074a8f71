"""Whether somebody is on duty who could ever take a call, and who is told when that may have changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from acd.dispatcher import Dispatcher
from acd.requirement import Requirement
from acd.routing import OperatorRules, QueueEntry, QueueRules, Step, WaitingCall
from acd.waiting_room import WaitingRoom
from calls.events import OfferOutcome, OperatorState

T0 = datetime(2026, 1, 1, 8, 0, tzinfo=UTC)
QUEUES = {
    "general": QueueRules(Requirement.of_levels({"zh": 1})),
    "gas": QueueRules(
        Requirement.of_levels({"zh": 1}), (Step(Requirement.of_levels({"gas": 3}), 20), Step(Requirement.parse("zh")))
    ),
    "power": QueueRules(Requirement.of_levels({"power": 1})),
}
OPERATORS = {
    "1001": {"zh": 5},
    "1002": {"zh": 5},
    "1003": OperatorRules({"power": 3, "zh": 1}, {"power": QueueEntry(delay_seconds=30)}),
}


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def call(queue_id: str = "general", **skills: int) -> WaitingCall:
    return WaitingCall("a", queue_id, skills, 0, T0)


@pytest.fixture
def dispatcher() -> Dispatcher:
    made = Dispatcher(OPERATORS, queues=QUEUES, missed_in_a_row=1)
    made.phone_reachable("1001", T0)
    made.drain()
    return made


def ring(dispatcher: Dispatcher, seconds: float) -> str:
    """Let a call ring at whoever is free; return the offer."""
    dispatcher.join(WaitingCall("ringing", "general", {}, 0, at(seconds)), at(seconds))
    (offer,) = dispatcher.drain().assignments
    return offer.offer_id


def test_only_operators_count_who_could_ever_take_the_call(dispatcher: Dispatcher) -> None:
    assert dispatcher.is_staffed(call(), T0)
    assert dispatcher.is_staffed(call("gas"), T0), "in the second step"
    assert not dispatcher.is_staffed(call("gas", gas=1), T0), "what the menu added holds in that step too"
    assert not dispatcher.is_staffed(call("power"), T0)
    dispatcher.phone_reachable("1003", T0)
    assert dispatcher.is_staffed(call("power"), T0), "after the operator's delay"
    dispatcher.phone_gone("1001", at(1))
    assert not dispatcher.is_staffed(call(), at(1)), "1003 serves power alone"


def test_who_has_a_call_or_pauses_is_on_duty_and_nobody_is_told(dispatcher: Dispatcher) -> None:
    offer = ring(dispatcher, 1)
    assert dispatcher.is_staffed(call(), at(1))
    dispatcher.answered(offer, at(2))
    dispatcher.conversation_ended(offer, 10, at(3))
    dispatcher.tick(at(13))
    dispatcher.offer_ended(ring(dispatcher, 14), OfferOutcome.DECLINED, at(15))
    assert dispatcher.presences["1001"].state is OperatorState.PAUSED
    dispatcher.tick(at(21))
    dispatcher.pause("1001", "lunch", at(22))
    assert dispatcher.is_staffed(call(), at(22)), "they come back"
    assert not dispatcher.presences["1001"].is_present
    assert not dispatcher.drain().staff_left


@pytest.mark.parametrize("outcome", [OfferOutcome.MISSED, OfferOutcome.UNREACHABLE])
def test_who_does_not_respond_is_not_waited_for(dispatcher: Dispatcher, outcome: OfferOutcome) -> None:
    dispatcher.offer_ended(ring(dispatcher, 1), outcome, at(5))
    assert not dispatcher.is_staffed(call(), at(5))
    assert dispatcher.drain().staff_left
    dispatcher.resume("1001", at(9))
    assert dispatcher.is_staffed(call(), at(9))
    assert not dispatcher.drain().staff_left, "nobody is told of good news"


def test_calls_are_told_only_when_the_last_of_their_like_goes(dispatcher: Dispatcher) -> None:
    dispatcher.phone_reachable("1002", T0)
    dispatcher.log_out("1001", at(1))
    assert not dispatcher.drain().staff_left
    offer = ring(dispatcher, 2)
    dispatcher.answered(offer, at(3))
    dispatcher.log_out("1002", at(4))
    assert dispatcher.drain().staff_left, "who has logged out takes no more, although they still talk"
    assert not dispatcher.is_staffed(call(), at(4))


def test_an_edit_is_told_and_counts(dispatcher: Dispatcher) -> None:
    dispatcher.replace_queues({"general": QueueRules(Requirement.of_levels({"gas": 1}))}, at(1))
    assert dispatcher.drain().staff_left
    assert not dispatcher.is_staffed(call(), at(1))
    dispatcher.replace_operators({"1001": {"zh": 1, "gas": 1}}, at(2), missed_in_a_row=1, ring_seconds=15)
    assert dispatcher.is_staffed(call(), at(2))


async def test_a_room_tells_its_watchers_and_trusts_in_people_until_phones_are_known(dispatcher: Dispatcher) -> None:
    room = WaitingRoom(dispatcher, lambda _: None, lambda: at(1))
    assert room.is_staffed(call("power"))
    room.phones_are_known()
    assert not room.is_staffed(call("power"))
    with room.staff_watch("a") as staff_left:
        room.phone_reachable("1002")
        room.pause("1001", "lunch")
        assert not staff_left.is_set()
        room.phone_gone("1002")
        room.phone_gone("1001")
        assert staff_left.is_set()
    room.phone_reachable("1001")
    room.close()
