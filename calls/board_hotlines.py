"""What the live board shows of hotlines: a row for each, the connect rate of all, and the alarms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HotlineRow:
    """One transfer target. Counts are of the city's day, those with `_24h` of the last 24 hours."""

    hotline_id: str
    name: Mapping[str, str]
    number: str
    ringing: int
    talking: int
    attempts: int
    answered: int
    busy: int
    no_answer: int
    rejected: int
    unreachable: int
    failed: int
    caller_left: int
    caller_left_short: int
    out_of_hours: int
    limit: int
    cancelled: int
    returned: int
    connect_rate_24h: float | None
    connect_rate_today: float | None
    connect_rate_all_24h: float | None
    "With nothing left out."
    connect_rate_all_today: float | None
    answered_24h: int
    rated_24h: int
    "What `connect_rate_24h` divides by."
    attempts_24h: int
    "What `connect_rate_all_24h` divides by."
    alarms: tuple[str, ...]
    "Rules whose alarm is raised for this hotline."
    down_since: datetime | None
    "Since when its first marked number is marked down; None where none is."
    down_reason: str
    "The number, and why it is marked."


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferTotals:
    """The attempts at all hotlines, last 24 hours, in progress left out."""

    answered_24h: int
    rated_24h: int
    attempts_24h: int
    connect_rate_24h: float | None
    connect_rate_all_24h: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRow:
    """An alarm that is raised."""

    scope: str
    "A hotline's id, or `*` for all of them together."
    rule: str
    since: datetime
    connect_rate: float
    "When it was raised."
