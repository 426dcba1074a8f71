"""The caller's way through a flow, without a telephone."""

from __future__ import annotations

from typing import Any

import pytest

from ivr.flow import walk_flow
from ivr.model import Flow
from ivr.steps import (
    Ask,
    EnterMenu,
    EnterNode,
    Heard,
    LeaveMenu,
    Outcome,
    Say,
    Step,
    SwitchLanguage,
    ToHangUp,
    ToHotline,
    ToQueue,
)

FLOW = Flow.model_validate(
    {
        "start": "greeting",
        "nodes": {
            "greeting": {"kind": "say", "prompt": "hello", "next": "main"},
            "main": {
                "kind": "menu",
                "prompt": "main_menu",
                "keys": {"1": "person", "2": "gas", "8": "english", "9": "bye"},
                "no_input": "person",
                "invalid_input": "gas",
                "attempts": 2,
            },
            "person": {"kind": "queue", "queue": "citizen"},
            "gas": {"kind": "transfer", "hotline": "gas"},
            "english": {"kind": "set_language", "language": "en", "next": "welcome"},
            "welcome": {"kind": "say", "prompt": "hello", "next": "person"},
            "bye": {"kind": "hang_up", "prompt": "goodbye"},
        },
    }
)


def walk(*keys: str, flow: Flow = FLOW) -> tuple[list[Step], Outcome]:
    """Walk with these keys, silence after the last."""
    steps: list[Step] = []
    pressed = iter(keys)
    walking = walk_flow({"main": flow}, "main")
    answer: Heard | None = None
    while True:
        try:
            step = walking.send(answer)
        except StopIteration as finished:
            return steps, finished.value
        if not isinstance(step, EnterNode):
            steps.append(step)
        answer = Heard(next(pressed, "")) if isinstance(step, Ask) else None


@pytest.mark.parametrize(
    ("keys", "outcome"),
    [
        ((), ToQueue("citizen")),
        (("1",), ToQueue("citizen")),
        (("2",), ToHotline("gas")),
        (("8",), ToQueue("citizen")),
        (("9",), ToHangUp(("goodbye",))),
        (("7", "1"), ToQueue("citizen")),
        (("7", "7"), ToHotline("gas")),
        (("7",), ToQueue("citizen")),
    ],
)
def test_keys_lead_to_outcomes(keys: tuple[str, ...], outcome: Outcome) -> None:
    assert walk(*keys)[1] == outcome


def test_greeting_and_menu_are_one_question() -> None:
    steps, _ = walk("2")
    assert steps == [
        EnterMenu("main", "main"),
        Ask("main", "main", ("hello", "main_menu"), 4.0),
        LeaveMenu("main", "main", "key", "2", "gas"),
    ]


def test_wrong_key_hears_the_menu_again_without_the_greeting() -> None:
    steps, _ = walk("7", "2")
    assert [s.prompts for s in steps if isinstance(s, Ask)] == [("hello", "main_menu"), ("main_menu",)]


def test_language_changes_before_what_follows_is_said() -> None:
    steps, _ = walk("8")
    assert steps[-2:] == [SwitchLanguage("en"), Say(("hello",))]


def test_flow_that_never_ends_is_ended() -> None:
    nodes: dict[str, Any] = {
        "a": {"kind": "menu", "prompt": "p", "keys": {"1": "a"}, "no_input": "a"},
    }
    steps, outcome = walk(flow=Flow.model_validate({"start": "a", "nodes": nodes}))
    assert outcome == ToHangUp()
    assert len(steps) < 2_000
