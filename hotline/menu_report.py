"""Figures of menus for people and machines: rows of a report, and what a picture shows beside its nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from calls.menu_figures import MenuFigures, NodeTally
from ivr.drawing import NodeFigures

COLUMNS = (
    "line",
    "flow",
    "node",
    "kind",
    "entries",
    "keys",
    "answered",
    "no_input",
    "invalid_input",
    "hung_up",
    "mean_seconds",
    "drop_off",
)
"""Of a row, in the order in which they are shown."""


def rows_of(figures: MenuFigures, line: str | None = None) -> list[dict[str, Any]]:
    """Return a row for each node that a caller came to."""
    return [
        {"line": line_id, "flow": flow_id, "node": node_id, **tally.as_dict()}
        for (line_id, flow_id, node_id), tally in figures.of_line(line)
    ]


def lines_of(figures: MenuFigures) -> list[dict[str, Any]]:
    """Return each line's calls, by the rule that gave them their flow."""
    return [
        {"line": line_id, "calls": tally.calls, "rules": dict(tally.rules)}
        for line_id, tally in sorted(figures.lines.items())
    ]


def picture_figures(figures: MenuFigures, line: str | None) -> Mapping[tuple[str, str], NodeFigures]:
    """Return what a picture of one line, or of all, shows beside its nodes."""
    together: dict[tuple[str, str], NodeFigures] = {}
    for (_, flow_id, node_id), tally in figures.of_line(line):
        together[flow_id, node_id] = _sum(together.get((flow_id, node_id)), tally)
    return together


def _sum(before: NodeFigures | None, tally: NodeTally) -> NodeFigures:
    before = before or NodeFigures(0)
    ways = dict(before.ways)
    for way, count in (*tally.keys.items(), ("no_input", tally.no_input), ("invalid_input", tally.invalid_input)):
        ways[way] = ways.get(way, 0) + count
    return NodeFigures(before.entries + tally.entries, before.hung_up + tally.hung_up, ways)
