"""What the folds work on: rows as dicts, and the rows of one call that belong together."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Row = dict[str, Any]
"One row of a projection, column name to value, always with every column."

Handler = Callable[[Row, Any], None]
"Changes a row by one event of the type it is registered for."

Change = tuple[str, tuple[Any, ...], Row]
"Table name, primary key, row."

_GREATEST_MS = 2**40
"34 years. Eight million of them still fit the 64 bits of a sum."


@dataclass(slots=True)
class CallState:
    """One call's rows. They are loaded, changed and forgotten together."""

    call: Row | None = None
    offers: dict[str, Row] = field(default_factory=dict)
    transfers: dict[str, Row] = field(default_factory=dict)
    recordings: dict[str, Row] = field(default_factory=dict)
    duties: dict[str, Row] = field(default_factory=dict)
    callbacks: dict[str, Row] = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        """True when the call has its last event, so that few more are to be expected."""
        return self.call is not None and self.call["ended_at"] is not None


def first(row: Row, column: str, value: Any) -> None:
    """Set a fact that does not change any more once it is known."""
    if row[column] is None:
        row[column] = value


def seconds_between(earlier: datetime, later: datetime) -> float:
    """Return the seconds from one moment to the other, none when clocks or order are wrong."""
    return max(0.0, (later - earlier).total_seconds())


def milliseconds(seconds: float) -> int:
    """Return whole milliseconds, within what both databases can hold."""
    if not math.isfinite(seconds):
        return 0
    return round(min(max(seconds * 1000, 0.0), _GREATEST_MS))
