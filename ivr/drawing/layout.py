"""Puts boxes in columns so that lines are short, cross little, and touch no box.

Columns are given. What this finds is the order in each column (barycentres, the best of several sweeps) and the height
of each box (as near to what leads to it as its neighbours allow). A line over a whole column gets a lane there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ivr.drawing.boxes import HEAD, Box

COLUMN_GAP, BOX_GAP, LANE = 74.0, 16.0, 12.0
SWEEPS = 8


@dataclass(slots=True)
class Line:
    """A line from a way out of a box to another box, over the lanes between them."""

    source: str
    row: int
    target: str
    lanes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Placed:
    """Where everything is."""

    x: dict[str, float] = field(default_factory=dict)
    y: dict[str, float] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    column_end: dict[int, float] = field(default_factory=dict)
    "Column to the right edge of its widest box."
    width: float = 0.0
    height: float = 0.0


@dataclass(slots=True)
class _Slot:
    """A box or a lane in a column."""

    slot_id: str
    layer: int
    height: float
    inlet: float
    "How far below the top lines come in."
    before: list[tuple[str, float]] = field(default_factory=list)
    "What leads here, and how far below its top the line leaves it."
    after: list[tuple[str, float]] = field(default_factory=list)
    "What it leads to, and how far below its own top the line leaves it."


def place(boxes: Sequence[Box]) -> Placed:
    """Return where each box goes; the upper left corner is 0, 0."""
    placed = Placed()
    slots = {box.box_id: _Slot(box.box_id, box.layer, box.height, HEAD / 2) for box in boxes}
    for box in boxes:
        for index, row in enumerate(box.rows):
            placed.lines.append(_connect(slots, box, index, row.target))
    columns: list[list[_Slot]] = [[] for _ in range(max(slot.layer for slot in slots.values()) + 1)]
    for slot in slots.values():
        columns[slot.layer].append(slot)
    columns = _ordered(columns, slots)
    placed.y = _heights(columns, slots)
    x = 0.0
    widths = {box.box_id: box.width for box in boxes}
    for layer, column in enumerate(columns):
        widest = max((widths.get(slot.slot_id, 0.0) for slot in column), default=0.0)
        placed.x.update({slot.slot_id: x for slot in column})
        placed.column_end[layer] = x + widest
        x += widest + COLUMN_GAP
    placed.width = x - COLUMN_GAP
    placed.height = max(placed.y[slot.slot_id] + slot.height for slot in slots.values())
    return placed


def _connect(slots: dict[str, _Slot], box: Box, index: int, target: str) -> Line:
    line = Line(box.box_id, index, target)
    previous, leaves = slots[box.box_id], box.port(index)
    for layer in range(box.layer + 1, slots[target].layer):
        lane = _Slot(f"{box.box_id}:{index}:{layer}", layer, LANE, LANE / 2)
        slots[lane.slot_id] = lane
        line.lanes.append(lane.slot_id)
        previous.after.append((lane.slot_id, leaves))
        lane.before.append((previous.slot_id, leaves))
        previous, leaves = lane, LANE / 2
    previous.after.append((target, leaves))
    slots[target].before.append((previous.slot_id, leaves))
    return line


def _ordered(columns: list[list[_Slot]], slots: Mapping[str, _Slot]) -> list[list[_Slot]]:
    """Return the columns in an order with few crossings."""
    order = _first_order(columns, slots)
    best, fewest = order, _crossings(order)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        order = _swept(order, forward=sweep % 2 == 0)
        crossings = _crossings(order)
        if crossings < fewest:
            best, fewest = order, crossings
    return best


def _first_order(columns: list[list[_Slot]], slots: Mapping[str, _Slot]) -> list[list[_Slot]]:
    """Order each column as a walk through the ways out meets it: no crossing at all where the flow is a tree."""
    ranks: dict[str, int] = {}
    stack = [slot.slot_id for slot in reversed(columns[0])]
    while stack:
        slot_id = stack.pop()
        if slot_id not in ranks:
            ranks[slot_id] = len(ranks)
            stack.extend(target for target, _ in reversed(slots[slot_id].after))
    return [sorted(column, key=lambda slot: ranks.get(slot.slot_id, len(ranks))) for column in columns]


def _swept(columns: list[list[_Slot]], *, forward: bool) -> list[list[_Slot]]:
    columns = [list(column) for column in columns]
    indices = range(1, len(columns)) if forward else range(len(columns) - 2, -1, -1)
    for layer in indices:
        beside = columns[layer - 1] if forward else columns[layer + 1]
        rank = {slot.slot_id: float(index) for index, slot in enumerate(beside)}
        own = {slot.slot_id: index for index, slot in enumerate(columns[layer])}

        def centre(slot: _Slot, rank: Mapping[str, float] = rank, own: Mapping[str, int] = own) -> float:
            near = slot.before if forward else slot.after
            # a port's height inside its box decides between ways out of the same box
            places = [rank[other] + (port / 10_000 if forward else 0.0) for other, port in near if other in rank]
            return sum(places) / len(places) if places else float(own[slot.slot_id])

        columns[layer].sort(key=centre)
    return columns


def _crossings(columns: list[list[_Slot]]) -> int:
    total = 0
    for left, right in pairwise(columns):
        rank = {slot.slot_id: index for index, slot in enumerate(right)}
        ends = [
            rank[target]
            for slot in left
            for target, _ in sorted(slot.after, key=lambda each: each[1])
            if target in rank
        ]
        total += sum(one > other for index, one in enumerate(ends) for other in ends[index + 1 :])
    return total


def _heights(columns: list[list[_Slot]], slots: Mapping[str, _Slot]) -> dict[str, float]:
    """Return each slot's top: sweeps that pull it to what leads to it, then to what it leads to, and back."""
    y: dict[str, float] = {}
    for column in columns:
        top = 0.0
        for slot in column:
            y[slot.slot_id] = top
            top += slot.height + BOX_GAP
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        for column in columns if forward else reversed(columns):
            wanted = [_wanted(slot, slots, y, forward=forward) for slot in column]
            for slot, top in zip(column, _apart(column, wanted), strict=True):
                y[slot.slot_id] = top
    lowest = min(y.values(), default=0.0)
    return {slot_id: top - lowest for slot_id, top in y.items()}


def _wanted(slot: _Slot, slots: Mapping[str, _Slot], y: Mapping[str, float], *, forward: bool) -> float:
    if forward:
        places = [y[other] + port - slot.inlet for other, port in slot.before]
    else:
        places = [y[other] + slots[other].inlet - port for other, port in slot.after]
    if not places:
        return y[slot.slot_id]
    places.sort()
    middle = len(places) // 2
    return places[middle] if len(places) % 2 else (places[middle - 1] + places[middle]) / 2


def _apart(column: Sequence[_Slot], wanted: Sequence[float]) -> list[float]:
    """Return tops as near to the wanted ones as order and gaps allow (pool adjacent violators)."""
    offsets, total = [], 0.0
    for slot in column:
        offsets.append(total)
        total += slot.height + BOX_GAP
    pools: list[tuple[float, int]] = []  # sum of what is wanted, number of slots
    for place_, offset in zip(wanted, offsets, strict=True):
        pools.append((place_ - offset, 1))
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] > pools[-1][0] / pools[-1][1]:
            last = pools.pop()
            before = pools.pop()
            pools.append((before[0] + last[0], before[1] + last[1]))
    tops: list[float] = []
    for total_wanted, count in pools:
        tops.extend([total_wanted / count] * count)
    return [top + offset for top, offset in zip(tops, offsets, strict=True)]
