"""Figures of menus, computed from events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from calls.events import (
    CallEnded,
    CallOutcome,
    CallQueued,
    CallStarted,
    EndedBy,
    Event,
    FlowEntered,
    LinkChanged,
    MenuEntered,
    MenuLeft,
    NodeEntered,
)
from calls.menu_figures import MenuDay, MenuFigures, NodeTally

T0 = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def begin(call_id: str, seconds: float = 0, line: str = "citizen") -> list[Event]:
    return [
        CallStarted(at=at(seconds), call_id=call_id, case_id="1", ani="138", dnis="12345", line_id=line, language="zh"),
        FlowEntered(at=at(seconds), call_id=call_id, flow_id="citizen", rule="open"),
        MenuEntered(at=at(seconds + 1), call_id=call_id, node_id="main", flow_id="citizen"),
    ]


def leave(call_id: str, seconds: float, way: str, key: str = "") -> Event:
    return MenuLeft(at=at(seconds), call_id=call_id, node_id="main", flow_id="citizen", input=way, key=key)


def queue(call_id: str, seconds: float) -> list[Event]:
    return [
        NodeEntered(at=at(seconds), call_id=call_id, node_id="person", flow_id="citizen", kind="queue"),
        CallQueued(at=at(seconds), call_id=call_id, queue_id="general", skills={}),
    ]


def end(call_id: str, seconds: float, by: EndedBy = EndedBy.CALLER) -> Event:
    return CallEnded(at=at(seconds), call_id=call_id, outcome=CallOutcome.ANSWERED, ended_by=by)


def fold(*events: Event, figures: MenuFigures | None = None) -> MenuFigures:
    found = figures or MenuFigures()
    for event in events:
        found.apply(event)
    return found


def main_of(figures: MenuFigures) -> NodeTally:
    return figures.nodes["citizen", "citizen", "main"]


def test_every_way_out_of_a_menu_is_counted() -> None:
    figures = fold(
        *begin("a"), leave("a", 3, "key", "1"), *queue("a", 3), end("a", 60, EndedBy.OPERATOR),
        *begin("b"), leave("b", 5, "key", "1"), *queue("b", 5), end("b", 60),
        *begin("c"), leave("c", 6, "no_input"), *queue("c", 6), end("c", 9),
        *begin("d"), leave("d", 9, "invalid_input", "7"), *queue("d", 9), end("d", 9),
        *begin("e"), leave("e", 2, "hung_up"), end("e", 2),
        LinkChanged(at=at(1), up=True),
    )  # fmt: skip
    main = main_of(figures)
    assert (main.kind, main.entries, main.answered, dict(main.keys)) == ("menu", 5, 2, {"1": 2})
    assert (main.no_input, main.invalid_input, main.hung_up, main.drop_off) == (1, 1, 1, 0.2)
    assert main.mean_seconds == (2 + 4 + 5 + 8 + 1) / 5
    person = figures.nodes["citizen", "citizen", "person"]
    assert (person.kind, person.entries, person.hung_up) == ("queue", 4, 0), "who leaves a queue left no menu"
    assert (figures.lines["citizen"].calls, figures.lines["citizen"].rules) == (5, {"open": 5})


def test_a_caller_who_hangs_up_where_nothing_is_asked() -> None:
    message = NodeEntered(at=at(4), call_id="a", node_id="leave_word", flow_id="night", kind="message")
    figures = fold(*begin("a"), leave("a", 3, "key", "1"), message, end("a", 10))
    tally = figures.nodes["citizen", "night", "leave_word"]
    assert (tally.entries, tally.hung_up, tally.drop_off, tally.mean_seconds) == (1, 1, 1.0, 6.0)
    assert main_of(figures).hung_up == 0


def test_calls_of_other_periods_are_left_out() -> None:
    figures = fold(
        *begin("before", -10), *begin("inside", 0), *begin("after", 60), leave("before", 1, "key", "1"),
        leave("inside", 61, "key", "2"), end("inside", 62),
        figures=MenuFigures(since=at(0), until=at(60)),
    )  # fmt: skip
    assert main_of(figures).entries == 1
    assert dict(main_of(figures).keys) == {"2": 1}


def test_a_day_begins_at_the_citys_midnight() -> None:
    day = MenuDay(timezone(timedelta(hours=8)))
    for event in (*begin("a"), leave("a", 2, "key", "1")):
        day.apply(event)
    assert main_of(day.figures).entries == 1
    for event in (*begin("b", 14 * 3600), end("a", 14 * 3600)):
        day.apply(event)
    assert day.day == "2026-11-23"
    assert (main_of(day.figures).entries, main_of(day.figures).answered) == (1, 0)
    assert day.move_to(at(40 * 3600)).nodes == {}


def test_nothing_that_arrives_makes_it_fail() -> None:
    figures = fold(leave("x", 1, "key"), end("x", 2), *queue("x", 3), *begin("a"), end("a", 4), leave("a", 5, "key"))
    assert main_of(figures).entries == 1
    again = begin("a")[2]
    assert fold(*begin("a"), again, leave("a", 9, "key", "3")).nodes["citizen", "citizen", "main"].entries == 2
