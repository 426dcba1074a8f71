"""Walking a flow in tests: with given keys, and silence after the last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ivr.flow import walk_flow
from ivr.lookup import Answer
from ivr.model import Flow
from ivr.steps import Ask, AskHours, Collect, Facts, Heard, LookUp, Outcome, Reply, Step, Told

END = {
    "yes": {"kind": "queue", "queue": "yes"},
    "no": {"kind": "queue", "queue": "no"},
    "out": {"kind": "queue", "queue": "out"},
    "bye": {"kind": "hang_up"},
}
Nodes = Mapping[str, Any]


def flow_of(nodes: Nodes, **more: Any) -> Flow:
    return Flow.model_validate({"start": next(iter(nodes)), "nodes": {**nodes, **END}, **more})


def walk(
    flows: Mapping[str, Flow] | Nodes,
    keys: Iterable[str] = (),
    *,
    facts: Facts | None = None,
    told: tuple[str, ...] = (),
    answer: Answer | None = None,
) -> tuple[list[Step], Outcome]:
    """Walk the flow "main" with these keys, silence after the last."""
    known = {name: flow if isinstance(flow, Flow) else None for name, flow in flows.items()}
    all_flows = {name: flow for name, flow in known.items() if flow is not None} or {"main": flow_of(flows)}
    steps: list[Step] = []
    pressed = iter(keys)
    walking = walk_flow(all_flows, "main", facts)
    reply: Reply | None = None
    while True:
        try:
            step = walking.send(reply)
        except StopIteration as finished:
            return steps, finished.value
        steps.append(step)
        match step:
            case Ask() | Collect():
                reply = Heard(next(pressed, ""))
            case AskHours():
                reply = Told(told)
            case LookUp():
                reply = answer
            case _:
                reply = None


def of(steps: list[Step], *kinds: type[Any]) -> list[Step]:
    return [step for step in steps if isinstance(step, kinds)]
