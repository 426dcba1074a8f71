"""How many menus a caller has gone through at the least when they come to each menu, sub-flows included."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from hotline.config.whole import Whole
from ivr.model import Flow, FlowNode, MenuNode, ReturnNode

FAR = 10_000
"More menus than any call passes."


def menu_depths(whole: Whole) -> Mapping[str, Mapping[str, int]]:
    """Return flow to menu to the fewest menus in a row up to it, itself counted, over every line and key."""
    through = _through(whole)
    inside = {flow_id: _inside(flow, through) for flow_id, flow in whole.flows.items()}
    entry = {flow_id: (0 if flow_id in whole.first_flows else FAR) for flow_id in whole.flows}
    for _ in whole.flows:  # as many rounds as flows can be nested
        changed = False
        for flow_id, sites in whole.sites.items():
            if flow_id not in entry:
                continue
            best = min(
                (entry[caller] + _site_depth(whole, inside, caller, site) for caller, site in sites), default=FAR
            )
            if best < entry[flow_id]:
                entry[flow_id], changed = best, True
        if not changed:
            break
    return {
        flow_id: {
            node_id: entry[flow_id] + depth
            for node_id, depth in inside[flow_id].items()
            if isinstance(flow.nodes[node_id], MenuNode) and entry[flow_id] < FAR
        }
        for flow_id, flow in whole.flows.items()
    }


def _site_depth(whole: Whole, inside: Mapping[str, Mapping[str, int]], caller: str, site: FlowNode) -> int:
    nodes = whole.flows[caller].nodes
    return next((inside[caller][each] for each in inside[caller] if nodes[each] is site), FAR)


def _through(whole: Whole) -> Mapping[str, int]:
    """Return flow to the fewest menus from its start to its return; FAR where it never comes back."""
    found = dict.fromkeys(whole.flows, FAR)
    for _ in whole.flows:
        now = {flow_id: _to_return(flow, found) for flow_id, flow in whole.flows.items()}
        if now == found:
            break
        found = now
    return found


def _to_return(flow: Flow, through: Mapping[str, int]) -> int:
    depths = _inside(flow, through)
    return min((depths[each] for each in depths if isinstance(flow.nodes[each], ReturnNode)), default=FAR)


def _inside(flow: Flow, through: Mapping[str, int]) -> dict[str, int]:
    """Return node to the fewest menus from the flow's start to it, itself counted."""
    depths: dict[str, int] = {}
    by_depth: dict[int, list[str]] = {0: [flow.start]}
    depth = 0
    while by_depth:
        if not (waiting := by_depth.get(depth)):
            by_depth.pop(depth, None)
            depth = min(by_depth, default=depth)
            continue
        node_id = waiting.pop()
        node = flow.nodes.get(node_id)
        if node is None or depths.get(node_id, FAR) <= depth:
            continue
        own = depth + 1 if isinstance(node, MenuNode) else depth
        if depths.get(node_id, FAR) <= own:
            continue
        depths[node_id] = own
        after = own + (through.get(node.flow, FAR) if isinstance(node, FlowNode) else 0)
        if after < FAR:
            _push(by_depth, after, node.next_nodes())
    return depths


def _push(by_depth: dict[int, list[str]], depth: int, nodes: Iterable[str]) -> None:
    by_depth.setdefault(depth, []).extend(nodes)
