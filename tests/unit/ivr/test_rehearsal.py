"""Dry runs: what a caller hears and comes to, told step by step, by the code that takes real callers."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from calls.errors import NotFound
from hotline.config import City, load_city
from ivr.callers import PastCalls
from ivr.expect import Expectation, Expected, differences
from ivr.model import Callers, Flow, Line, Notice
from ivr.rehearsal import Rehearsal
from ivr.rehearsal_model import Ending, Moment, Question, Visitor, given_keys

BEIJING = Path(__file__).parents[3] / "examples" / "beijing"
NOON = datetime(2026, 9, 29, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
PERSON = {"kind": "queue", "queue": "general"}


@pytest.fixture(scope="module")
def beijing() -> City:
    """Return the example city."""
    return load_city(BEIJING)


def town(city: City, nodes: dict[str, Any], **line: Any) -> City:
    """Return the city with one line, whose flow has these nodes and begins with the first."""
    flows = {"flow": Flow.model_validate({"start": next(iter(nodes)), "nodes": nodes}), "closed": CLOSED, "sub": SUB}
    only = Line.model_validate({"id": "line", "name": {}, "dnis": ["12345"], "flow": "flow", **line})
    return dataclasses.replace(city, lines={"line": only}, flows=flows, notices=(), callers=Callers())


CLOSED = Flow.model_validate({"start": "bye", "nodes": {"bye": {"kind": "hang_up", "prompt": "closed"}}})
SUB = Flow.model_validate(
    {
        "start": "say",
        "parameters": ["case_number"],
        "nodes": {"say": {"kind": "say", "prompt": "case_working", "next": "back"}, "back": {"kind": "return"}},
    }
)


def walk(city: City, *keys: str, **visitor: Any) -> tuple[Ending, list[Moment]]:
    """Take a caller through the line."""
    caller = Visitor(**{"line": "line", "at": NOON, **visitor})
    rehearsal = Rehearsal(city, caller, given_keys(keys))
    moments = list(rehearsal)
    return rehearsal.ending, moments


def test_each_step_is_told_in_order_and_time_goes_on(beijing: City) -> None:
    menu = {"kind": "menu", "prompt": "main_menu", "keys": {"1": "en"}, "no_input": "person", "timeout_seconds": 3}
    nodes = {
        "hello": {"kind": "say", "prompt": "greeting", "next": "main"},
        "main": menu,
        "en": {"kind": "set_language", "language": "en", "next": "bye"},
        "bye": {"kind": "hang_up", "prompt": "goodbye"},
        "person": PERSON,
    }
    ending, moments = walk(town(beijing, nodes), "5", "1")
    assert [moment.what for moment in moments] == [
        *("rule", "node", "node", "says", "asks", "hears", "says", "asks", "hears", "node", "language", "node", "says")
    ]
    assert [moment.seconds for moment in moments] == sorted(moment.seconds for moment in moments)
    assert [name for name, _ in ending.said] == ["greeting", "main_menu", "main_menu", "goodbye"]
    assert ending.said[-1][1] == "Thank you for calling. Goodbye."
    assert (ending.outcome, ending.language) == ("hang_up", "en")


def test_after_the_last_key_the_caller_is_silent(beijing: City) -> None:
    ending, _ = walk(load_city(BEIJING), line="citizen")
    assert (ending.outcome, ending.queue) == ("queue", "general")
    ending, _ = walk(load_city(BEIJING), "2", "2", line="citizen")
    assert (ending.outcome, ending.hotline) == ("hotline", "gas")


def test_the_rule_of_the_line_decides(beijing: City) -> None:
    city = town(beijing, {"person": PERSON}, hours="enterprise", closed="closed")
    night = NOON.replace(hour=3)
    assert walk(city)[0].rule == "open"
    ending, _ = walk(city, at=night)
    assert (ending.rule, ending.flow, [name for name, _ in ending.said]) == ("closed", "closed", ["closed"])
    notice = Notice.model_validate(
        {"id": "cold", "mode": "instead", "prompt": "first_cold_day", "until": "2020-01-01 00:00"}
    )
    with_notice = dataclasses.replace(city, notices=(notice,))
    assert walk(with_notice)[0].rule == "open"
    ending, _ = walk(with_notice, notices=frozenset({"cold"}))
    assert (ending.rule, [name for name, _ in ending.said]) == ("notice", ["first_cold_day", "goodbye"])


def test_the_records_of_the_caller_count(beijing: City) -> None:
    nodes = {
        "who": {"kind": "choose", "by": "caller", "cases": {"repeat": "soon"}, "otherwise": "person"},
        "soon": {"kind": "set", "priority": 5, "skills": {"gas": 3}, "topic": "again", "next": "person"},
        "person": PERSON,
    }
    city = town(beijing, nodes)
    past = PastCalls(NOON.replace(day=28), "en", False)
    ending, _ = walk(city, number="13800138000", past=past)
    assert (ending.priority, ending.skills, ending.topic, ending.language) == (5, {"gas": 3}, "again", "en")
    assert walk(city, number="13800138000")[0].priority is None


def test_look_ups_are_answered_as_given_and_fail_otherwise(beijing: City) -> None:
    find = {"kind": "look_up", "url": "http://example.invalid/{caller}", "into": "state", "next": "other"}
    nodes = {
        "find": {**find, "cases": {"done": "bye"}, "fallback": "person"},
        "other": {"kind": "queue", "queue": "enterprise"},
        "bye": {"kind": "hang_up"},
        "person": PERSON,
    }
    city = town(beijing, nodes)
    assert walk(city)[0].queue == "general"
    assert walk(city, answers={"find": None})[0].queue == "general"
    assert walk(city, answers={"find": "done"})[0].outcome == "hang_up"
    assert walk(city, answers={"find": "late"})[0].queue == "enterprise"


def test_a_sub_flow_speaks_its_own_variables(beijing: City) -> None:
    ask = {"kind": "collect", "prompt": "case_number_wanted", "into": "number", "max_digits": 8, "next": "sub"}
    nodes = {
        "ask": {**ask, "no_input": "person"},
        "sub": {"kind": "flow", "flow": "sub", "with": {"case_number": "{number}"}, "next": "person"},
        "person": PERSON,
    }
    ending, moments = walk(town(beijing, nodes), "1234#")
    assert "number=1234" in [moment.text for moment in moments]
    assert "{" not in dict(ending.said)["case_working"]


def test_messages_and_calls_back_are_outcomes(beijing: City) -> None:
    bye = {"kind": "hang_up", "prompt": "goodbye"}
    message = {"leave": {"kind": "message", "prompt": "message", "next": "bye"}, "bye": bye}
    assert walk(town(beijing, message))[0].outcome == "message"
    back = {"back": {"kind": "call_back", "next": "bye"}, "bye": bye}
    assert walk(town(beijing, back), number="13800138000")[0].outcome == "call_back"
    assert walk(town(beijing, back))[0].outcome == "hang_up"  # a number that was withheld can't be called


def test_a_flow_can_be_walked_without_a_line(beijing: City) -> None:
    ending, _ = walk(beijing, "5", line=None, flow="satisfaction")
    assert ending.outcome == "hang_up"
    with pytest.raises(NotFound, match="no flow 'nowhere'"):
        walk(beijing, line=None, flow="nowhere")
    with pytest.raises(NotFound, match="no line 'nowhere'"):
        walk(beijing, line="nowhere")
    with pytest.raises(NotFound, match="has no number 999"):
        walk(beijing, line="citizen", dialled="999")


def test_a_question_says_which_keys_mean_something(beijing: City) -> None:
    asked: list[Question] = []

    def ear(question: Question) -> str:
        asked.append(question)
        return ""

    list(Rehearsal(beijing, Visitor(line="citizen", at=NOON), ear))
    assert asked[0].node == "main"
    assert set(asked[0].keys) >= {"0", "1", "2"}


ENDING = Ending(
    outcome="queue", queue="general", rule="open", language="zh", seconds=12.0, said=[("a", "one"), ("b", "two")]
)


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ({"outcome": "queue", "queue": "general", "says": ["a", "two"]}, []),
        ({"outcome": "hotline", "hotline": "gas"}, ["outcome: expected hotline", "hotline: expected gas, found none"]),
        ({"says": ["b", "a"]}, ["says: expected a after b, found a, b"]),
        ({"never_says": ["tw"]}, ["never_says: expected never tw"]),
        ({"seconds": 10}, ["seconds: expected at most 10, found 12"]),
        ({"skills": {"gas": 2}}, ["skill gas: expected 2, found none"]),
        ({"caller": ["repeat"]}, ["caller: expected repeat, found none"]),
    ],
)
def test_what_became_otherwise_is_told(expected: dict[str, Any], found: list[str]) -> None:
    told = [str(each) for each in differences(Expected.model_validate(expected), ENDING)]
    assert len(told) == len(found)
    assert all(each.startswith(words) for each, words in zip(told, found, strict=True))


def test_keys_are_written_as_a_list_or_in_one_text() -> None:
    base = {"name": "x", "line": "line", "expect": {"outcome": "queue"}}
    for written in (["2", "", "1"], "2,,1"):
        assert Expectation.model_validate({**base, "keys": written}).keys == ("2", "", "1")
