"""What the web needs from the rest of the hotline. The composition root fills it in."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from calls.board_model import BoardSnapshot, FigureSettings
from calls.events import TransferWay

Json = Mapping[str, Any]
"JSON-ready values."


class StartTransfer(Protocol):
    """Passes a call in progress on to a hotline."""

    def __call__(self, call_id: str, target_id: str, initiator: str, way: TransferWay) -> Awaitable[Json]:
        """Return what was started. Raises NotFound, LinkDown or another HotlineError."""
        ...


class Hotlines(Protocol):
    """What a supervisor may do with the directory of hotlines."""

    def rows(self, find: str = "") -> Sequence[Json]:
        """Return the directory as it is live; of those that citizens mean by `find`."""
        ...

    def mark(self, hotline_id: str, *, down: bool, by: str, reason: str = "", number: str = "") -> Json:
        """Mark a number down, or take marks off. Raises NotFound where there is no such hotline or number."""
        ...


class Menus(Protocol):
    """What the page of the menus shows."""

    def overview(self) -> Json:
        """Return the day's figures, the configuration that is live, and the notices."""
        ...

    async def picture(self, line: str, language: str) -> str:
        """Return a line's drawn flow as SVG. Raises NotFound where there is no such line or language."""
        ...


class OperatorVerbs(Protocol):
    """What operators may ask for. Raises NotFound or NotPossibleNow."""

    def ask(self, operator_id: str, verb: str, *, phone: str | None, reason: str | None) -> Json:
        """Do one of `OPERATOR_VERBS`; return what the operator is after it."""
        ...


OPERATOR_VERBS = ("log-in", "log-out", "pause", "resume", "finish-wrap-up", "extend-wrap-up")


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the service can do its work."""

    ok: bool
    checks: Mapping[str, str] = field(default_factory=dict)
    "What was looked at and what it said, such as asterisk: up."


@dataclass(frozen=True, slots=True, kw_only=True)
class WebDeps:
    """Everything that the pages and the API show or do."""

    board: Callable[[], BoardSnapshot]
    "The board as of now."
    subscribe: Callable[[], AsyncGenerator[None, None]]
    "Yields when the board has changed (`BoardChanges.subscribe`)."
    list_calls: Callable[[int, str | None], Awaitable[Sequence[Json]]]
    "The latest calls, at most so many, of one outcome or all."
    show_call: Callable[[str], Awaitable[Json | None]]
    "One call from first ring to last record, None where there is none."
    health: Callable[[], Health]
    transfer: StartTransfer | None = None
    "None where transfers can't be started from here."
    consulting: Callable[[str, str], Json] | None = None
    "Does for an operator who asks a hotline first what their keys do: a call's id, and complete, swap, join or cancel."
    hotlines: Hotlines | None = None
    "None where hotlines can't be marked from here."
    operators: OperatorVerbs | None = None
    "None where operators can't be commanded from here."
    menus: Menus | None = None
    "None where there is no page of the menus."
    figures: FigureSettings = field(default_factory=FigureSettings)
    "The settings that the formulas name."
