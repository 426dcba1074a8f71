"""What stands in each box of a picture: one box for a node, and one for each time that a flow ends somewhere.

Ends are drawn beside the node that leads to them, again and again where need be, and ways back are written, not drawn:
so no line has to cross the picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ivr.drawing.book import Book
from ivr.drawing.figures import Figures, NodeFigures
from ivr.drawing.text import wrapped
from ivr.drawing.words import Words
from ivr.graph import Edge, Way, edges
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
    SetLanguageNode,
    SetNode,
    SurveyNode,
    TransferNode,
)

WIDTH, LEAF_WIDTH, ENTRY_WIDTH = 250.0, 210.0, 190.0
HEAD, LINE, ROW, FOOT, PAD = 30.0, 19.0, 26.0, 24.0, 7.0
TEXT_SIZE = 13.0
TEXT_LINES = 4

ENDS = (QueueNode, TransferNode, HangUpNode, ReturnNode)


@dataclass(slots=True)
class Row:
    """One way out of a box, with everything that leads there."""

    badges: tuple[str, ...]
    "Keys."
    words: str
    "What else leads there: no key, a case."
    target: str
    "Box that it leads to."
    count: int | None = None
    "Calls that took it."
    leads_to: str = ""
    "Node that it leads to, as an admin calls it."


@dataclass(slots=True)
class Box:
    """One box, with what stands in it."""

    box_id: str
    kind: str
    title: str
    lines: list[str]
    rows: list[Row]
    width: float = WIDTH
    tooltip: str = ""
    figures: NodeFigures | None = None
    layer: int = 0
    is_end: bool = False
    "The flow ends here: nobody hangs up on us here any more."

    @property
    def shows_rows(self) -> bool:
        """Whether its ways out are written: a single way on needs no words."""
        return any(row.badges or row.words for row in self.rows)

    @property
    def height(self) -> float:
        """Height in pixels."""
        text = len(self.lines) * LINE + (PAD * 1.5 if self.lines else 0)
        rows = len(self.rows) * ROW + PAD if self.shows_rows else 0
        return HEAD + text + rows + (FOOT if self.figures else 0)

    def port(self, index: int) -> float:
        """How far below the box's top its way out leaves it."""
        if not self.shows_rows:
            return HEAD / 2
        text = len(self.lines) * LINE + (PAD * 1.5 if self.lines else 0)
        return HEAD + text + ROW * (index + 0.5) + PAD / 2


class Boxes:
    """Makes the boxes of one flow."""

    def __init__(self, book: Book, words: Words, figures: Figures | None) -> None:
        self._book = book
        self._words = words
        self._figures = figures or {}

    def of(self, flow_id: str, flow: Flow, entry: str) -> list[Box]:
        """Return the boxes of a flow, each layer's from top to bottom as a caller meets them; `entry` leads in."""
        backward = _backward(flow)
        layers = _layers(flow, backward)
        first = Box("", "entry", entry, [], [Row((), "", flow.start)], ENTRY_WIDTH, layer=0)
        found = [first]
        for node_id, layer in layers.items():
            box = self._box(flow_id, node_id, flow.nodes[node_id])
            box.layer = layer + 1
            found.append(box)
            for index, row in enumerate(box.rows):
                target = row.target
                is_way_back = (node_id, target) in backward
                is_far = not isinstance(flow.nodes[target], ENDS) and layers[target] > layer + 2
                if isinstance(flow.nodes[target], ENDS) or is_way_back or is_far:
                    leaf = self._leaf(flow_id, f"{node_id}>{index}", target, flow.nodes[target], back=is_way_back)
                    leaf.layer = layer + 2
                    row.target = leaf.box_id
                    found.append(leaf)
        if isinstance(flow.nodes[flow.start], ENDS):
            leaf = self._leaf(flow_id, flow.start, flow.start, flow.nodes[flow.start], back=False)
            leaf.layer = 1
            found.append(leaf)
        return found

    def _box(self, flow_id: str, node_id: str, node: Node) -> Box:
        figures = self._figures.get((flow_id, node_id))
        rows = _rows(node, self._words, figures)
        lines, tooltip = self._text(node)
        return Box(node_id, node.kind, node_id, lines, rows, tooltip=tooltip, figures=figures)

    def _leaf(self, flow_id: str, box_id: str, node_id: str, node: Node, *, back: bool) -> Box:
        if not isinstance(node, ENDS):
            word = self._words("back_to" if back else "goes_to")
            return Box(box_id, "goto", f"{word} {node_id}", [], [], LEAF_WIDTH)
        lines, tooltip = self._text(node)
        figures = self._figures.get((flow_id, node_id))
        return Box(box_id, node.kind, node_id, lines, [], LEAF_WIDTH, tooltip, figures, is_end=True)

    def _text(self, node: Node) -> tuple[list[str], str]:
        """Return the lines in a box, and the whole text for whoever points at it."""
        facts = self._facts(node)
        prompt = getattr(node, "prompt", None)
        spoken = self._words.name(self._book.prompts.get(prompt, {})) if prompt else ""
        width = LEAF_WIDTH if isinstance(node, ENDS) else WIDTH
        lines = [line for fact in facts for line in wrapped(fact, TEXT_SIZE, width - 20, 2)]
        if spoken:
            lines += wrapped(spoken, TEXT_SIZE, width - 20, TEXT_LINES)
        return lines, "\n".join([*facts, *([f"{prompt}: {spoken}"] if spoken else [])])

    def _facts(self, node: Node) -> list[str]:
        words, book = self._words, self._book
        match node:
            case QueueNode():
                queue = book.queues[node.queue]
                skills = " ".join(f"{skill}≥{level}" for skill, level in queue.skills.items())
                return [words.name(queue.name), f"{node.queue} · {words('skills')} {skills}" if skills else node.queue]
            case TransferNode():
                hotline = book.hotlines.by_id(node.hotline)
                return [f"{words.name(hotline.name)} {hotline.number}"]
            case CollectNode():
                count = words("digits_of", a=node.min_digits, b=node.max_digits)
                return [f"→ {node.into} · {count if node.min_digits != node.max_digits else node.max_digits}"]
            case ChooseNode():
                return [self._choice(node)]
            case SetLanguageNode():
                return [f"→ {node.language}"]
            case SetNode():
                return _settings(node, words)
            case LookUpNode():
                return [f"{node.table or node.url} → {node.into} · {words('seconds', n=f'{node.timeout_seconds:g}')}"]
            case CallBackNode():
                return [words("caller_number") if node.number == "caller" else node.number]
            case MessageNode():
                return [words("seconds", n=node.max_seconds)]
            case SurveyNode():
                return [f"1–{node.scale}"]
            case FlowNode():
                given = ", ".join(f"{name}={value}" for name, value in node.arguments.items())
                return [f"{node.flow}({given})"]
            case _:
                return []

    def _choice(self, node: ChooseNode) -> str:
        words = self._words
        if node.by == "hours":
            named = self._book.hours.get(node.hours) if node.hours else None
            return f"{words('by_hours')} {node.hours}: {words.hours(named)}" if named else words("by_hours")
        known = f"by_{node.by}"
        return words(known) if words(known) != known else f"{words('by_variable')} {node.by}"


def _settings(node: SetNode, words: Words) -> list[str]:
    parts = [f"→ {node.language}"] if node.language else []
    parts += [f"{words('priority')} +{node.priority}"] if node.priority else []
    parts += [f"{words('topic')} {node.topic}"] if node.topic else []
    parts += [f"{skill}≥{level}" for skill, level in node.skills.items()]
    parts += [f"{name}={value}" for name, value in node.variables.items()]
    return [", ".join(parts)] if parts else []


def _rows(node: Node, words: Words, figures: NodeFigures | None) -> list[Row]:
    """Return a node's ways out, those that lead to the same node as one."""
    together: dict[str, list[Edge]] = {}
    for edge in edges(node):
        together.setdefault(edge.target, []).append(edge)
    rows = []
    for target, ways in together.items():
        keys = tuple(sorted({edge.value for edge in ways if edge.way == Way.KEY and edge.value}, key=_key_order))
        others = [_word(node, edge, words) for edge in ways if edge.way not in (Way.KEY, Way.NEXT)]
        if isinstance(node, CollectNode):
            others += [words("digits") for edge in ways if edge.way == Way.KEY]
        elif isinstance(node, LookUpNode):
            others += [words("otherwise") for edge in ways if edge.way == Way.NEXT]
        rows.append(Row(keys, " / ".join(others), target, _count(ways, figures), target))
    if isinstance(node, MenuNode):
        # keys as on a telephone from top to bottom; what silence leads to comes last
        rows.sort(key=lambda row: (_row_order(row), row.badges[:1]))
    return rows


def _row_order(row: Row) -> int:
    return min((_key_order(key) for key in row.badges), default=99) if row.badges != ("0",) else 10


def _key_order(key: str) -> int:
    return "123456789*0#".index(key) if key in "123456789*0#" else 50


def _word(node: Node, edge: Edge, words: Words) -> str:
    if edge.way != Way.CASE:
        return words(edge.way.value)
    # an answer or a variable's value is the city's own word
    return words(edge.value) if isinstance(node, ChooseNode) and node.by in ("hours", "caller") else edge.value


def _count(ways: list[Edge], figures: NodeFigures | None) -> int | None:
    names = [edge.value or edge.way.value for edge in ways]
    if figures is None or not any(name in figures.ways for name in names):
        return None
    return sum(figures.ways.get(name, 0) for name in names)


def _backward(flow: Flow) -> set[tuple[str, str]]:
    """Return the ways that lead back to a node which the caller came through."""
    found: set[tuple[str, str]] = set()
    done: set[str] = set()
    way: dict[str, None] = {flow.start: None}
    work = [(flow.start, iter(_forward(flow, flow.start)))]
    while work:
        node_id, following = work[-1]
        target = next(following, None)
        if target is None:
            work.pop()
            way.pop(node_id, None)
            done.add(node_id)
        elif target in way:
            found.add((node_id, target))
        elif target not in done:
            way[target] = None
            work.append((target, iter(_forward(flow, target))))
    return found


def _forward(flow: Flow, node_id: str) -> list[str]:
    """Return the nodes that follow and are drawn in a place of their own."""
    return [target for target in flow.nodes[node_id].next_nodes() if not isinstance(flow.nodes[target], ENDS)]


def _layers(flow: Flow, backward: set[tuple[str, str]]) -> Mapping[str, int]:
    """Return node to its column: one to the right of the last node that leads to it."""
    if isinstance(flow.nodes[flow.start], ENDS):
        return {}
    waiting_for: dict[str, int] = {}
    seen = {flow.start}
    open_nodes = [flow.start]
    while open_nodes:
        node_id = open_nodes.pop()
        for target in set(_forward(flow, node_id)):
            if (node_id, target) in backward:
                continue
            waiting_for[target] = waiting_for.get(target, 0) + 1
            if target not in seen:
                seen.add(target)
                open_nodes.append(target)
    layers = {flow.start: 0}
    ready = [flow.start]
    while ready:
        node_id = ready.pop(0)
        for target in dict.fromkeys(_forward(flow, node_id)):
            if (node_id, target) in backward:
                continue
            layers[target] = max(layers.get(target, 0), layers[node_id] + 1)
            waiting_for[target] -= 1
            if waiting_for[target] == 0:
                ready.append(target)
    return layers
