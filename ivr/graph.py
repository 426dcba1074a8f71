"""A flow as a graph: the ways out of each node and where they lead. Checking, drawing and comparing stand on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from ivr.model import (
    CallBackNode,
    ChooseNode,
    CollectNode,
    Flow,
    FlowNode,
    HangUpNode,
    LookUpNode,
    MenuNode,
    MessageNode,
    Node,
    QueueNode,
    ReturnNode,
    SayNode,
    SetLanguageNode,
    SetNode,
    SurveyNode,
    TransferNode,
)


class Way(StrEnum):
    """Why a call leaves a node by this way."""

    NEXT = "next"
    KEY = "key"
    NO_INPUT = "no_input"
    INVALID_INPUT = "invalid_input"
    CASE = "case"
    OTHERWISE = "otherwise"
    FALLBACK = "fallback"


@dataclass(frozen=True, slots=True)
class Edge:
    """One way out of a node."""

    way: Way
    value: str
    "The key, or the case's value;  for the others."
    target: str

    @property
    def needs_key(self) -> bool:
        """Whether only a caller who presses something gets here."""
        return self.way in (Way.KEY, Way.INVALID_INPUT)


Ways: TypeAlias = Callable[[Node], tuple[Edge, ...]]
"Which ways out of a node count."


def edges(node: Node) -> tuple[Edge, ...]:
    """Return the ways out of a node in the order in which an admin reads them."""
    match node:
        case MenuNode():
            keys = [Edge(Way.KEY, key, target) for key, target in node.keys.items()]
            return (*keys, *_silence_and_mistake(node))
        case CollectNode():
            # the digits are a key press: a caller who presses nothing does not get to `next`
            return (Edge(Way.KEY, "", node.next), *_silence_and_mistake(node))
        case ChooseNode():
            return (*_cases(node.cases), Edge(Way.OTHERWISE, "", node.otherwise))
        case LookUpNode():
            return (*_cases(node.cases), Edge(Way.NEXT, "", node.next), Edge(Way.FALLBACK, "", node.fallback))
        case SayNode() | SetLanguageNode() | SetNode() | CallBackNode() | MessageNode() | SurveyNode() | FlowNode():
            return (Edge(Way.NEXT, "", node.next),)
        case QueueNode() | TransferNode() | HangUpNode() | ReturnNode():
            return ()


def _cases(cases: Mapping[str, str]) -> list[Edge]:
    return [Edge(Way.CASE, value, target) for value, target in cases.items()]


def _silence_and_mistake(node: MenuNode | CollectNode) -> tuple[Edge, ...]:
    silence = Edge(Way.NO_INPUT, "", node.no_input)
    if node.after_invalid_input == node.no_input:
        return (silence,)
    return (silence, Edge(Way.INVALID_INPUT, "", node.after_invalid_input))


def prompts_of(node: Node) -> tuple[str, ...]:
    """Return the names of the prompts that a node speaks."""
    named = [getattr(node, field, None) for field in ("prompt", "thanks")]
    if isinstance(node, CollectNode):
        named.append(node.confirm_prompt)
    return tuple(name for name in named if name)


def silent(node: Node) -> tuple[Edge, ...]:
    """Return the ways out that a caller takes who presses nothing."""
    return tuple(edge for edge in edges(node) if not edge.needs_key)


def reachable(flow: Flow, start: str, ways: Ways = edges) -> set[str]:
    """Return the nodes that a call at `start` can get to by these ways, itself included."""
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        node_id = waiting.pop()
        if node_id not in reached and node_id in flow.nodes:
            reached.add(node_id)
            waiting.extend(edge.target for edge in ways(flow.nodes[node_id]))
    return reached


def leading_to(flow: Flow, goals: Iterable[str], ways: Ways = edges) -> set[str]:
    """Return the nodes from which one of the goals can be reached, the goals included."""
    before: dict[str, list[str]] = {}
    for node_id, node in flow.nodes.items():
        for edge in ways(node):
            before.setdefault(edge.target, []).append(node_id)
    found: set[str] = set()
    waiting = list(goals)
    while waiting:
        node_id = waiting.pop()
        if node_id not in found:
            found.add(node_id)
            waiting.extend(before.get(node_id, ()))
    return found


def rings(nodes: Iterable[str], after: Callable[[str], Iterable[str]]) -> list[tuple[str, ...]]:
    """Return the sets of nodes that lead to each other, each in the order of `nodes`; a single one only where it leads
    to itself. Kosaraju: without recursion, since a flow may be a chain of thousands of nodes."""
    order = {node_id: index for index, node_id in enumerate(nodes)}
    following = {node_id: [each for each in after(node_id) if each in order] for node_id in order}
    before: dict[str, list[str]] = {node_id: [] for node_id in order}
    for node_id, targets in following.items():
        for target in targets:
            before[target].append(node_id)
    found: list[tuple[str, ...]] = []
    seen: set[str] = set()
    for root in reversed(_finished(order, following)):
        ring = _collect(root, before, seen)
        if len(ring) > 1 or any(node_id in following[node_id] for node_id in ring):
            found.append(tuple(sorted(ring, key=order.__getitem__)))
    return found


def _finished(nodes: Iterable[str], following: Mapping[str, list[str]]) -> list[str]:
    """Return the nodes in the order in which a depth-first walk has done with them."""
    done: list[str] = []
    seen: set[str] = set()
    for root in nodes:
        work = [] if root in seen else [(root, iter(following[root]))]
        seen.add(root)
        while work:
            node_id, steps = work[-1]
            step = next((each for each in steps if each not in seen), None)
            if step is None:
                work.pop()
                done.append(node_id)
            else:
                seen.add(step)
                work.append((step, iter(following[step])))
    return done


def _collect(root: str, before: Mapping[str, list[str]], seen: set[str]) -> list[str]:
    collected: list[str] = []
    waiting = [root]
    while waiting:
        node_id = waiting.pop()
        if node_id not in seen:
            seen.add(node_id)
            collected.append(node_id)
            waiting.extend(before[node_id])
    return collected


def way_round(ring: tuple[str, ...], after: Callable[[str], Iterable[str]]) -> tuple[str, ...]:
    """Return one way through a ring that leads back to its first node: the shortest."""
    start, inside = ring[0], set(ring)
    came_from: dict[str, str] = {}
    waiting = [start]
    while waiting:
        following: list[str] = []
        for node_id in waiting:
            for step in after(node_id):
                if step == start:
                    way = [node_id]
                    while way[-1] != start:
                        way.append(came_from[way[-1]])
                    return (*reversed(way), start)
                if step in inside and step not in came_from:
                    came_from[step] = node_id
                    following.append(step)
        waiting = following
    return ring
