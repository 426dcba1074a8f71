"""What callers do in menus: how many come to a node, which keys they press, where they leave. A fold over events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from calls.events import (
    CallEnded,
    CallQueued,
    CallStarted,
    EndedBy,
    Event,
    FlowEntered,
    MenuEntered,
    MenuLeft,
    NodeEntered,
    TransferStarted,
)

MENU_EVENTS: tuple[type[Event], ...] = (
    CallStarted,
    FlowEntered,
    MenuEntered,
    NodeEntered,
    MenuLeft,
    CallQueued,
    TransferStarted,
    CallEnded,
)
"""What the figures are computed from."""

MAX_LIVE = 50_000
"""Most calls that are followed at once; the oldest is forgotten. A bound, not a limit."""


NodeKey = tuple[str, str, str]
"""Line, flow and node."""


@dataclass(slots=True)
class NodeTally:
    """What happened at one node."""

    kind: str = ""
    "menu where callers are asked; else the node's own kind."
    entries: int = 0
    "Times that a caller came to it."
    keys: Counter[str] = field(default_factory=Counter)
    "Key to the times that it led on."
    answered: int = 0
    "Times that the caller gave an answer: a key, or digits."
    no_input: int = 0
    invalid_input: int = 0
    hung_up: int = 0
    "Callers who left there by hanging up."
    left: int = 0
    "Times that it was left, by whatever way."
    seconds: float = 0.0
    "All the time that callers spent there."

    @property
    def drop_off(self) -> float | None:
        """Share of those who came and hung up there; None where nobody came."""
        return self.hung_up / self.entries if self.entries else None

    @property
    def mean_seconds(self) -> float | None:
        """Mean time that a caller spends there; None where nobody has left yet."""
        return self.seconds / self.left if self.left else None

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as JSON-ready values."""
        drop_off, mean = self.drop_off, self.mean_seconds
        return {
            "kind": self.kind,
            "entries": self.entries,
            "keys": dict(sorted(self.keys.items())),
            "answered": self.answered,
            "no_input": self.no_input,
            "invalid_input": self.invalid_input,
            "hung_up": self.hung_up,
            "mean_seconds": None if mean is None else round(mean, 2),
            "drop_off": None if drop_off is None else round(drop_off, 4),
        }


@dataclass(slots=True)
class LineTally:
    """The calls of one line, by how they came in."""

    calls: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    "open, closed, holiday, notice, ... to the flows that were given by that rule."


@dataclass(slots=True)
class _Live:
    line_id: str
    place: NodeKey | None = None
    since: datetime | None = None


@dataclass(slots=True)
class MenuFigures:
    """The figures of the calls that began in a period, fed with its events in order."""

    since: datetime | None = None
    until: datetime | None = None
    nodes: dict[NodeKey, NodeTally] = field(default_factory=dict)
    lines: dict[str, LineTally] = field(default_factory=dict)
    _live: dict[str, _Live] = field(default_factory=dict)

    def apply(self, event: Event) -> bool:
        """Take in one event; return whether a figure changed. Events of other calls and kinds are passed over."""
        if isinstance(event, CallStarted):
            return self._started(event)
        handler = _HANDLERS.get(type(event))
        if handler is None:
            return False
        live = self._live.get(getattr(event, "call_id", ""))
        if live is None:
            return False
        handler(self, live, event)
        return True

    def of_line(self, line_id: str | None = None) -> Iterator[tuple[NodeKey, NodeTally]]:
        """Yield the nodes of one line, or of all, those that most callers came to first within each flow."""
        rows = [(key, tally) for key, tally in self.nodes.items() if line_id in (None, key[0])]
        yield from sorted(rows, key=lambda row: (row[0][0], row[0][1], -row[1].entries, row[0][2]))

    # -- private -----------------------------------------------------------------------------------

    def _started(self, event: CallStarted) -> bool:
        before, after = self.since, self.until
        if (before is not None and event.at < before) or (after is not None and event.at >= after):
            return False
        self.lines.setdefault(event.line_id, LineTally()).calls += 1
        if len(self._live) >= MAX_LIVE:
            self._live.pop(next(iter(self._live)))
        self._live[event.call_id] = _Live(event.line_id)
        return True

    def _flow_entered(self, live: _Live, event: FlowEntered) -> None:
        self.lines[live.line_id].rules[event.rule] += 1

    def _entered(self, live: _Live, event: MenuEntered | NodeEntered) -> None:
        self._leave(live, event.at)
        live.place = (live.line_id, event.flow_id, event.node_id)
        live.since = event.at
        tally = self.nodes.setdefault(live.place, NodeTally())
        tally.kind = event.kind if isinstance(event, NodeEntered) else "menu"
        tally.entries += 1

    def _menu_left(self, live: _Live, event: MenuLeft) -> None:
        if live.place is None or live.place[2] != event.node_id:
            return
        tally = self.nodes[live.place]
        match event.input:
            case "key":
                tally.answered += 1
                if event.key:
                    tally.keys[event.key] += 1
            case "no_input":
                tally.no_input += 1
            case "invalid_input":
                tally.invalid_input += 1
            case _:
                tally.hung_up += 1
        self._leave(live, event.at)

    def _reached(self, live: _Live, event: CallQueued | TransferStarted) -> None:
        """A person is being looked for: what happens from here on is no menu's doing."""
        self._leave(live, event.at)

    def _ended(self, live: _Live, event: CallEnded) -> None:
        if live.place is not None and event.ended_by is EndedBy.CALLER:
            self.nodes[live.place].hung_up += 1
        self._leave(live, event.at)
        del self._live[event.call_id]

    def _leave(self, live: _Live, at: datetime) -> None:
        if live.place is None or live.since is None:
            return
        tally = self.nodes[live.place]
        tally.left += 1
        tally.seconds += max(0.0, (at - live.since).total_seconds())
        live.place = live.since = None


_HANDLERS: dict[type[Event], Callable[[MenuFigures, Any, Any], object]] = {
    FlowEntered: MenuFigures._flow_entered,
    MenuEntered: MenuFigures._entered,
    NodeEntered: MenuFigures._entered,
    MenuLeft: MenuFigures._menu_left,
    CallQueued: MenuFigures._reached,
    TransferStarted: MenuFigures._reached,
    CallEnded: MenuFigures._ended,
}


@dataclass(slots=True)
class MenuDay:
    """The figures of the city's present day, for the live page."""

    timezone: tzinfo
    day: str = ""
    figures: MenuFigures = field(default_factory=MenuFigures)

    def apply(self, event: Event) -> None:
        """Take in one event. A call that began before midnight belongs to the day before."""
        if isinstance(event, CallStarted):
            self.move_to(event.at)
        self.figures.apply(event)

    def move_to(self, now: datetime) -> MenuFigures:
        """Begin the day of this moment, where it is later than the present one, and return its figures."""
        day = now.astimezone(self.timezone).date().isoformat()
        if day > self.day:
            self.day, self.figures = day, MenuFigures()
        return self.figures
