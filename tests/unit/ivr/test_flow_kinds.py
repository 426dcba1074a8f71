"""Every kind of node on a caller's way, and callers who press anything at all, without a telephone."""

from __future__ import annotations

import pytest
from walking import flow_of, of, walk

from ivr.flow import MAX_NODES, walk_flow
from ivr.lookup import Answer, LookUpOutcome
from ivr.steps import (
    Ask,
    AskHours,
    Change,
    Collected,
    EnterNode,
    Facts,
    LeaveMenu,
    LookUp,
    NoteCallBack,
    Rated,
    Say,
    SwitchLanguage,
    TakeMessage,
    ToHangUp,
    ToQueue,
)

COLLECT = {
    "ask": {
        "kind": "collect",
        "prompt": "p",
        "into": "pin",
        "min_digits": 2,
        "max_digits": 4,
        "confirm": "true",
        "next": "yes",
        "no_input": "no",
        "invalid_input": "out",
    }
}


@pytest.mark.parametrize(
    ("keys", "queue"),
    [
        (("1234", "1"), "yes"),
        (("12", "1"), "yes"),
        (("12", "2", "34", "1"), "yes"),
        ((), "no"),
        (("1", ""), "no"),
        (("1", "2"), "out"),
        (("12", "", "34", "2"), "out"),
        (("1*3", "**"), "out"),
    ],
)
def test_collect(keys: tuple[str, ...], queue: str) -> None:
    steps, outcome = walk(COLLECT, keys)
    assert outcome == ToQueue(queue)
    assert bool(of(steps, Collected)) == (queue == "yes")
    assert all(step.key == "" for step in steps if isinstance(step, LeaveMenu)), "what was keyed in is told to nobody"


def test_what_was_collected_is_read_back_and_can_be_spoken() -> None:
    steps, _ = walk(COLLECT, ("1234", "1"))
    (back,) = of(steps, Ask)
    assert isinstance(back, Ask)
    assert (back.prompts, back.values["digits"]) == (("read_back",), "1234")


@pytest.mark.parametrize(
    ("by", "cases", "facts", "queue"),
    [
        ("caller", {"repeat": "no", "enterprise": "yes"}, Facts(caller_kinds=frozenset({"enterprise"})), "yes"),
        (
            "caller",
            {"enterprise": "yes", "repeat": "no"},
            Facts(caller_kinds=frozenset({"repeat", "enterprise"})),
            "yes",
        ),
        ("caller", {"blocked": "yes"}, Facts(), "out"),
        ("language", {"en": "yes"}, Facts(language="en"), "yes"),
        ("topic", {"gas": "yes"}, Facts(topic="gas"), "yes"),
        ("dnis", {"96310": "yes"}, Facts(dnis="96310"), "yes"),
        ("line", {"other": "yes"}, Facts(line="citizen"), "out"),
        ("nothing", {"": "yes"}, Facts(), "yes"),
    ],
)
def test_choose(by: str, cases: dict[str, str], facts: Facts, queue: str) -> None:
    node = {"kind": "choose", "by": by, "cases": cases, "otherwise": "out"}
    assert walk({"which": node}, facts=facts)[1] == ToQueue(queue)


@pytest.mark.parametrize(
    ("told", "cases", "queue"),
    [
        (("holiday", "closed"), {"holiday": "yes", "closed": "no"}, "yes"),
        (("holiday", "closed"), {"closed": "no"}, "no"),
        (("open",), {"open": "yes", "holiday": "no"}, "yes"),
        (("open",), {"closed": "no"}, "out"),
    ],
)
def test_choose_by_hours(told: tuple[str, ...], cases: dict[str, str], queue: str) -> None:
    node = {"kind": "choose", "by": "hours", "hours": "office", "cases": cases, "otherwise": "out"}
    steps, outcome = walk({"when": node}, told=told)
    assert outcome == ToQueue(queue)
    assert of(steps, AskHours) == [AskHours("office")]


def test_set() -> None:
    nodes = {
        "hello": {"kind": "say", "prompt": "hello", "next": "all"},
        "all": {
            "kind": "set", "language": "en", "priority": 5, "skills": {"gas": 3}, "topic": "leak",
            "variables": {"way": "a"}, "next": "which",
        },
        "which": {"kind": "choose", "by": "way", "cases": {"a": "and"}, "otherwise": "out"},
        "and": {"kind": "choose", "by": "topic", "cases": {"leak": "yes"}, "otherwise": "out"},
    }  # fmt: skip
    steps, outcome = walk(nodes)
    assert outcome == ToQueue("yes")
    assert [step for step in steps if not isinstance(step, EnterNode)] == [
        Say(("hello",)),
        SwitchLanguage("en"),
        Change("leak", 5, {"gas": 3}),
    ]


@pytest.mark.parametrize(
    ("answer", "queue"),
    [
        (Answer(LookUpOutcome.FOUND, "open"), "yes"),
        (Answer(LookUpOutcome.FOUND, "other"), "no"),
        (Answer(LookUpOutcome.NOT_FOUND), "out"),
        (Answer(LookUpOutcome.TIMED_OUT), "out"),
        (Answer(LookUpOutcome.FAILED, "open"), "out"),
        (None, "out"),
    ],
)
def test_look_up(answer: Answer | None, queue: str) -> None:
    node = {
        "kind": "look_up", "url": "http://x/{caller}", "into": "state", "cases": {"open": "yes"},
        "next": "no", "fallback": "out",
    }  # fmt: skip
    hello = {"kind": "say", "prompt": "hello", "next": "find"}
    steps, outcome = walk({"hello": hello, "find": node}, answer=answer)
    assert outcome == ToQueue(queue)
    assert [type(step) for step in steps if not isinstance(step, EnterNode)] == [Say, LookUp], (
        "silence is not waited in"
    )


@pytest.mark.parametrize(("caller", "noted"), [("13800138000", 1), ("", 0), ("anonymous", 0)])
def test_call_back(caller: str, noted: int) -> None:
    steps, outcome = walk({"note": {"kind": "call_back", "prompt": "t", "next": "bye"}}, facts=Facts(caller=caller))
    assert outcome == ToHangUp(("t",) * noted)
    assert len(of(steps, NoteCallBack)) == noted


def test_message() -> None:
    steps, outcome = walk({"speak": {"kind": "message", "prompt": "p", "thanks": "t", "next": "bye"}})
    (step,) = of(steps, TakeMessage)
    assert isinstance(step, TakeMessage)
    assert (step.prompts, step.max_seconds, outcome) == (("p",), 120, ToHangUp(("t",)))


@pytest.mark.parametrize(
    ("keys", "score", "thanked"),
    [(("5",), 5, True), (("0", "1"), 1, True), (("9", "6"), None, False), ((), None, False), (("*", ""), None, False)],
)
def test_survey(keys: tuple[str, ...], score: int | None, thanked: bool) -> None:
    steps, outcome = walk({"rate": {"kind": "survey", "prompt": "p", "thanks": "t", "next": "bye"}}, keys)
    assert of(steps, Rated) == [Rated("main", "rate", score, 5)]
    assert outcome == ToHangUp(("t",) if thanked else ())


def test_a_sub_flow_has_variables_of_its_own() -> None:
    inner = flow_of(
        {
            "which": {"kind": "choose", "by": "who", "cases": {"<138>": "own"}, "otherwise": "out"},
            "own": {"kind": "choose", "by": "mine", "cases": {"1": "out"}, "otherwise": "set"},
            "set": {"kind": "set", "variables": {"theirs": "7", "mine": "9"}, "next": "back"},
            "back": {"kind": "return"},
        },
        parameters=("who",),
    )
    main = flow_of(
        {
            "set": {"kind": "set", "variables": {"mine": "1"}, "next": "sub"},
            "sub": {
                "kind": "flow",
                "flow": "inner",
                "with": {"who": "<{caller}>"},
                "take": {"got": "theirs"},
                "next": "a",
            },
            "a": {"kind": "choose", "by": "got", "cases": {"7": "b"}, "otherwise": "out"},
            "b": {"kind": "choose", "by": "mine", "cases": {"1": "yes"}, "otherwise": "no"},
        }
    )
    assert walk({"main": main, "inner": inner}, facts=Facts(caller="138"))[1] == ToQueue("yes")


def test_an_outcome_inside_a_sub_flow_is_the_calls() -> None:
    main = flow_of({"sub": {"kind": "flow", "flow": "inner", "next": "yes"}})
    assert walk({"main": main, "inner": flow_of({"a": {"kind": "queue", "queue": "deep"}})})[1] == ToQueue("deep")


def test_a_flow_that_returns_with_nobody_to_return_to_says_goodbye() -> None:
    nodes = {"hello": {"kind": "say", "prompt": "hello", "next": "back"}, "back": {"kind": "return"}}
    assert walk(nodes)[1] == ToHangUp(("hello", "goodbye"))


def test_flows_that_call_each_other_for_ever_end() -> None:
    again = flow_of(
        {"a": {"kind": "flow", "flow": "main", "next": "b"}, "b": {"kind": "flow", "flow": "main", "next": "a"}}
    )
    steps, outcome = walk({"main": again})
    assert isinstance(outcome, ToHangUp)
    assert len(steps) <= MAX_NODES


def test_a_prompt_that_no_key_cuts_off_is_said_alone() -> None:
    nodes = {
        "hello": {"kind": "say", "prompt": "hello", "next": "law"},
        "law": {"kind": "say", "prompt": "law", "barge_in": "false", "next": "main"},
        "main": {"kind": "menu", "prompt": "menu", "keys": {"1": "yes"}, "no_input": "no"},
    }
    steps, _ = walk(nodes)
    assert of(steps, Say) == [Say(("hello",)), Say(("law",), barge_in=False)]


def test_what_a_flow_says_first() -> None:
    flow = flow_of({"m": {"kind": "menu", "prompt": "menu", "keys": {"1": "yes"}, "no_input": "no"}})
    walking = walk_flow({"main": flow}, "main", before=("notice",))
    next(walking)
    step = next(walking)
    assert isinstance(step, Ask)
    assert step.prompts == ("notice", "menu")
