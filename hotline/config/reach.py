"""Checks where callers can get to: nodes that nothing leads to, menus without a person, waits without an operator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from acd.model import CallQueue, OperatorProfile
from hotline.config.positions import Document, Keys
from hotline.config.problems import Problems, listed
from ivr.model import Flow, HangUpNode, MenuNode, Node, QueueNode, SayNode, SetLanguageNode, TransferNode


def check_flow(document: Document, flow_id: str, flow: Flow, problems: Problems) -> None:
    """Add the problems of a flow whose names all exist."""
    at: Keys = ("flows", flow_id, "nodes")
    reached = reachable(flow, flow.start)
    for node_id in flow.nodes:
        if node_id not in reached:
            place = document.place_of_key((*at, node_id))
            text = (
                f"no call can get to the node {node_id}: nothing leads to it from {flow.start}; remove it or lead to it"
            )
            problems.add(document.file, place.line, place.column, text)
    for node_id, node in flow.nodes.items():
        if isinstance(node, MenuNode) and not _reaches_person(flow, node_id):
            place = document.place_of_key((*at, node_id))
            text = f"from the menu {node_id} no person can be reached; lead a key or no_input to a queue or a transfer"
            problems.add(document.file, place.line, place.column, text)
    for loop in silent_loops(flow):
        place = document.place_of_key((*at, loop[0]))
        way = " → ".join((*loop, loop[0]))
        text = f"a caller who presses nothing goes round for ever: {way}; lead one of them to a queue"
        problems.add(document.file, place.line, place.column, text)


def reachable(flow: Flow, start: str) -> set[str]:
    """Return the nodes that a call at `start` can get to, itself included."""
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        node_id = waiting.pop()
        if node_id not in reached and node_id in flow.nodes:
            reached.add(node_id)
            waiting.extend(flow.nodes[node_id].next_nodes())
    return reached


def silent_loops(flow: Flow) -> list[tuple[str, ...]]:
    """Return each way that leads back to its beginning although the caller presses nothing."""
    loops: list[tuple[str, ...]] = []
    done: set[str] = set()
    for start in flow.nodes:
        way: list[str] = []
        node_id: str | None = start
        while node_id is not None and node_id in flow.nodes and node_id not in done:
            if node_id in way:
                loops.append(tuple(way[way.index(node_id) :]))
                break
            way.append(node_id)
            node_id = silent_next(flow.nodes[node_id])
        done.update(way)
    return loops


def silent_next(node: Node) -> str | None:
    """Return the node that follows when the caller presses nothing, or None where the flow ends."""
    match node:
        case SayNode() | SetLanguageNode():
            return node.next
        case MenuNode():
            return node.no_input
        case QueueNode() | TransferNode() | HangUpNode():
            return None


def check_queues(
    document: Document, queues: Iterable[CallQueue], operators: Mapping[str, OperatorProfile], problems: Problems
) -> None:
    """Add a problem for each queue that no operator can serve, and for queues that overflow into each other."""
    by_id = {queue.queue_id: queue for queue in queues}
    for index, queue in enumerate(by_id.values()):
        if not any(queue.is_served_by(operator) for operator in operators.values()):
            place = document.place_of_key(("queues", index, "id"))
            needs = listed(f"{skill} {level}" for skill, level in queue.skills.items())
            text = f"no operator can serve the queue {queue.queue_id}: it needs {needs}; see skills in operators.yaml"
            problems.add(document.file, place.line, place.column, text)
        way = _overflow_way(by_id, queue)
        if way and way[-1] == queue.queue_id:
            place = document.place(("queues", index, "overflow"))
            problems.add(document.file, place.line, place.column, f"calls overflow in a circle: {' → '.join(way)}")


def _overflow_way(queues: Mapping[str, CallQueue], queue: CallQueue) -> list[str]:
    way = [queue.queue_id]
    following = queue.overflow
    while following is not None:
        way.append(following)
        if following in way[:-1]:
            break
        following = queues[following].overflow
    return way if len(way) > 1 else []


def _reaches_person(flow: Flow, node_id: str) -> bool:
    return any(isinstance(flow.nodes[each], QueueNode | TransferNode) for each in reachable(flow, node_id))
