"""Whatever happens in whatever order, the engine does what the plain reading of the rules does, step by step.

So no call is lost, nobody is booked twice, no clock is reset, nobody waits beside a free operator, the lowest place is
next and nobody starves. Always the same worlds, unless the environment asks for a long run (tests/fuzz/README.md).
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

import acd.fits
import acd.line
import acd.matching
from acd.dispatcher import Assignment, Dispatcher
from acd.requirement import Requirement
from acd.routing import OperatorRules, QueueRules, WaitingCall
from calls.events import OfferOutcome, OperatorState
from tests.unit.acd.made_up import (
    ENDED,
    MISSED_IN_A_ROW,
    NAMED,
    OPERATORS,
    OWN_NEEDS,
    PREFER_SECONDS,
    QUEUES,
    RING_SECONDS,
    SECONDS,
    SPELL,
    VERBS,
    How,
    Wish,
    a_queue,
    an_operator,
    files,
    hows,
    operators,
    some_rules,
    which_one,
    wishes,
)
from tests.unit.acd.plain_people import IN_CALL
from tests.unit.acd.plain_routing import Caller, PlainRouting

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "120"))
DAYS = 10 * EXAMPLES
SAME = "FUZZ_EXAMPLES" not in os.environ

T0 = datetime(2026, 1, 1, tzinfo=UTC)


class AnyOrder(RuleBasedStateMachine):
    """A city that does whatever it likes, the engine, and the plain reading of the rules beside it."""

    @initialize(files=files, rules=some_rules, early=st.lists(wishes, max_size=8), small=st.booleans())
    def begin(
        self, files: dict[str, OperatorRules], rules: dict[str, QueueRules], early: list[Wish], small: bool
    ) -> None:
        self.patch = pytest.MonkeyPatch()
        if small:  # as in a city so large that what is looked through in a small one is not
            self.patch.setattr(acd.matching, "FEW", 0)
            self.patch.setattr(acd.line, "EMPTY_PLACES", 0)
            self.patch.setattr(acd.fits, "MAX_GROUPS", 1)
        self.engine = Dispatcher(files, queues=rules, missed_in_a_row=MISSED_IN_A_ROW, ring_seconds=RING_SECONDS)
        self.plain = PlainRouting(files, rules, MISSED_IN_A_ROW, RING_SECONDS)
        self.calls: dict[str, WaitingCall] = {}
        self.offers: dict[str, Assignment] = {}
        "The offer or conversation that each operator has."
        self.past: list[Assignment] = []
        self.numbers = itertools.count()
        for number, operator_id in enumerate(files):
            if number:
                self.time_passes(0.5)
            self.do("phone_reachable", operator_id)
        self.calls_join(early)

    def teardown(self) -> None:
        self.patch.undo()

    # what happens

    @rule(some=st.lists(wishes, min_size=1, max_size=4))
    def calls_join(self, some: list[Wish]) -> None:
        for wish in some:
            number = len(self.calls)
            call = WaitingCall(
                f"c{number}",
                wish.queue_id,
                wish.own,
                wish.priority,
                queued_at=self.now(),
                entered_at=self.now(),
                place_at=self.now() - timedelta(seconds=wish.older, milliseconds=number),
                preferred=None if wish.preferred is None else self.pick(self.plain.people, wish.preferred),
                prefer_seconds=PREFER_SECONDS,
            )
            self.calls[call.call_id] = call
            self.wait(call)

    def wait(self, call: WaitingCall) -> None:
        assert call.entered_at is not None
        assert call.place_at is not None
        entered = (call.entered_at - T0).total_seconds()
        caller = Caller(
            call.call_id,
            call.queue_id,
            Requirement.of_levels(call.skills),
            call.priority,
            (call.place_at - T0).total_seconds(),
            entered,
            self.plain.now,
            call.preferred,
            entered + call.prefer_seconds,
            set(call.tried),
        )
        self.both(lambda: self.engine.join(call, self.now()), lambda: self.plain.join(caller))

    @precondition(lambda self: self.plain.waiting)
    @rule(which=which_one)
    def caller_leaves(self, which: int) -> None:
        call_id = self.pick(self.plain.waiting, which)
        self.both(lambda: self.engine.leave(call_id), lambda: self.plain.leave(call_id))

    @precondition(lambda self: self.offers)
    @rule(some=st.lists(st.tuples(which_one, hows), min_size=1, max_size=5))
    def offers_and_conversations_go_on(self, some: list[tuple[int, How]]) -> None:
        for which, how in some:
            if self.offers:
                self.goes_on(self.offers[self.pick(self.offers, which)], how)

    @rule(seed=st.integers(0, 2**32), length=st.integers(5, 40))
    def a_busy_spell(self, seed: int, length: int) -> None:
        """Much of what is usual, for a while: single rules seldom fill a city."""
        dice = Random(seed)
        for _ in range(length):
            self.something_usual(dice, dice.choices(list(SPELL), list(SPELL.values()))[0])
            self.all_is_as_it_should_be()

    def something_usual(self, dice: Random, what: str) -> None:
        which = dice.randrange(12)
        match what:
            case "join":
                own, preferred = dice.choice(OWN_NEEDS), dice.choice([None, None, which])
                wish = Wish(dice.choice(QUEUES), own, dice.choice([0, 0, 1]), dice.choice([0, 30]), preferred)
                self.calls_join([wish] * dice.choice([1, 1, 2]))
            case "leave" if self.plain.waiting:
                self.caller_leaves(which)
            case "time":
                self.time_passes(dice.choice(SECONDS))
            case "ready":
                self.operator_is_ready(which)
            case "verb":
                self.operator_does(which, dice.choice(VERBS))
            case "back":
                self.call_comes_back_to_its_operator(which)
            case "late" if self.past:
                self.news_is_late(which, dice.choice(ENDED))
            case "edit operators":
                self.operators_are_edited(dice.choice(OPERATORS), dice.choice([None, an_operator(dice)]))
            case "edit rules":
                self.rules_are_edited({dice.choice(NAMED): a_queue(dice)}, dice.choice([None, 20.0, 60.0]))
            case "done" | "refused" if self.offers:
                wrap_up = dice.choice([None, 0.0, 0.0, 4.0])
                how = How(wrap_up_seconds=wrap_up) if what == "done" else How(dice.choice(ENDED))
                self.goes_on(self.offers[self.pick(self.offers, which)], how)

    def goes_on(self, offer: Assignment, how: How) -> None:
        if self.plain.people[offer.operator_id].state is OperatorState.RINGING:
            if how.outcome is not None:
                self.offer_ends(offer, how.outcome)
                return
            self.both(
                lambda: self.engine.answered(offer.offer_id, self.now()), lambda: self.plain.answered(offer.operator_id)
            )
        if how.wrap_up_seconds is not None:
            self.both(
                lambda: self.engine.conversation_ended(offer.offer_id, how.wrap_up_seconds or 0.0, self.now()),
                lambda: self.plain.conversation_ended(offer.operator_id, how.wrap_up_seconds or 0.0),
            )

    def offer_ends(self, offer: Assignment, outcome: OfferOutcome) -> None:
        self.both(
            lambda: self.engine.offer_ended(offer.offer_id, outcome, self.now()),
            lambda: self.plain.offer_ended(offer.operator_id, outcome),
        )
        call = self.calls.get(offer.call_id)
        if outcome is not OfferOutcome.CALLER_LEFT and call is not None:
            call.tried.add(offer.operator_id)
            self.wait(call)

    @rule(which=which_one, verb=st.sampled_from(VERBS))
    def operator_does(self, which: int, verb: str) -> None:
        operator_id = self.pick(self.plain.people, which)
        state = self.plain.people[operator_id].state
        if verb == "log_in":
            if state not in IN_CALL:
                self.do("log_in", operator_id, f"desk{operator_id}")
        elif verb == "pause":
            if state is not OperatorState.OFFLINE:
                self.do("pause", operator_id, "lunch")
        else:
            self.do(verb, operator_id)

    @rule(which=which_one)
    def operator_is_ready(self, which: int) -> None:
        for verb in ("phone_reachable", "free", "resume"):
            self.do(verb, self.pick(self.plain.people, which))

    @rule(which=which_one)
    def call_comes_back_to_its_operator(self, which: int) -> None:
        operator_id = self.pick(self.plain.people, which)
        call_id = f"back{next(self.numbers)}"
        self.both(
            lambda: self.engine.claim(call_id, operator_id, self.now()), lambda: self.plain.claim(call_id, operator_id)
        )

    @precondition(lambda self: self.past)
    @rule(which=which_one, outcome=st.sampled_from(ENDED))
    def news_is_late(self, which: int, outcome: OfferOutcome) -> None:
        offer = self.past[-1 - which % len(self.past)]
        self.both(lambda: self.engine.answered(offer.offer_id, self.now()))
        self.both(lambda: self.engine.offer_ended(offer.offer_id, outcome, self.now()))
        self.both(lambda: self.engine.conversation_ended(offer.offer_id, 0.0, self.now()))

    @rule(which=st.sampled_from(OPERATORS), instead=st.none() | operators)
    def operators_are_edited(self, which: str, instead: OperatorRules | None) -> None:
        files = {**self.plain.files, **({} if instead is None else {which: instead})}
        if instead is None and len(files) > 1:
            files.pop(which, None)
        self.both(
            lambda: self.engine.replace_operators(
                files, self.now(), missed_in_a_row=MISSED_IN_A_ROW, ring_seconds=RING_SECONDS
            ),
            lambda: self.plain.edit_operators(files),
        )

    @rule(rules=some_rules, point=st.none() | st.sampled_from([20.0, 60.0]))
    def rules_are_edited(self, rules: dict[str, QueueRules], point: float | None) -> None:
        self.both(
            lambda: self.engine.replace_queues(rules, self.now(), priority_point_seconds=point),
            lambda: self.plain.edit_rules(rules, point),
        )

    @rule(seconds=st.sampled_from(SECONDS))
    def time_passes(self, seconds: float) -> None:
        until = self.plain.now + seconds
        while (due := min(self.plain.next_due(), self.engine_due())) <= until:
            assert due >= self.plain.now, "nothing is ever overdue"
            self.both(lambda: self.engine.tick(moment(due)), lambda: self.plain.at(due))
        self.plain.now = until

    # what must be true

    @invariant()
    def all_is_as_it_should_be(self) -> None:
        states = {operator_id: presence.state for operator_id, presence in self.engine.presences.items()}
        assert states == {operator_id: person.state for operator_id, person in self.plain.people.items()}
        assert set(self.engine.waiting) == set(self.plain.waiting), "no call is lost"
        queue = [(self.plain.place(caller), caller) for caller in self.plain.waiting.values()]
        for place, caller in queue:
            ahead = sum(each.queue_id == caller.queue_id and other < place for other, each in queue)
            assert self.engine.position(caller.call_id) == ahead + 1, "no clock is reset"
        with_call = [person.call_id for person in self.plain.people.values() if person.state in IN_CALL]
        assert len(with_call) == len(set(with_call)), "one operator for each call"
        assert not set(with_call) & set(self.plain.waiting)

    # ways to do it

    def do(self, verb: str, operator_id: str, *more: Any) -> None:
        self.both(
            lambda: getattr(self.engine, verb)(operator_id, *more, self.now()),
            lambda: getattr(self.plain, verb)(operator_id, *more),
        )

    def both(self, engine: Callable[[], object], plain: Callable[[], None] = lambda: None) -> None:
        """Let the engine take a step, and the plain reading the same one, which judges it."""
        engine()
        assigned = self.engine.drain().assignments
        self.plain.told.extend((offer.call_id, offer.operator_id) for offer in assigned)
        plain()
        assert not self.plain.told, f"{self.plain.told} must not be assigned"
        self.offers.update((offer.operator_id, offer) for offer in assigned)
        for operator_id, offer in list(self.offers.items()):
            person = self.plain.people.get(operator_id)
            if person is None or person.state not in IN_CALL or person.call_id != offer.call_id:
                self.past.append(self.offers.pop(operator_id))

    def having(self, state: OperatorState) -> dict[str, Assignment]:
        return {each: offer for each, offer in self.offers.items() if self.plain.people[each].state is state}

    def now(self) -> datetime:
        return moment(self.plain.now)

    def engine_due(self) -> float:
        due = self.engine.next_due()
        return float("inf") if due is None else (due - T0).total_seconds()

    @staticmethod
    def pick(some: dict[str, Any], which: int) -> str:
        return sorted(some)[which % len(some)]


def test_crowded_days() -> None:
    """The same in full cities: chance alone makes more of a crowd than a search for the odd case does."""
    for seed in range(DAYS):
        print(f"day {seed}")
        dice, city = Random(seed), AnyOrder()
        files = {operator_id: an_operator(dice) for operator_id in dice.sample(OPERATORS, dice.choice([2, 3, 3, 4]))}
        city.begin(files, {queue_id: a_queue(dice) for queue_id in NAMED}, [], dice.choice([False, True]))
        try:
            city.a_busy_spell(seed, 80)
        finally:
            city.teardown()


def moment(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


AnyOrder.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=20,
    deadline=None,
    derandomize=SAME,
    suppress_health_check=list(HealthCheck),
    phases=[each for each in Phase if each is not Phase.explain],
)
TestAnyOrder = AnyOrder.TestCase
