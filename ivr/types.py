"""The words that menus are written with: how ids, keys, times and texts look inside nodes and lines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints, WithJsonSchema

from calls.patterns import (
    ID_PATTERN,
    LANGUAGE_PATTERN,
    MENU_KEY_PATTERN,
    NAME_PATTERN,
    NUMBER_PATTERN,
    NUMBER_RANGE_PATTERN,
    TEXT_PATTERN,
)

Id = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
Language = Annotated[str, StringConstraints(pattern=LANGUAGE_PATTERN)]
Number = Annotated[str, StringConstraints(pattern=NUMBER_PATTERN)]
NumberRange = Annotated[str, StringConstraints(pattern=NUMBER_RANGE_PATTERN)]
MenuKey = Annotated[str, StringConstraints(pattern=MENU_KEY_PATTERN)]
Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
Text = Annotated[str, StringConstraints(pattern=TEXT_PATTERN)]
Value = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{0,80}$")]
"What a variable holds: one short line."

MINUTES_OF_DAY = 24 * 60

_SPAN = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])-([01]?[0-9]|2[0-4]):([0-5][0-9])")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2})?([+-]\d{2}:\d{2}|Z)?)?")


class Definition(BaseModel):
    """Base of everything that an admin writes: frozen, and no unknown key passes."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_by_name=True)


@dataclass(frozen=True, slots=True)
class Span:
    """From one minute of the day to another; the second is smaller where the span goes on past midnight."""

    start: int
    "Minutes after midnight, 0 to 1440."
    end: int

    def __str__(self) -> str:
        return f"{self.start // 60:02d}:{self.start % 60:02d}-{self.end // 60:02d}:{self.end % 60:02d}"


def _span(value: Any) -> Any:
    if isinstance(value, Span):
        return value
    match = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('must be from and to, such as "08:30-17:30" (24:00 is the end of the day)')
    span = Span(int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4]))
    if max(span.start, span.end) > MINUTES_OF_DAY:
        raise ValueError("must end by 24:00")
    if span.start == span.end or span.start == MINUTES_OF_DAY:
        raise ValueError('must last some time; a whole day is "00:00-24:00"')
    return span


def _day(value: Any) -> Any:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError("must be a day such as 2026-10-01") from None


def _moment(value: Any) -> Any:
    if isinstance(value, datetime):
        return value
    text = str(value)
    try:
        if not _MOMENT.fullmatch(text):
            raise ValueError(text)
        return datetime.fromisoformat(text)
    except ValueError:
        raise ValueError('must be a day and a time in the city, such as "2026-12-01 18:00"') from None


TimeSpan = Annotated[
    Span, BeforeValidator(_span), WithJsonSchema({"type": "string", "pattern": f"^{_SPAN.pattern}$"}, mode="validation")
]
"""From and to: "08:30-17:30"."""

Day = Annotated[date, BeforeValidator(_day)]
"""A day: 2026-10-01."""

Moment = Annotated[datetime, BeforeValidator(_moment)]
"""A day and a time: 2026-10-01 08:30, in the city's time zone where it names none."""

CHOOSE_BY = ("hours", "language", "caller", "line", "topic", "dnis")
"What `choose` can look at besides variables: these names are taken."

CALLER_KINDS = ("repeat", "enterprise", "open_case", "blocked", "allowed", "unknown")
"What a caller can be; several at once. `unknown`: no number was sent."

HOURS_STATES = ("open", "closed", "holiday")

CALL_VARIABLES = ("caller", "dnis", "line", "language", "topic", "case_id")
"Variables that every flow can read and none can write."


def _variable(value: str) -> str:
    if value in CALL_VARIABLES or value in CHOOSE_BY:
        raise ValueError("is a name that the service fills in itself; choose another")
    return value


Variable = Annotated[Id, AfterValidator(_variable)]
"""Name of a variable that a flow writes."""

Confirm = Annotated[
    Id,
    BeforeValidator(lambda value: str(value).lower() if isinstance(value, bool) else value),
    WithJsonSchema({"anyOf": [{"type": "boolean"}, {"type": "string"}]}, mode="validation"),
]
