"""Whatever happens in whatever order: no call lost, nobody booked twice, nobody waits beside a free operator."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from acd.dispatcher import Assignment, Dispatcher
from acd.matching import RETRY_SECONDS
from acd.presence import OFFER_CAUSES
from acd.requirement import ANYONE, Requirement
from acd.routing import EVERYWHERE, OperatorRules, QueueEntry, QueueRules, Step, WaitingCall
from calls.events import OfferOutcome, OperatorState

T0 = datetime(2026, 1, 1, tzinfo=UTC)
POINT_SECONDS = 60.0
NEEDS = [Requirement.parse(text) for text in ("a", "b >= 3", "a and b", "a >= 2 or b", "not b", "anyone", "anyone")]
QUEUES = ("first", "second")
AWAY = (OperatorState.OFFLINE, OperatorState.PAUSED, OperatorState.NOT_RESPONDING, OperatorState.UNREACHABLE)

VERBS = (
    "phone_reachable",
    "phone_gone",
    "log_in",
    "log_out",
    "pause",
    "resume",
    "resume",
    "finish_wrap_up",
    "busy",
    "free",
)

needs = st.sampled_from(NEEDS)
skills = st.fixed_dictionaries({"a": st.integers(1, 5)}, optional={"b": st.integers(1, 5)})
entries = st.builds(QueueEntry, st.integers(0, 2), st.sampled_from([0.0, 0.0, 7.0]))
operators = st.builds(OperatorRules, skills, st.none() | st.dictionaries(st.sampled_from(QUEUES), entries, min_size=1))
step_lists = st.lists(st.tuples(needs, st.sampled_from([3.0, 11.0])), max_size=2).flatmap(
    lambda timed: st.builds(
        lambda last: tuple(Step(need, seconds) for need, seconds in timed) + ((Step(last),) if timed else ()),
        st.none() | needs,
    )
)
queue_rules = st.builds(
    QueueRules, needs, step_lists, st.sampled_from(["longest_idle", "least_occupied", "best_skilled", "fewest_calls"])
)
all_rules = st.fixed_dictionaries(dict.fromkeys(QUEUES, queue_rules))
a_few = st.integers(0, 50)


class AnyOrder(RuleBasedStateMachine):
    """A city that does whatever it likes, and a second, plain reading of the rules that watches it."""

    @initialize(some=st.lists(operators, min_size=1, max_size=5), rules=all_rules)
    def begin(self, some: list[OperatorRules], rules: dict[str, QueueRules]) -> None:
        self.now = T0
        self.operators = {str(1001 + number): each for number, each in enumerate(some)}
        self.rules = rules
        self.dispatcher = Dispatcher(self.operators, queues=rules, missed_in_a_row=2, ring_seconds=15)
        self.waiting: dict[str, WaitingCall] = {}
        self.joined_at: dict[str, datetime] = {}
        self.clocks: dict[str, datetime] = {}
        self.ringing: dict[str, Assignment] = {}
        self.talking: dict[str, Assignment] = {}
        self.calls: dict[str, WaitingCall] = {}
        for operator_id in self.operators:
            self.dispatcher.phone_reachable(operator_id, T0)
        self.dispatcher.drain()

    # what happens

    @rule(
        queue_id=st.sampled_from(QUEUES),
        own=st.sampled_from([{}, {}, {"a": 2}, {"b": 1}]),
        priority=st.integers(0, 3),
        older=st.sampled_from([0, 0, 30]),
        preferred=st.none() | a_few,
    )
    def call_joins(self, queue_id: str, own: dict[str, int], priority: int, older: int, preferred: int | None) -> None:
        wanted = None if preferred is None else sorted(self.operators)[preferred % len(self.operators)]
        call = WaitingCall(
            f"c{len(self.calls)}",
            queue_id,
            own,
            priority,
            self.now,
            entered_at=self.now,
            place_at=self.now - timedelta(seconds=older),
            preferred=wanted,
            prefer_seconds=10.0,
        )
        self.calls[call.call_id] = call
        self.clocks[call.call_id] = self.now
        self.wait(call)

    def wait(self, call: WaitingCall) -> None:
        self.waiting[call.call_id] = call
        self.joined_at[call.call_id] = self.now
        self.dispatcher.join(call, self.now)
        self.look()

    @precondition(lambda self: self.waiting)
    @rule(which=a_few)
    def caller_leaves(self, which: int) -> None:
        call_id = self.pick(self.waiting, which)
        assert self.dispatcher.leave(call_id)
        del self.waiting[call_id]

    @precondition(lambda self: self.ringing)
    @rule(which=a_few)
    def operator_answers(self, which: int) -> None:
        offer = self.ringing.pop(self.pick(self.ringing, which))
        self.dispatcher.answered(offer.offer_id, self.now)
        self.talking[offer.offer_id] = offer
        self.look()

    @precondition(lambda self: self.ringing)
    @rule(which=a_few, outcome=st.sampled_from(list(OFFER_CAUSES)))
    def offer_fails(self, which: int, outcome: OfferOutcome) -> None:
        offer = self.ringing.pop(self.pick(self.ringing, which))
        self.dispatcher.offer_ended(offer.offer_id, outcome, self.now)
        self.look()
        if outcome is not OfferOutcome.CALLER_LEFT:
            call = self.calls[offer.call_id]
            call.tried.add(offer.operator_id)
            self.wait(call)

    @precondition(lambda self: self.talking)
    @rule(which=a_few, wrap_up=st.sampled_from([0.0, 4.0]))
    def conversation_ends(self, which: int, wrap_up: float) -> None:
        offer = self.talking.pop(self.pick(self.talking, which))
        self.dispatcher.conversation_ended(offer.offer_id, wrap_up, self.now)
        self.look()

    @rule(which=a_few, verb=st.sampled_from(VERBS))
    def operator_does(self, which: int, verb: str) -> None:
        operator_id = self.pick(self.operators, which)
        state = self.dispatcher.presences[operator_id].state
        if verb == "pause":
            if state is not OperatorState.OFFLINE:
                self.dispatcher.pause(operator_id, "lunch", self.now)
        elif verb != "log_in":
            getattr(self.dispatcher, verb)(operator_id, self.now)
        elif state not in (OperatorState.RINGING, OperatorState.TALKING):
            self.dispatcher.log_in(operator_id, f"desk{operator_id}", self.now)
        self.look()

    @rule(which=a_few, instead=st.none() | operators, rules=st.none() | all_rules)
    def files_are_edited(self, which: int, instead: OperatorRules | None, rules: dict[str, QueueRules] | None) -> None:
        if rules is not None:
            self.rules = rules
            self.dispatcher.replace_queues(rules, self.now)
            self.look(in_order=False)
            return
        one = self.pick(self.operators, which)
        others = {key: each for key, each in self.operators.items() if key != one}
        if instead is not None:
            self.operators = {**others, one: instead}
        elif others:
            self.operators = others
        self.replace()

    def replace(self) -> None:
        self.dispatcher.replace_operators(self.operators, self.now, missed_in_a_row=2, ring_seconds=15)
        self.look(in_order=False)

    @rule(seconds=st.sampled_from([0.5, 3.0, 10.0, 40.0]))
    def time_passes(self, seconds: float) -> None:
        until = self.now + timedelta(seconds=seconds)
        while (due := self.dispatcher.next_due()) is not None and due <= until:
            assert due >= self.now, "nothing is ever overdue"
            self.now = due
            self.dispatcher.tick(due)
            self.look(in_order=False)  # several may become free at one moment
            self.nobody_waits_beside_a_free_operator_who_fits()
        self.now = until

    # what must be true of each step

    def look(self, *, in_order: bool = True) -> None:
        """Take in what the dispatcher did, and judge each assignment."""
        # an offer that nobody resolved in time is repaired
        for offer in list(self.ringing.values()):
            if self.dispatcher.presences[offer.operator_id].call_id != offer.call_id:
                del self.ringing[offer.offer_id]
        changes = self.dispatcher.drain()
        new = [offer for offer in changes.assignments if offer.call_id in self.waiting]
        assert len(new) == len(changes.assignments), "only calls that wait are assigned, each once"
        for offer in new:
            call = self.waiting.pop(offer.call_id)
            assert offer.operator_id not in [other.operator_id for other in self.ringing.values()]
            assert offer.operator_id not in [other.operator_id for other in self.talking.values()]
            assert self.fits(call, offer.operator_id), "the operator has what the call needs"
            self.ringing[offer.offer_id] = offer
            for other in self.waiting.values() if in_order else ():
                passed_over = self.place(other, offer.operator_id) < self.place(call, offer.operator_id)
                assert not (passed_over and self.should_take(offer.operator_id, other)), "the oldest goes first"

    @invariant()
    def nobody_waits_beside_a_free_operator_who_fits(self) -> None:
        for operator_id in self.operators:
            if self.state(operator_id) is OperatorState.AVAILABLE:
                for call in self.waiting.values():
                    assert not self.should_take(operator_id, call), f"{call} waits beside {operator_id}"

    @invariant()
    def no_call_is_lost_and_no_clock_reset(self) -> None:
        assert set(self.dispatcher.waiting) == set(self.waiting)
        for call_id, call in self.dispatcher.waiting.items():
            assert call.queued_at == self.clocks[call_id]
            assert self.dispatcher.position(call_id) == 1 + sum(
                other.queue_id == call.queue_id and self.order(other) < self.order(call)
                for other in self.waiting.values()
            )

    @invariant()
    def nobody_is_booked_twice(self) -> None:
        having = [offer.operator_id for offer in (*self.ringing.values(), *self.talking.values())]
        assert len(having) == len(set(having))
        for offer in self.ringing.values():
            assert self.state(offer.operator_id) is OperatorState.RINGING
        for offer in self.talking.values():
            assert self.state(offer.operator_id) is OperatorState.TALKING

    # the rules, read plainly

    def should_take(self, operator_id: str, call: WaitingCall) -> bool:
        """Return whether nothing that is written down keeps this operator from this call."""
        if not self.fits(call, operator_id):
            return False
        assert call.entered_at is not None
        preferred = call.preferred
        in_time = (self.now - call.entered_at).total_seconds() < call.prefer_seconds
        if preferred is not None and preferred != operator_id and in_time and self.is_there(preferred):
            # whether it still waits for them alone also depends on what happened before: it may, so it is not judged
            return False
        if operator_id in call.tried:
            held = (self.now - self.joined_at[call.call_id]).total_seconds() < RETRY_SECONDS
            others = [o for o in self.operators if o not in call.tried and self.is_there(o) and self.fits(call, o)]
            return not (held and others)
        return True

    def fits(self, call: WaitingCall, operator_id: str) -> bool:
        if operator_id not in self.operators:
            return False
        operator = self.operators[operator_id]
        entry = EVERYWHERE if operator.queues is None else operator.queues.get(call.queue_id)
        assert call.entered_at is not None
        waited = (self.now - call.entered_at).total_seconds()
        if entry is None or entry.delay_seconds > waited:
            return False
        rules = self.rules[call.queue_id]
        left = waited
        step: Step | None = None
        for step in rules.steps:
            if step.for_seconds is None or left < step.for_seconds:
                break
            left -= step.for_seconds
        if step is not None and step.needs is None:
            return True
        parts = [rules.needs, step.needs if step and step.needs else ANYONE, Requirement.of_levels(call.skills)]
        return all(part.fits(operator.skills) for part in parts)

    def is_there(self, operator_id: str) -> bool:
        return operator_id in self.operators and self.state(operator_id) not in AWAY

    def state(self, operator_id: str) -> OperatorState:
        return self.dispatcher.presences[operator_id].state

    def order(self, call: WaitingCall) -> tuple[float, str]:
        assert call.place_at is not None
        return (call.place_at - T0).total_seconds() - call.priority * POINT_SECONDS, call.call_id

    def place(self, call: WaitingCall, operator_id: str) -> float:
        queues = self.operators[operator_id].queues
        points = queues[call.queue_id].priority if queues is not None and call.queue_id in queues else 0
        return self.order(call)[0] - points * POINT_SECONDS

    @staticmethod
    def pick(some: dict[str, object], which: int) -> str:
        return sorted(some)[which % len(some)]


AnyOrder.TestCase.settings = settings(
    max_examples=80, stateful_step_count=40, deadline=None, phases=[each for each in Phase if each is not Phase.explain]
)
TestAnyOrder = AnyOrder.TestCase
