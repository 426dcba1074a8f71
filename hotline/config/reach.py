"""Checks where calls can get to inside one flow, and which queues lead to a person."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from acd.model import CallQueue, OperatorProfile
from hotline.config.positions import Document, Keys
from hotline.config.problems import Problems
from ivr.graph import Ways, edges, reachable, rings, silent, way_round
from ivr.model import ChooseNode, Flow, HangUpNode, LookUpNode, MessageNode, SayNode


def check_flow(document: Document, flow_id: str, flow: Flow, problems: Problems) -> None:
    """Add what is wrong with a flow whose names all exist, looked at by itself."""
    at: Keys = ("flows", flow_id, "nodes")
    _check_reached(document, at, flow, problems)
    _check_loops(document, at, flow, problems)
    _check_speechless_ends(document, at, flow, problems)


def _check_reached(document: Document, at: Keys, flow: Flow, problems: Problems) -> None:
    reached = reachable(flow, flow.start)
    lost = [node_id for node_id in flow.nodes if node_id not in reached]
    led_to = {edge.target for node_id in lost for edge in edges(flow.nodes[node_id]) if edge.target != node_id}
    told: set[str] = set()
    # those that nothing leads to stand for all behind them; what is left leads only to itself, in a ring
    for node_id in sorted(lost, key=led_to.__contains__):
        if node_id in told:
            continue
        behind = (reachable(flow, node_id) & set(lost)) - told - {node_id}
        told |= behind | {node_id}
        place = document.place_of_key((*at, node_id))
        more = f" and the {len(behind)} behind it" if behind else ""
        text = f"no call can get to the node {node_id}{more}: nothing leads to it from {flow.start}"
        problems.add(document.file, place.line, place.column, f"{text}; remove it or lead to it")


def _check_loops(document: Document, at: Keys, flow: Flow, problems: Problems) -> None:
    everywhere, in_silence = _following(flow, edges), _following(flow, silent)
    closed = [ring for ring in rings(flow.nodes, everywhere) if _has_no_exit(ring, everywhere)]
    for ring in closed:
        place = document.place_of_key((*at, ring[0]))
        way = _written(ring, everywhere)
        text = f"a loop without an exit, a caller goes round for ever: {way}; lead one of them to a queue"
        problems.add(document.file, place.line, place.column, text)
    for ring in rings(flow.nodes, in_silence):
        if any(set(ring) <= set(outer) for outer in closed):
            continue
        place = document.place_of_key((*at, ring[0]))
        way = _written(ring, in_silence)
        if _has_no_exit(ring, in_silence):
            text = f"a caller who presses nothing goes round for ever: {way}; lead one of them to a queue"
            problems.add(document.file, place.line, place.column, text)
        elif not any(isinstance(flow.nodes[node_id], MessageNode) for node_id in ring):
            decides = next(node_id for node_id in ring if isinstance(flow.nodes[node_id], ChooseNode | LookUpNode))
            text = f"while {decides} decides the same, a caller who presses nothing goes round: {way}; lead out of it"
            problems.warn(document.file, place.line, place.column, text)


def _following(flow: Flow, ways: Ways) -> Callable[[str], tuple[str, ...]]:
    after = {node_id: tuple(edge.target for edge in ways(node)) for node_id, node in flow.nodes.items()}
    return lambda node_id: after.get(node_id, ())


def _has_no_exit(ring: tuple[str, ...], after: Callable[[str], Iterable[str]]) -> bool:
    inside = set(ring)
    return all(target in inside for node_id in ring for target in after(node_id))


def _written(ring: tuple[str, ...], after: Callable[[str], Iterable[str]]) -> str:
    return " → ".join(way_round(ring, after))


def _check_speechless_ends(document: Document, at: Keys, flow: Flow, problems: Problems) -> None:
    """A caller who is hung up on without a word believes that the line broke."""
    for node_id, node in flow.nodes.items():
        if not isinstance(node, HangUpNode) or node.prompt is not None:
            continue
        before = [each for each in flow.nodes.values() if any(edge.target == node_id for edge in edges(each))]
        if not before or not all(_has_spoken(each) for each in before):
            place = document.place_of_key((*at, node_id))
            text = f"a caller is hung up on at {node_id} without a word; add 'prompt: goodbye'"
            problems.warn(document.file, place.line, place.column, text)


def _has_spoken(node: object) -> bool:
    return isinstance(node, SayNode) or (getattr(node, "prompt", None) is not None and hasattr(node, "next"))


def check_queues(
    document: Document, queues: Iterable[CallQueue], operators: Mapping[str, OperatorProfile], problems: Problems
) -> None:
    """Add a problem for each queue that no operator can serve, and for queues that overflow into each other."""
    by_id = {queue.queue_id: queue for queue in queues}
    for index, queue in enumerate(by_id.values()):
        if not any(queue.is_served_by(operator) for operator in operators.values()):
            place = document.place_of_key(("queues", index, "id"))
            needs = str(queue.needs_in_steps()[-1])
            text = f"no operator can serve the queue {queue.queue_id}: it needs {needs}; see skills in operators.yaml"
            problems.add(document.file, place.line, place.column, text)
        way = _overflow_way(by_id, queue)
        if way and way[-1] == queue.queue_id:
            place = document.place(("queues", index, "overflow"))
            problems.add(document.file, place.line, place.column, f"calls overflow in a circle: {' → '.join(way)}")


def next_queue(queue: CallQueue) -> str | None:
    """Return the queue that takes the calls which waited too long in this one."""
    return queue.overflow.max_wait.queue if queue.overflow.max_wait is not None else None


def _overflow_way(queues: Mapping[str, CallQueue], queue: CallQueue) -> list[str]:
    way = [queue.queue_id]
    following = next_queue(queue)
    while following is not None:
        way.append(following)
        if following in way[:-1]:
            break
        following = next_queue(queues[following])
    return way if len(way) > 1 else []
