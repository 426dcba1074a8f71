"""Proves that a person is never far: from every menu, on every way through a line's flow during opening hours."""

from __future__ import annotations

from hotline.config.positions import Document, Keys
from hotline.config.problems import Problems
from hotline.config.whole import Whole
from ivr.graph import Edge, Way, edges, reachable
from ivr.model import (
    NO_PERSON,
    CallBackNode,
    ChooseNode,
    Flow,
    FlowNode,
    HangUpNode,
    MenuNode,
    MessageNode,
    Node,
    ReturnNode,
)


def check_persons(document: Document, whole: Whole, problems: Problems) -> None:
    """Add a problem for each menu and each way on which a caller can't get to a person."""
    everywhere = whole.open_flows or whole.flows  # without a readable city.yaml any flow may be a line's
    for flow_id in everywhere:
        flow = whole.flows[flow_id]
        lost = {
            node_id
            for node_id, node in flow.nodes.items()
            if isinstance(node, MenuNode) and not _has_person(document, whole, flow_id, flow, node_id, node, problems)
        }
        if flow_id in whole.first_flows and not lost:
            _check_start(document, whole, flow_id, flow, problems)
        _check_branches(document, whole, flow_id, flow, lost, problems)


def _has_person(
    document: Document, whole: Whole, flow_id: str, flow: Flow, node_id: str, menu: MenuNode, problems: Problems
) -> bool:
    """Say whether a person can be reached from this menu, however far; add what is wrong with the way there."""
    place = document.place_of_key(("flows", flow_id, "nodes", node_id))
    said_otherwise = NO_PERSON in (menu.person, flow.person if menu.person is None else None)
    if node_id not in whole.to_person[flow_id]:
        if not said_otherwise:
            text = f"from the menu {node_id} no person can be reached; lead a key or no_input to a queue or a transfer"
            problems.add(document.file, place.line, place.column, text)
        return said_otherwise
    near = whole.silently_to_person[flow_id]
    if said_otherwise or menu.no_input in near:
        return True
    if menu.keys.get("0") in near:
        if _ends_silently(whole, flow, menu.no_input):
            text = (
                f"a caller who presses nothing at the menu {node_id} is hung up on without having reached a person;"
                " lead no_input to a queue"
            )
            problems.warn(document.file, place.line, place.column, text)
        return True
    text = (
        f"at the menu {node_id} neither key 0 nor silence leads to a person; lead one of them to a queue, or give the"
        " flow 'person: <queue node>'; where this is meant write 'person: none' into the menu"
    )
    problems.add(document.file, place.line, place.column, text)
    return True


def _ends_silently(whole: Whole, flow: Flow, start: str) -> bool:
    return any(isinstance(flow.nodes[each], HangUpNode) for each in reachable(flow, start, whole.silent_ways))


def _check_start(document: Document, whole: Whole, flow_id: str, flow: Flow, problems: Problems) -> None:
    if flow.start in whole.to_person[flow_id] or flow.person == NO_PERSON:
        return
    place = document.place_of_key(("flows", flow_id))
    text = (
        f"no caller of the flow {flow_id} can reach a person; lead to a queue or a transfer; where this is meant write"
        " 'person: none' into the flow"
    )
    # a message or a wish to be called back reaches a person later
    tell = problems.warn if flow.start in whole.to_duty[flow_id] else problems.add
    tell(document.file, place.line, place.column, text)


def _check_branches(
    document: Document, whole: Whole, flow_id: str, flow: Flow, lost: set[str], problems: Problems
) -> None:
    """Warn where a way leaves the nodes from which a person can be reached, without a reason."""
    safe = whole.to_person[flow_id] | whole.to_duty[flow_id]
    told: set[str] = set()
    for node_id in reachable(flow, flow.start, whole.ways):
        node = flow.nodes[node_id]
        for edge in whole.ways(node) if node_id in safe else ():
            if edge.target in safe | told or _is_meant(flow, node, edge):
                continue
            if lost & reachable(flow, edge.target, edges):
                continue  # the menu on that way is told of already
            told.add(edge.target)
            at: Keys = ("flows", flow_id, "nodes", edge.target)
            place = document.place_of_key(at)
            text = f"from {edge.target} on no person can be reached any more; lead back to a menu, or to a queue"
            problems.warn(document.file, place.line, place.column, text)


def _is_meant(flow: Flow, node: Node, edge: Edge) -> bool:
    """Say whether a way without a person is plainly what the admin wants."""
    by_choice = edge.way == Way.CASE and isinstance(node, ChooseNode) and node.by in ("caller", "hours")
    target = flow.nodes[edge.target]
    is_done = isinstance(node, CallBackNode | MessageNode)  # a person will call
    ends = isinstance(target, HangUpNode | ReturnNode) and edge.way == Way.KEY
    menu_says_so = isinstance(node, MenuNode) and node.person == NO_PERSON
    return (
        by_choice
        or is_done
        or ends
        or menu_says_so
        or flow.person == NO_PERSON
        or isinstance(target, FlowNode | ReturnNode)
    )
