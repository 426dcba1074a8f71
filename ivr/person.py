"""A person is one key away: a flow's `person` is written into each of its menus that says nothing else."""

from __future__ import annotations

from typing import Any

NO_PERSON = "none"
"`person: none`: this menu leads to no person by itself."


def fill_person(flow: Any) -> Any:
    """Write a flow's `person` into the raw menus that say nothing else, so that every way is written out."""
    nodes = flow.get("nodes") if isinstance(flow, dict) else None
    if not isinstance(nodes, dict):
        return flow
    return {**flow, "nodes": {name: _with_person(node, flow.get("person")) for name, node in nodes.items()}}


def _with_person(node: Any, of_flow: Any) -> Any:
    if not isinstance(node, dict) or node.get("kind") not in ("menu", "collect"):
        return node
    person = node.get("person", of_flow) if node["kind"] == "menu" else of_flow
    if not isinstance(person, str) or person == NO_PERSON:
        return node
    filled = {"no_input": person, **node}
    if node["kind"] == "menu" and isinstance(keys := node.get("keys"), dict):
        filled["keys"] = {**keys, **({} if "0" in keys else {"0": person})}
    return filled
