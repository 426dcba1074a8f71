"""Missed calls: who counts, one duty for each number, and that an answer makes it good."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from calls import events as e
from calls.missed import MissedCalls, OwedFacts

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NUMBER = "13800138000"


def _started(call_id: str, at: datetime = NOON, ani: str = NUMBER, of: str = "") -> e.CallStarted:
    return e.CallStarted(
        at=at,
        call_id=call_id,
        case_id=call_id,
        ani=ani,
        dnis="12345",
        line_id="citizen",
        language="zh",
        callback_of=of,
    )


class Day:
    """A journal with the fold behind it: what follows from an event is heard as an event."""

    def __init__(self, **rules: object) -> None:
        self.missed = MissedCalls(**rules)  # type: ignore[arg-type]
        self.events: list[e.Event] = []
        self.minute = 0

    def now(self) -> datetime:
        return NOON + timedelta(minutes=self.minute)

    def take(self, event: e.Event) -> None:
        self.events.append(event)
        for fact in self.missed.apply(event):
            self.take(fact)

    def call(self, call_id: str, outcome: str, *between: type[e.CallEvent], ani: str = NUMBER, of: str = "") -> None:
        self.minute += 1
        self.take(_started(call_id, self.now(), ani, of))
        for kind in between:
            self.take(self._made(kind, call_id, ani))
        self.take(
            e.CallEnded(at=self.now(), call_id=call_id, outcome=e.CallOutcome(outcome), ended_by=e.EndedBy.CALLER)
        )

    def _made(self, kind: type[e.CallEvent], call_id: str, ani: str) -> e.CallEvent:
        now = self.now()
        if kind is e.MenuLeft:
            return e.MenuLeft(at=now, call_id=call_id, node_id="main", input="key", key="2")
        if kind is e.MessageLeft:
            return e.MessageLeft(at=now, call_id=call_id, recording_id="r", number=ani, seconds=2.0, due_at=now)
        if kind is e.CallbackAsked:
            return e.CallbackAsked(at=now, call_id=call_id, number=ani, due_at=now)
        assert kind is e.OperatorAnswered
        return e.OperatorAnswered(at=now, call_id=call_id, offer_id="o", operator_id="1001", ring_seconds=1.0)

    def listed(self) -> list[e.MissedCallListed]:
        return [event for event in self.events if isinstance(event, e.MissedCallListed)]

    def done(self) -> list[tuple[str, str]]:
        return [(event.duty_id, event.by) for event in self.events if isinstance(event, e.DutyDone)]


@pytest.mark.parametrize(
    ("outcome", "between", "counts"),
    [
        ("abandoned", (), True),
        ("timed_out", (), True),
        ("not_connected", (), True),
        ("lost", (), True),
        ("left_in_menu", (), False),
        ("left_in_menu", (e.MenuLeft,), True),
        ("short_abandon", (), False),
        ("closed", (), False),
        ("callback", (), False),
        ("timed_out", (e.MessageLeft,), False),
        ("left_in_menu", (e.MenuLeft, e.CallbackAsked), False),
        ("answered", (e.OperatorAnswered,), False),
    ],
)
def test_who_was_missed(outcome: str, between: tuple[type[e.CallEvent], ...], counts: bool) -> None:
    day = Day()
    day.call("c1", outcome, *between)
    assert bool(day.listed()) == counts


def test_who_was_served_by_a_menu_is_not_missed() -> None:
    day = Day()
    day.take(_started("c1"))
    day.take(e.MenuLeft(at=NOON, call_id="c1", node_id="main", input="key", key="2"))
    served = e.CallEnded(at=NOON, call_id="c1", outcome=e.CallOutcome.LEFT_IN_MENU, ended_by=e.EndedBy.SERVICE)
    day.take(served)
    assert not day.listed()


def test_a_city_may_count_short_abandons() -> None:
    day = Day(short_abandons=True)
    day.call("c1", "short_abandon")
    assert [event.duty_id for event in day.listed()] == ["c1-missed"]


def test_a_withheld_number_and_a_call_that_we_placed_are_no_duty() -> None:
    day = Day()
    day.call("c1", "abandoned", ani="")
    day.call("c2", "abandoned", of="c0")
    assert day.listed() == []


def test_one_duty_for_each_number_with_the_first_deadline() -> None:
    day = Day(country_prefixes=("+86",))
    day.call("c1", "abandoned")
    day.call("c2", "abandoned", ani="+86" + NUMBER)
    day.call("c3", "abandoned", ani="13900139000")
    day.call("c4", "left_in_menu", e.MenuLeft)
    duties = [(duty.number, duty.call_id, duty.calls) for duty in day.missed.open.values()]
    assert duties == [("13900139000", "c3", 1), (NUMBER, "c4", 3)] or duties == [
        (NUMBER, "c4", 3),
        ("13900139000", "c3", 1),
    ]
    assert day.missed.open[NUMBER].due_at == NOON + timedelta(minutes=1, hours=24)
    assert day.done() == [("c1-missed", "newer:c2"), ("c2-missed", "newer:c4")]


def test_an_answer_closes_every_duty_of_the_number() -> None:
    day = Day()
    day.call("c1", "abandoned")
    day.call("c2", "left_in_menu", e.CallbackAsked)
    day.call("c3", "answered", e.OperatorAnswered)
    assert sorted(day.done()) == [("c1-missed", "call:c3"), (f"c2-cb-{NUMBER}", "call:c3")]
    assert day.missed.open == {}
    assert day.missed.wishes == {}


def test_who_waits_to_be_called_back_is_not_missed() -> None:
    day = Day()
    day.call("c1", "left_in_menu", e.CallbackAsked)
    day.call("c2", "abandoned")
    assert day.listed() == []


def test_what_the_journal_lacks_after_a_kill_is_owed() -> None:
    day = Day()
    day.call("c1", "abandoned")
    day.call("c2", "abandoned")
    whole = OwedFacts(MissedCalls())
    for event in day.events:
        whole.apply(event)
    assert whole.take() == []

    cut = OwedFacts(MissedCalls())
    for event in day.events[:-2]:  # killed before what follows from the second call was written
        cut.apply(event)
    assert {type(event).__name__ for event in cut.take()} == {"MissedCallListed", "DutyDone"}
