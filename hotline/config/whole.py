"""All flows together: which line leads to which flow, which flow goes through which, and what that makes of a node."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from hotline.config.positions import Document
from ivr.graph import Edge, Ways, edges, leading_to, reachable, rings, way_round
from ivr.model import (
    CallBackNode,
    Flow,
    FlowNode,
    MessageNode,
    Node,
    QueueNode,
    ReturnNode,
    TransferNode,
)

OPEN = "flow"
"What a line calls its flow during opening hours."

OTHER_ROLES = ("closed", "holiday", "after_call", "overflow")


class Whole:
    """The flows that are right in themselves, and what follows from all of them together."""

    def __init__(self, flows: Mapping[str, Flow], documents: Mapping[str, Document]) -> None:
        self.flows = flows
        self._lines = _mappings(documents["city"].get("lines"))
        self._notices = _mappings(documents["notices"].get("notices"))
        self._failed = [_failure_flow(each) for each in _mappings(documents["hotlines"].get("hotlines"))]
        rules = [queue.get("overflow") for queue in _mappings(documents["queues"].get("queues"))]
        places = [place for rule in rules if isinstance(rule, dict) for place in rule.values()]
        self._overflows = [place.get("flow") for place in places if isinstance(place, dict)]

    def calls_of(self, flow_id: str) -> tuple[str, ...]:
        """Return the sub-flows that a flow goes through."""
        flow = self.flows.get(flow_id)
        nodes = flow.nodes.values() if flow is not None else ()
        return tuple(dict.fromkeys(node.flow for node in nodes if isinstance(node, FlowNode)))

    @cached_property
    def recursions(self) -> list[tuple[str, ...]]:
        """Each way by which a flow goes through itself."""
        return [way_round(ring, self.calls_of) for ring in rings(self.flows, self.calls_of)]

    @cached_property
    def open_flows(self) -> dict[str, None]:
        """The flows of lines during opening hours, and what they go through."""
        return self._with_calls(line.get(OPEN) for line in self._lines)

    @cached_property
    def first_flows(self) -> dict[str, None]:
        """The flows that a call can begin in: of lines in every role, notices, hotlines that failed, full queues."""
        named = [line.get(role) for line in self._lines for role in (OPEN, *OTHER_ROLES)]
        named += [notice.get("then") for notice in self._notices]
        named += self._failed
        named += self._overflows
        return dict.fromkeys(flow for flow in named if isinstance(flow, str) and flow in self.flows)

    @cached_property
    def used_flows(self) -> dict[str, None]:
        """Every flow that a call can come through."""
        return self._with_calls(self.first_flows)

    def _with_calls(self, named: Iterable[object]) -> dict[str, None]:
        found: dict[str, None] = {}
        waiting = [flow for flow in named if isinstance(flow, str)]
        while waiting:
            flow_id = waiting.pop(0)
            if flow_id in self.flows and flow_id not in found:
                found[flow_id] = None
                waiting.extend(self.calls_of(flow_id))
        return found

    @cached_property
    def returning(self) -> frozenset[str]:
        """The flows that can come back to the flow that goes through them."""
        found: frozenset[str] = frozenset()
        while True:
            now = frozenset(
                flow_id
                for flow_id, flow in self.flows.items()
                if any(isinstance(flow.nodes[each], ReturnNode) for each in self._reached(flow, found))
            )
            if now == found:
                return found
            found = now

    def _reached(self, flow: Flow, returning: frozenset[str]) -> set[str]:
        return reachable(flow, flow.start, _through(returning))

    def ways(self, node: Node) -> tuple[Edge, ...]:
        """Return the ways out of a node: of a sub-flow that never comes back there are none."""
        return _through(self.returning)(node)

    def silent_ways(self, node: Node) -> tuple[Edge, ...]:
        """Return the ways out that a caller takes who presses nothing."""
        return tuple(edge for edge in self.ways(node) if not edge.needs_key)

    @cached_property
    def to_person(self) -> Mapping[str, set[str]]:
        """Flow to the nodes from which a caller can get to a person, by whatever keys."""
        return self._leading(self.ways, (QueueNode, TransferNode))

    @cached_property
    def silently_to_person(self) -> Mapping[str, set[str]]:
        """Flow to the nodes from which a caller who presses nothing gets to a person."""
        return self._leading(self.silent_ways, (QueueNode, TransferNode))

    @cached_property
    def to_duty(self) -> Mapping[str, set[str]]:
        """Flow to the nodes from which a caller can at least leave a message or ask to be called back."""
        return self._leading(self.ways, (QueueNode, TransferNode, CallBackNode, MessageNode))

    def _leading(self, ways: Ways, goals: tuple[type[object], ...]) -> dict[str, set[str]]:
        """Return the nodes that lead to a goal in the flow, in its sub-flows, or in the flow that it comes back to."""
        found: dict[str, set[str]] = {flow_id: set() for flow_id in self.flows}
        while True:
            now = {}
            for flow_id, flow in self.flows.items():
                aims = [each for each, node in flow.nodes.items() if self._is_aim(flow_id, node, goals, found)]
                now[flow_id] = leading_to(flow, aims, ways)
            if now == found:
                return found
            found = now

    def _is_aim(self, flow_id: str, node: Node, goals: tuple[type[object], ...], found: Mapping[str, set[str]]) -> bool:
        match node:
            case FlowNode():
                called = self.flows.get(node.flow)
                return called is not None and called.start in found[node.flow]
            case ReturnNode():
                # only where every flow that goes through this one leads on to a goal: then so does each of them
                sites = self.sites.get(flow_id, ())
                return bool(sites) and all(site.next in found[caller] for caller, site in sites)
            case _:
                return isinstance(node, goals)

    @cached_property
    def sites(self) -> Mapping[str, list[tuple[str, FlowNode]]]:
        """Flow to the places that go through it: the flow they are in, and the node."""
        found: dict[str, list[tuple[str, FlowNode]]] = {}
        for flow_id, flow in self.flows.items():
            for node in flow.nodes.values():
                if isinstance(node, FlowNode):
                    found.setdefault(node.flow, []).append((flow_id, node))
        return found


def _through(returning: frozenset[str]) -> Ways:
    def ways(node: Node) -> tuple[Edge, ...]:
        return () if isinstance(node, FlowNode) and node.flow not in returning else edges(node)

    return ways


def _mappings(value: object) -> list[dict[str, object]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _failure_flow(hotline: Mapping[str, object]) -> object:
    rule = hotline.get("on_failure")
    return rule.get("flow") if isinstance(rule, dict) else None
