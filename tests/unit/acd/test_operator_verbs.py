"""Log-in, pauses, wrap-up and own calls, tried in virtual time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from acd.dispatcher import Assignment, Dispatcher
from acd.operator_memory import OperatorMemory
from acd.presence import KEPT_SECONDS
from acd.routing import WaitingCall
from acd.verbs import VerbRules
from calls.errors import NotPossibleNow
from calls.events import Event, OfferOutcome, OperatorLoggedIn, OperatorLoggedOut, OperatorState, PauseLimitExceeded

T0 = datetime(2026, 1, 1, 8, 0, tzinfo=UTC)
RULES = VerbRules(
    by_code=frozenset({"1003"}),
    pause_limits={"lunch": 600.0},
    wrap_up_extension_seconds=30,
    wrap_up_limit_seconds=70,
)


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


class Desk:
    """A dispatcher, what it said, and calls made easy."""

    def __init__(self) -> None:
        self.dispatcher = Dispatcher({"1001": {"zh": 5}, "1002": {"zh": 5}, "1003": {"zh": 5}}, verb_rules=RULES)
        self.facts: list[Event] = []
        self.history: list[Event] = []
        self.states: list[str] = []
        self.assigned: list[Assignment] = []

    def take(self) -> None:
        changes = self.dispatcher.drain()
        self.facts += changes.facts
        self.history += [*changes.facts, *changes.states]
        self.assigned += changes.assignments
        self.states += [f"{e.operator_id} {e.state}" + (f"({e.reason})" if e.reason else "") for e in changes.states]

    def states_of(self, operator_id: str) -> list[str]:
        self.take()
        return [state.partition(" ")[2] for state in self.states if state.startswith(operator_id)]

    def call(self, call_id: str, seconds: float) -> Assignment | None:
        self.dispatcher.join(WaitingCall(call_id, "general", {"zh": 1}, 0, at(seconds)), at(seconds))
        self.take()
        return self.assigned[-1] if self.assigned and self.assigned[-1].call_id == call_id else None

    def talking(self, call_id: str, seconds: float) -> Assignment:
        offer = self.call(call_id, seconds)
        assert offer is not None
        self.dispatcher.answered(offer.offer_id, at(seconds))
        return offer


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.dispatcher.phone_reachable("1001", at(0))
    return made


def test_a_pause_asked_for_during_a_call_starts_after_it_and_its_wrap_up(desk: Desk) -> None:
    offer = desk.talking("a", 1)
    assert desk.dispatcher.pause("1001", "lunch", at(2))
    desk.dispatcher.conversation_ended(offer.offer_id, 10, at(5))
    desk.dispatcher.tick(at(15))
    assert desk.states_of("1001") == ["available", "ringing", "talking", "wrap_up", "paused(lunch)"]
    assert desk.call("b", 20) is None
    assert desk.dispatcher.resume("1001", at(30))
    desk.take()
    assert desk.assigned[-1].call_id == "b"


def test_a_pause_that_is_yet_to_come_can_be_taken_back(desk: Desk) -> None:
    offer = desk.talking("a", 1)
    desk.dispatcher.pause("1001", "lunch", at(2))
    assert desk.dispatcher.resume("1001", at(3))
    desk.dispatcher.conversation_ended(offer.offer_id, 0, at(5))
    assert desk.states_of("1001")[-1] == "available"


def test_a_pause_asked_for_while_it_rings(desk: Desk) -> None:
    offer = desk.call("a", 1)
    assert offer is not None
    desk.dispatcher.pause("1001", "lunch", at(2))
    desk.dispatcher.offer_ended(offer.offer_id, OfferOutcome.MISSED, at(9))
    assert desk.states_of("1001") == ["available", "ringing", "paused(lunch)"]


def test_a_pause_over_its_limit_is_told_once(desk: Desk) -> None:
    desk.dispatcher.pause("1001", "lunch", at(0))
    assert desk.dispatcher.next_due() == at(600)
    desk.dispatcher.pause("1001", "lunch", at(300))
    desk.dispatcher.tick(at(600))
    desk.dispatcher.tick(at(9000))
    assert desk.states_of("1001") == ["available", "paused(lunch)"]
    assert desk.facts == [PauseLimitExceeded(at=at(600), operator_id="1001", reason="lunch", limit_seconds=600)]
    desk.dispatcher.pause("1001", "meeting", at(9001))
    assert desk.dispatcher.next_due() is None


def test_wrap_up_is_finished_early_and_extended_within_its_limit(desk: Desk) -> None:
    offer = desk.talking("a", 0)
    assert desk.dispatcher.more_wrap_up("1001", at(1)) is None
    desk.dispatcher.conversation_ended(offer.offer_id, 20, at(10))
    assert desk.dispatcher.more_wrap_up("1001", at(12)) == at(60)
    assert desk.dispatcher.more_wrap_up("1001", at(13)) == at(80), "70 s in all"
    assert desk.dispatcher.more_wrap_up("1001", at(14)) == at(80)
    desk.dispatcher.tick(at(79))
    assert desk.states_of("1001")[-1] == "wrap_up"
    assert desk.dispatcher.finish_wrap_up("1001", at(79.5))
    assert desk.states_of("1001")[-1] == "available"
    assert not desk.dispatcher.finish_wrap_up("1001", at(80))


def test_who_logs_in_by_code_is_offline_until_then(desk: Desk) -> None:
    desk.dispatcher.phone_reachable("1003", at(0))
    assert desk.states_of("1003") == []
    with pytest.raises(NotPossibleNow):
        desk.dispatcher.pause("1003", "lunch", at(1))
    desk.dispatcher.log_in("1003", "desk7", at(5))
    assert desk.states_of("1003") == ["available"]
    assert (desk.dispatcher.operator_at("desk7"), desk.dispatcher.phone_of("1003")) == ("1003", "desk7")
    desk.dispatcher.log_out("1003", at(9))
    assert desk.states_of("1003") == ["available", "offline"]
    assert desk.dispatcher.operator_at("desk7") is None
    assert desk.facts == [
        OperatorLoggedIn(at=at(5), operator_id="1003", phone="desk7", by="code"),
        OperatorLoggedOut(at=at(9), operator_id="1003", by="code"),
    ]


def test_whoever_worked_at_the_phone_is_logged_out_but_not_out_of_a_call(desk: Desk) -> None:
    desk.dispatcher.log_in("1003", "op1001", at(1))
    assert desk.states_of("1001") == ["available", "offline(displaced)"]
    offer = desk.talking("a", 2)
    assert offer.operator_id == "1003"
    with pytest.raises(NotPossibleNow):
        desk.dispatcher.log_in("1002", "op1001", at(3))
    with pytest.raises(NotPossibleNow):
        desk.dispatcher.log_in("1003", "desk7", at(3))
    desk.dispatcher.log_out("1003", at(4))
    assert desk.dispatcher.operator_at("op1001") == "1003", "still talks there"
    desk.dispatcher.conversation_ended(offer.offer_id, 0, at(5))
    assert desk.states_of("1003") == ["available", "ringing", "talking", "wrap_up", "offline"]
    assert desk.dispatcher.operator_at("op1001") is None


def test_moving_to_another_phone_is_no_interruption(desk: Desk) -> None:
    assert desk.dispatcher.log_in("1001", "desk7", at(1))
    assert not desk.dispatcher.log_in("1001", "desk7", at(2))
    assert desk.states_of("1001") == ["available"]
    assert desk.dispatcher.operator_at("op1001") is None


def test_own_calls_count_as_busy_and_back(desk: Desk) -> None:
    desk.dispatcher.busy("1001", at(1))
    assert desk.call("a", 2) is None
    assert not desk.dispatcher.resume("1001", at(3))
    desk.dispatcher.free("1001", at(4))
    desk.take()
    assert desk.assigned[-1].call_id == "a"
    assert desk.states_of("1001") == ["available", "paused(own_call)", "available", "ringing"]


def test_an_own_call_during_another_state_leaves_that_state(desk: Desk) -> None:
    desk.dispatcher.pause("1001", "lunch", at(1))
    desk.dispatcher.busy("1001", at(2))
    desk.dispatcher.free("1001", at(3))
    assert desk.states_of("1001") == ["available", "paused(lunch)"]
    desk.dispatcher.busy("1001", at(4))
    desk.dispatcher.resume("1001", at(5))
    desk.dispatcher.pause("1001", "meeting", at(6))
    desk.dispatcher.free("1001", at(7))
    assert desk.states_of("1001")[2:] == ["paused(own_call)", "paused(meeting)"]


def test_an_own_call_that_outlasts_the_conversation(desk: Desk) -> None:
    offer = desk.talking("a", 1)
    desk.dispatcher.busy("1001", at(2))
    desk.dispatcher.conversation_ended(offer.offer_id, 0, at(5))
    assert desk.states_of("1001")[-2:] == ["wrap_up", "paused(own_call)"]
    desk.dispatcher.free("1001", at(6))
    assert desk.states_of("1001")[-1] == "available"


def test_a_pause_outlives_a_short_loss_of_the_phone(desk: Desk) -> None:
    desk.dispatcher.pause("1001", "lunch", at(1))
    desk.dispatcher.phone_gone("1001", at(10))
    desk.dispatcher.phone_reachable("1001", at(100))
    assert desk.states_of("1001") == ["available", "paused(lunch)", "offline", "paused(lunch)"]
    desk.dispatcher.phone_gone("1001", at(200))
    desk.dispatcher.tick(at(200 + KEPT_SECONDS))
    desk.dispatcher.phone_reachable("1001", at(90000))
    assert desk.states_of("1001")[-2:] == ["offline", "available"]


def test_a_log_in_by_code_ends_when_the_phone_stays_away(desk: Desk) -> None:
    desk.dispatcher.log_in("1003", "desk7", at(0))
    desk.dispatcher.phone_gone("1003", at(10))
    desk.dispatcher.tick(at(10 + KEPT_SECONDS))
    desk.dispatcher.phone_reachable("1003", at(90000))
    assert desk.states_of("1003") == ["available", "offline"]
    assert isinstance(desk.facts[-1], OperatorLoggedOut)


def test_log_ins_and_pauses_survive_a_restart() -> None:
    desk = Desk()
    desk.dispatcher.restore_log_in("1003", "desk7")
    desk.dispatcher.restore_log_in("1002", None)
    desk.dispatcher.restore_state("1003", OperatorState.PAUSED, "lunch", at(-500), at(0), told=False)
    desk.dispatcher.restore_state("1001", OperatorState.NOT_RESPONDING, "", at(-60), at(0), told=False)
    for operator_id in ("1001", "1002", "1003"):
        desk.dispatcher.phone_reachable(operator_id, at(1))
    assert desk.states_of("1001") == ["not_responding"]
    assert desk.states_of("1002") == []
    assert desk.states_of("1003") == ["paused(lunch)"]
    desk.dispatcher.tick(at(100))
    desk.take()
    assert desk.facts == [PauseLimitExceeded(at=at(100), operator_id="1003", reason="lunch", limit_seconds=600)]
    assert desk.facts[0].at - at(-500) == timedelta(seconds=600)


def test_a_wrap_up_and_a_pause_to_come_survive_a_restart(desk: Desk) -> None:
    first, second = desk.dispatcher, Desk()
    first.phone_reachable("1002", at(0))
    for call_id in ("a", "b"):
        desk.talking(call_id, 1)
    wraps_up, talks = desk.assigned
    first.pause(wraps_up.operator_id, "lunch", at(2))
    first.resume(wraps_up.operator_id, at(3))
    first.pause(talks.operator_id, "lunch", at(4))
    first.conversation_ended(wraps_up.offer_id, 20, at(5))
    first.more_wrap_up(wraps_up.operator_id, at(6))
    memory = OperatorMemory()
    changes = first.drain()
    for event in sorted((*desk.history, *changes.facts, *changes.states), key=lambda e: e.at):
        memory.apply(event)
    assert memory.wanted_pauses == {talks.operator_id: "lunch"}
    assert memory.wrap_ups == {wraps_up.operator_id: at(55)}

    second.dispatcher.restore_state(
        wraps_up.operator_id, OperatorState.WRAP_UP, "", at(5), at(10), until=memory.wrap_ups[wraps_up.operator_id]
    )
    second.dispatcher.phone_reachable(wraps_up.operator_id, at(11))
    second.dispatcher.tick(at(54))
    assert second.states_of(wraps_up.operator_id) == ["wrap_up"]
    second.dispatcher.tick(at(55))
    assert second.states_of(wraps_up.operator_id) == ["wrap_up", "available"]


def test_not_responding_comes_back_by_any_verb(desk: Desk) -> None:
    for n in range(3):
        offer = desk.call(f"c{n}", n)
        assert offer is not None
        desk.dispatcher.offer_ended(offer.offer_id, OfferOutcome.MISSED, at(n + 0.5))
    assert desk.states_of("1001")[-1] == "not_responding"
    desk.dispatcher.pause("1001", "lunch", at(10))
    assert desk.states_of("1001")[-1] == "paused(lunch)"
    desk.dispatcher.resume("1001", at(11))
    assert desk.states_of("1001")[-1] == "available"
