"""What the live board shows: frozen rows, the names they carry, and the settings of the figures.

The rows hold numbers and times only; their formulas are written once, in `calls.board_formulas`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any

from calls.board_hotlines import AlarmRow as AlarmRow
from calls.board_hotlines import HotlineRow as HotlineRow
from calls.board_hotlines import TransferTotals as TransferTotals
from calls.events import OperatorState

Names = Mapping[str, str]
"Language code to text, such as zh: 燃气热线, en: Gas."


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureSettings:
    """What the figures are counted by."""

    service_level_seconds: float = 15
    "T: a call answered within so many seconds of asking is within the service level."
    short_abandon_seconds: float = 5
    "N: a caller who leaves within so many seconds is counted apart. The events carry the verdict; here it is text."
    timezone: tzinfo = UTC
    "Where the city's day begins."


@dataclass(frozen=True, slots=True)
class DirectoryQueue:
    """A call queue as the configuration names it."""

    id: str
    name: Names
    skills: Mapping[str, int] = field(default_factory=dict)
    "Skill to least level, to tell which operators may answer it where `served_by` does not."
    served_by: frozenset[str] | None = None
    "Operators who may get its calls, in whatever step; None where skills alone decide."


@dataclass(frozen=True, slots=True)
class DirectoryOperator:
    """An operator as the configuration names them."""

    id: str
    name: str
    skills: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DirectoryHotline:
    """A transfer target as the configuration names it."""

    id: str
    name: Names
    number: str = ""


@dataclass(frozen=True, slots=True)
class BoardDirectory:
    """The names of everything that has a row on the board, in the order of the rows."""

    city_id: str = ""
    city_name: Names = field(default_factory=dict)
    queues: tuple[DirectoryQueue, ...] = ()
    operators: tuple[DirectoryOperator, ...] = ()
    hotlines: tuple[DirectoryHotline, ...] = ()
    priority_point_seconds: float = 60.0
    "Seconds of waiting that a point of priority is worth: who waits is shown in the order in which they are served."


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFigures:
    """The figures of one call queue, or of all of them together. Counts are of the city's day."""

    waiting: int
    longest_wait_since: datetime | None
    longest_wait_seconds: float | None
    offered: int
    answered: int
    answered_within_target: int
    abandoned: int
    short_abandons: int
    timed_out: int
    moved: int
    lost: int
    service_level_calls: int
    "What the service level divides by."
    service_level: float | None
    sl_answered: float | None
    sl_answered_or_abandoned: float | None
    asa_seconds: float | None
    abandon_rate: float | None
    connect_rate_24h: float | None
    connect_rate_today: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """One call queue."""

    queue_id: str
    name: Names
    operators_ready: int
    "Operators who may get the queue's calls and are available."
    operators_signed_in: int
    "Operators who may get the queue's calls and are not offline."
    figures: QueueFigures


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The whole line: the sums of the queues, and the connect rate of calls, whichever door they took."""

    figures: QueueFigures
    asked_24h: int
    "Calls that asked for a person and are decided, last 24 hours."
    asked_answered_24h: int
    asked_today: int
    asked_answered_today: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorRow:
    """One operator. Counts are of the city's day."""

    operator_id: str
    name: str
    state: OperatorState
    reason: str
    since: datetime | None
    call_id: str | None
    skills: Mapping[str, int]
    answered: int
    missed: int
    caller_left_while_ringing: int
    declined: int
    talk_seconds: float
    "Of conversations that have ended."
    phone: str = ""
    "The phone that they logged in at; empty for their own."
    over_limit_at: datetime | None = None
    "An alarm: since when their pause has lasted longer than its reason allows."
    plain: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    "The row as JSON-ready values, filled when first asked for: an unchanged row is shared by many snapshots."


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRow:
    """One caller who waits; being rung out to an operator is still waiting."""

    position: int
    "In its queue, 1 is next: as `position` in the formulas says."
    call_id: str
    queue_id: str
    ani: str
    "Masked."
    priority: int
    at_head: bool
    "Was given away and came back: before every call that did not."
    queued_at: datetime
    wait_seconds: float
    ringing_operator_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """How many calls are where right now; each call is in exactly one."""

    in_menu: int
    waiting: int
    ringing: int
    talking: int
    transferring: int
    ending: int
    "After the conversation, before the last record."


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A time in which the service was not watching."""

    from_at: datetime
    to_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationRow:
    """What became of the configuration that was offered last."""

    at: datetime
    version: str
    "What is live."
    by: str
    result: str
    "loaded, rolled_back or refused."
    problems: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardSnapshot:
    """Everything on the board at one moment. Never changes once made, so that all readers show the same numbers."""

    at: datetime
    day: str
    "The city's date that the counts are of."
    utc_offset_seconds: int
    city_id: str
    city_name: Names
    service_level_seconds: float
    short_abandon_seconds: float
    service_up: bool
    link_up: bool
    link_since: datetime | None
    link_detail: str
    gaps: tuple[Gap, ...]
    "Gaps that touch the last 24 hours or this day."
    stages: Stages
    totals: Totals
    queues: tuple[QueueRow, ...]
    operators: tuple[OperatorRow, ...]
    hotlines: tuple[HotlineRow, ...]
    transfers: TransferTotals
    "All hotlines together."
    alarms: tuple[AlarmRow, ...]
    "The oldest first."
    waiting: tuple[WaitingRow, ...]
    configuration: ConfigurationRow | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the board as JSON-ready values; rows with `figures` are flat."""
        return plain(self)


def mask_number(number: str) -> str:
    """Return a telephone number with its middle hidden: the first three and last two digits stay.

    Short numbers keep their last two only, so that most digits are always hidden.
    """
    if len(number) >= 8:
        return f"{number[:3]}{'*' * (len(number) - 5)}{number[-2:]}"
    return f"{'*' * (len(number) - 2)}{number[-2:]}" if len(number) > 4 else "*" * len(number)


def plain(row: Any) -> dict[str, Any]:
    """Return a row of the board as JSON-ready values, ratios and seconds rounded to four digits. Not to be changed."""
    if isinstance(row, OperatorRow):
        if not row.plain:
            row.plain.update(_plain(row))
        return row.plain
    return _plain(row)


def _plain(row: Any) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in row.__dataclass_fields__:
        if name == "figures":
            values.update(plain(row.figures))
        elif name != "plain":
            values[name] = _plain_value(getattr(row, name))
    return values


def _plain_value(value: Any) -> Any:
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return round(value, 4)
        case datetime():
            return value.isoformat(timespec="milliseconds")
        case Mapping():
            return dict(value)
        case tuple():
            return [_plain_value(item) for item in value]
        case _:
            return plain(value)


def without_clock(board: dict[str, Any]) -> dict[str, Any]:
    """Return the board without the values that move by themselves; the times they follow from stay."""
    return {
        **{key: value for key, value in board.items() if key != "at"},
        "totals": _without(board["totals"], "longest_wait_seconds"),
        "queues": [_without(row, "longest_wait_seconds") for row in board["queues"]],
        "waiting": [_without(row, "wait_seconds") for row in board["waiting"]],
    }


def _without(row: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != name}
