"""The picture of a line's flows: who calls which number when, and what follows."""

from __future__ import annotations

from collections.abc import Iterator

from calls.errors import NotFound
from ivr.drawing import svg
from ivr.drawing.book import Book
from ivr.drawing.boxes import ENTRY_WIDTH, FOOT, HEAD, LINE, PAD, ROW, TEXT_SIZE, Box, Boxes
from ivr.drawing.figures import Figures
from ivr.drawing.layout import Line as Connection
from ivr.drawing.layout import Placed, place
from ivr.drawing.text import width_of, wrapped
from ivr.drawing.words import Words
from ivr.model import FlowNode, Line

MARGIN, PANEL_GAP, TITLE = 28.0, 34.0, 46.0

ROLES = ("flow", "closed", "holiday", "after_call", "overflow")

COLOURS = {
    "entry": ("#37474f", "#eceff1"),
    "say": ("#1565c0", "#f3f8fe"),
    "menu": ("#1565c0", "#f3f8fe"),
    "collect": ("#1565c0", "#f3f8fe"),
    "survey": ("#1565c0", "#f3f8fe"),
    "choose": ("#6a1b9a", "#faf4fc"),
    "look_up": ("#6a1b9a", "#faf4fc"),
    "set": ("#546e7a", "#f6f8f9"),
    "set_language": ("#546e7a", "#f6f8f9"),
    "flow": ("#546e7a", "#f6f8f9"),
    "return": ("#546e7a", "#f6f8f9"),
    "goto": ("#546e7a", "#ffffff"),
    "queue": ("#2e7d32", "#f1f8f1"),
    "transfer": ("#00695c", "#effaf8"),
    "call_back": ("#b25600", "#fff8ef"),
    "message": ("#b25600", "#fff8ef"),
    "hang_up": ("#8d2b2b", "#fdf4f4"),
}
"Kind to its strong and its light colour: blue speaks, purple decides, green is a person, orange is a duty."

_KINDS = """
    say menu collect choose look_up set set_language flow return goto
    queue transfer call_back message survey hang_up entry
"""
ICONS = dict(zip(_KINDS.split(), "♪☰#◆?✎文▣↩↪☻☎↺✉★✕☎", strict=True))
"Kind to its sign."


def draw(book: Book, line: str | None = None, *, language: str | None = None, figures: Figures | None = None) -> str:
    """Return the picture of one line, or of every line, as SVG.

    Prompts stand in `language` (the city's default where left out). With `figures` each node shows how many calls came
    to it and what share hung up there.
    """
    if line is not None and line not in book.lines:
        raise NotFound(f"There is no line {line!r}; there are {', '.join(book.lines)}.")
    return _Picture(book, Words(language or book.default_language), figures).of([line] if line else list(book.lines))


class _Picture:
    def __init__(self, book: Book, words: Words, figures: Figures | None) -> None:
        self._book = book
        self._words = words
        self._boxes = Boxes(book, words, figures)
        self._parts: list[str] = []
        self._width = 0.0

    def of(self, line_ids: list[str]) -> str:
        lines = [self._book.lines[line_id] for line_id in line_ids]
        name = self._words.name(self._book.name)
        self._parts.append(svg.text(name, MARGIN, MARGIN + 18, size=22, font_weight="bold"))
        top = MARGIN + 44
        top = self._cards(lines, top) + PANEL_GAP
        for flow_id, entry in self._flows(lines):
            top = self._panel(flow_id, entry, top) + PANEL_GAP
        return svg.document(self._width + MARGIN, top - PANEL_GAP + MARGIN, self._parts, name)

    def _flows(self, lines: list[Line]) -> Iterator[tuple[str, str]]:
        """Yield each flow that the lines lead to, with the words of its entry; sub-flows after those that call them."""
        entries: dict[str, list[str]] = {}
        for line in lines:
            for role in ROLES:
                flow_id = getattr(line, role)
                if flow_id is not None:
                    entries.setdefault(flow_id, []).append(
                        f"{self._words.name(line.name)} · {self._words(role + '_role')}"
                    )
        waiting = list(entries)
        done: set[str] = set()
        while waiting:
            flow_id = waiting.pop(0)
            if flow_id in done:
                continue
            done.add(flow_id)
            yield flow_id, "\n".join(entries.get(flow_id, [self._words("sub_flow")]))
            called = [node.flow for node in self._book.flows[flow_id].nodes.values() if isinstance(node, FlowNode)]
            waiting.extend(called)

    def _cards(self, lines: list[Line], top: float) -> float:
        """Draw what each line is: its numbers, its hours, which flow follows when."""
        x, bottom = MARGIN, top
        for line in lines:
            rows = list(self._card_rows(line))
            width = max(width_of(row, 13) for row in rows) + 36
            width = max(width, width_of(self._words.name(line.name), 16) + 60, 240.0)
            height = 40 + LINE * len(rows) + PAD
            if x > MARGIN and x + width > 1500:
                x, top = MARGIN, bottom + 16
            strong, light = COLOURS["entry"]
            inside = [
                svg.element("rect", x=x, y=top, width=width, height=height, rx=8, fill=light, stroke=strong),
                svg.text(
                    f"☎ {self._words.name(line.name)}", x + 14, top + 26, size=16, fill=strong, font_weight="bold"
                ),
                *(svg.text(row, x + 14, top + 46 + LINE * index) for index, row in enumerate(rows)),
            ]
            self._parts.append(svg.element("g", inside, class_="line", id=f"line-{line.line_id}"))
            self._width = max(self._width, x + width)
            bottom = max(bottom, top + height)
            x += width + 20
        return bottom

    def _card_rows(self, line: Line) -> Iterator[str]:
        words = self._words
        yield " · ".join(line.dnis)
        for alias in line.aliases:
            yield f"{alias.dnis} ({words('alias')}, {words('topic')} {alias.topic})"
        hours = words.hours(self._book.hours[line.hours] if line.hours else None)
        yield f"{hours} → {line.flow}"
        if line.hours is not None:
            yield f"{words('closed_role')} → {line.closed or words('no_flow')}"
        for role in ROLES[2:]:
            if (flow_id := getattr(line, role)) is not None:
                yield f"{words(role + '_role')} → {flow_id}"

    def _panel(self, flow_id: str, entry: str, top: float) -> float:
        flow = self._book.flows[flow_id]
        boxes = self._boxes.of(flow_id, flow, entry.partition("\n")[0])
        boxes[0].lines = [
            line for words in entry.split("\n") for line in wrapped(words, TEXT_SIZE, ENTRY_WIDTH - 20, 2)
        ]
        boxes[0].title = flow_id
        placed = place(boxes)
        width, height = placed.width + 40, placed.height + TITLE + 20
        left, inner = MARGIN, top + TITLE
        frame = [
            svg.element("rect", x=left, y=top, width=width, height=height, rx=10, fill="#fcfcfd", stroke="#d5dade"),
            svg.text(f"▣ {flow_id}", left + 16, top + 28, size=17, fill="#37474f", font_weight="bold"),
        ]
        lines = [self._connection(connection, boxes, placed, left + 20, inner) for connection in placed.lines]
        drawn = [
            self._box(box, left + 20 + placed.x[box.box_id], inner + placed.y[box.box_id], flow_id) for box in boxes
        ]
        self._parts.append(svg.element("g", [*frame, *lines, *drawn], class_="flow", id=f"flow-{flow_id}"))
        self._width = max(self._width, left + width)
        return top + height

    def _connection(self, line: Connection, boxes: list[Box], placed: Placed, left: float, top: float) -> str:
        by_id = {box.box_id: box for box in boxes}
        source, target = by_id[line.source], by_id[line.target]
        x = left + placed.x[source.box_id] + source.width
        y = top + placed.y[source.box_id] + source.port(line.row)
        path = f"M{svg.shown(x)} {svg.shown(y)}"
        layer = source.layer
        for lane in line.lanes:
            layer += 1
            lane_x, lane_y = left + placed.x[lane], top + placed.y[lane] + 6
            path += _curve(left + placed.column_end[layer - 1], y, lane_x, lane_y)
            y = lane_y
        end_x, end_y = left + placed.x[target.box_id], top + placed.y[target.box_id] + HEAD / 2
        path += _curve(left + placed.column_end[target.layer - 1], y, end_x - 6, end_y)
        arrow = f"M{svg.shown(end_x)} {svg.shown(end_y)}l-8 -4.5v9z"
        colour = COLOURS[target.kind][0]
        return svg.element(
            "g",
            [
                svg.element("path", d=path, fill="none", stroke=colour, stroke_width=1.5, opacity=0.75),
                svg.element("path", d=arrow, fill=colour),
            ],
        )

    def _box(self, box: Box, x: float, y: float, flow_id: str) -> str:
        strong, light = COLOURS[box.kind]
        dash = {"stroke_dasharray": "5 4"} if box.kind == "goto" else {}
        kind = "" if box.kind in ("goto", "entry") else self._words(box.kind)
        radius = HEAD / 2 if box.kind in ("entry", "goto") else 6
        parts = [
            svg.title(box.tooltip),
            svg.element(
                "rect", x=x, y=y, width=box.width, height=box.height, rx=radius, fill=light, stroke=strong, **dash
            ),
            svg.text(f"{ICONS[box.kind]}  {box.title}", x + 12, y + 20, size=13.5, fill=strong, font_weight="bold"),
            svg.text(kind, x + box.width - 10, y + 20, size=12, fill=strong, text_anchor="end") if kind else "",
        ]
        line_y = y + HEAD + 12
        for line in box.lines:
            parts.append(svg.text(line, x + 10, line_y, size=TEXT_SIZE))
            line_y += LINE
        parts += self._rows(box, x, y, strong)
        parts += self._figures_of(box, x, y)
        return svg.element("g", parts, class_=f"node {box.kind}", data_node=f"{flow_id}/{box.title}")

    def _rows(self, box: Box, x: float, y: float, strong: str) -> Iterator[str]:
        for index, row in enumerate(box.rows if box.shows_rows else ()):
            middle = y + box.port(index)
            yield svg.element(
                "line", x1=x, x2=x + box.width, y1=middle - ROW / 2, y2=middle - ROW / 2, stroke="#dfe5ea"
            )
            at = x + 10
            for badge in row.badges:
                yield svg.element("rect", x=at, y=middle - 9.5, width=19, height=19, rx=4, fill=strong)
                yield svg.text(
                    badge, at + 9.5, middle + 5, size=13, fill="#fff", text_anchor="middle", font_weight="bold"
                )
                at += 24
            if row.words:
                yield svg.text(row.words, at + 1, middle + 4.5, size=12.5, fill="#455a64")
                at += width_of(row.words, 12.5) + 8
            count = "" if row.count is None else f"{row.count:,}"
            room = x + box.width - 18 - width_of(count, 12) - at
            leads_to = wrapped(row.leads_to, 12, room, 1) if room > 30 else []
            if leads_to:
                end = x + box.width - 10 - (width_of(count, 12) + 8 if count else 0)
                yield svg.text(leads_to[0], end, middle + 4.5, size=12, fill="#546e7a", text_anchor="end")
            if count:
                yield svg.text(count, x + box.width - 10, middle + 4.5, size=12, text_anchor="end")

    def _figures_of(self, box: Box, x: float, y: float) -> Iterator[str]:
        if box.figures is None:
            return
        top = y + box.height - FOOT
        share = box.figures.drop_off
        yield svg.element("line", x1=x, x2=x + box.width, y1=top, y2=top, stroke="#dfe5ea")
        if not box.is_end:
            yield svg.element(
                "rect", x=x + 1, y=top + 1, width=(box.width - 2) * share, height=FOOT - 2, fill="#f3b4b4"
            )
            said = f"{self._words('drop_off')} {share:.1%}"
            yield svg.text(said, x + box.width - 10, top + 16.5, size=12, text_anchor="end", font_weight="bold")
        yield svg.text(f"{self._words('entries')} {box.figures.entries:,}", x + 10, top + 16.5, size=12)


def _curve(x: float, y: float, to_x: float, to_y: float) -> str:
    """Return a straight way to the column's edge, then a curve to the next place."""
    bend = (to_x - x) / 2
    numbers = [svg.shown(float(value)) for value in (x, x + bend, y, to_x - bend, to_y, to_x, to_y)]
    edge, one_x, one_y, two_x, two_y, end_x, end_y = numbers
    return f"H{edge}C{one_x} {one_y} {two_x} {two_y} {end_x} {end_y}"
