"""What changes in flows, in words: where keys lead, what is said, which nodes came and went."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hotline.config.compare_words import Change, compare_fields, shown
from ivr.graph import Edge, Way, edges
from ivr.model import Flow, MenuNode, Node

_WAYS = {
    Way.NEXT: "the way on",
    Way.NO_INPUT: "no key",
    Way.INVALID_INPUT: "wrong keys",
    Way.OTHERWISE: "otherwise",
    Way.FALLBACK: "no answer",
}

_WAY_FIELDS = frozenset({"next", "keys", "no_input", "invalid_input", "cases", "otherwise", "fallback"})


def compare_flows(old: Mapping[str, Flow], new: Mapping[str, Flow]) -> Iterator[Change]:
    """Yield every change in flows."""
    for flow_id, flow in new.items():
        before = old.get(flow_id)
        if before is None:
            yield Change("flow", flow_id, f"the flow {flow_id} is new, with {len(flow.nodes)} nodes")
        elif before != flow:
            yield from _flow(flow_id, before, flow)
    for flow_id in old:
        if flow_id not in new:
            yield Change("flow", flow_id, f"the flow {flow_id} is gone")


def _flow(flow_id: str, old: Flow, new: Flow) -> Iterator[Change]:
    yield from compare_fields("flow", f"the flow {flow_id}", flow_id, old, new, {"nodes"})
    for node_id, node in new.nodes.items():
        before = old.nodes.get(node_id)
        at = f"{flow_id}/{node_id}"
        if before is None:
            yield Change("flow", at, f"{at} is new: {_said(node)}")
        elif before.kind != node.kind:
            yield Change("flow", at, f"{at} is now {_said(node)} (was {_said(before)})")
        elif before != node:
            yield from _ways(at, before, node)
            called = f"the menu {at}" if isinstance(node, MenuNode) else at
            yield from compare_fields("flow", called, at, before, node, _WAY_FIELDS)
    for node_id in old.nodes:
        if node_id not in new.nodes:
            yield Change("flow", f"{flow_id}/{node_id}", f"{flow_id}/{node_id} is gone")


def _said(node: Node) -> str:
    facts = {
        name: getattr(node, name)
        for name in ("prompt", "queue", "hotline", "language", "flow", "into", "by", "topic")
        if getattr(node, name, None) is not None
    }
    return f"{node.kind} {shown(facts)}" if facts else node.kind


def _ways(at: str, old: Node, new: Node) -> Iterator[Change]:
    before = {_name(edge): edge.target for edge in edges(old)}
    after = {_name(edge): edge.target for edge in edges(new)}
    for name, target in after.items():
        was = before.get(name)
        if was is None:
            yield Change("flow", at, f"{name} of {at} is new: it leads to {target}")
        elif was != target:
            yield Change("flow", at, f"{name} of {at} now leads to {target} (led to {was})")
    for name, target in before.items():
        if name not in after:
            yield Change("flow", at, f"{name} of {at} is gone (led to {target})")


def _name(edge: Edge) -> str:
    if edge.way == Way.KEY:
        return f"key {edge.value}" if edge.value else "the way on"
    return f"case {edge.value}" if edge.way == Way.CASE else _WAYS[edge.way]
