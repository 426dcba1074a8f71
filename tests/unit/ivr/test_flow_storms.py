"""Whatever a caller presses in whatever menu: it ends, and in an outcome."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from walking import flow_of, of, walk

from ivr.flow import MAX_NODES
from ivr.lookup import Answer, LookUpOutcome
from ivr.steps import EnterNode, ToHangUp, ToQueue

COLLECT = {"kind": "collect", "prompt": "p", "into": "v", "max_digits": 3, "confirm": "true"}
TARGETS = ("n0", "n1", "n2", "n3", "n4", "n5", "yes", "bye")
TO = st.sampled_from(TARGETS)
NODE = st.one_of(
    st.builds(lambda n: {"kind": "say", "prompt": "p", "next": n}, TO),
    st.builds(lambda a, b, c: {"kind": "menu", "prompt": "p", "keys": {"1": a, "#": b}, "no_input": c}, TO, TO, TO),
    st.builds(
        lambda a, b: {**COLLECT, "next": a, "no_input": b},
        TO, TO,
    ),
    st.builds(lambda a, b: {"kind": "choose", "by": "v", "cases": {"12": a}, "otherwise": b}, TO, TO),
    st.builds(lambda a, b: {"kind": "choose", "by": "hours", "cases": {"open": a}, "otherwise": b}, TO, TO),
    st.builds(lambda a, b: {"kind": "look_up", "table": "t.csv", "into": "w", "next": a, "fallback": b}, TO, TO),
    st.builds(lambda n: {"kind": "message", "prompt": "p", "next": n}, TO),
    st.builds(lambda n: {"kind": "survey", "prompt": "p", "thanks": "t", "next": n}, TO),
    st.builds(lambda n: {"kind": "call_back", "number": "v", "prompt": "p", "next": n}, TO),
    st.builds(lambda n: {"kind": "set", "language": "en", "variables": {"v": "12"}, "next": n}, TO),
    st.builds(lambda n: {"kind": "flow", "flow": "main", "take": {"v": "v"}, "next": n}, TO),
    st.just({"kind": "return"}),
)  # fmt: skip
STORM = st.lists(st.text("0123456789*#AD\x00é", max_size=40), max_size=60)


@settings(max_examples=150, deadline=None)
@given(st.lists(NODE, min_size=6, max_size=6), STORM, st.sampled_from([(), ("open",), ("odd",)]), st.booleans())
def test_whatever_is_pressed_in_whatever_menu_there_is_an_outcome(
    nodes: list[dict[str, Any]], keys: list[str], told: tuple[str, ...], found: bool
) -> None:
    flow = flow_of({f"n{index}": node for index, node in enumerate(nodes)})
    answer = Answer(LookUpOutcome.FOUND, "x") if found else None
    steps, outcome = walk({"main": flow}, keys, told=told, answer=answer)
    assert isinstance(outcome, ToQueue | ToHangUp)
    assert len(steps) <= MAX_NODES * 15
    entered = len(of(steps, EnterNode))
    assert entered <= MAX_NODES
