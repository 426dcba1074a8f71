"""When and whom the hotline calls back. Definitions only; numbers that callers key in are hostile."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from acd.model import Id
from calls.patterns import (
    DIAL_PATTERN_PATTERN,
    EMERGENCY_NUMBERS,
    MENU_KEY_PATTERN,
    NUMBER_PATTERN,
    PREFIX_PATTERN,
    plain_number,
)

Number = Annotated[str, StringConstraints(pattern=NUMBER_PATTERN)]
Key = Annotated[str, StringConstraints(pattern=MENU_KEY_PATTERN)]


def _check_pattern(value: str) -> str:
    try:
        _expression(value)
    except re.error:
        raise ValueError("has a set that goes backwards, such as [9-3]; write [3-9]") from None
    return value


DialPattern = Annotated[str, StringConstraints(pattern=DIAL_PATTERN_PATTERN), AfterValidator(_check_pattern)]
Prefix = Annotated[str, StringConstraints(pattern=PREFIX_PATTERN)]

LONGEST_AREA_CODE = 4
"""Digits of an area code, the 0 included."""

MAINLAND = ("1[3-9]XXXXXXXXX", "010NXXXXXXX", "02XNXXXXXXX", "0[3-9]XXNXXXXXX", "0[3-9]XXNXXXXXXX")
"""Mobile and fixed telephones of the mainland: no service numbers, no premium numbers, nothing abroad."""

_SIGNS = {"X": "[0-9]", "N": "[2-9]", "Z": "[1-9]", "*": "[0-9]*", "+": r"\+"}


class CallbackPrompt(StrEnum):
    """Prompts that a city needs where it calls back."""

    CONFIRM = "callback_confirm"
    "The number, {callback_number:digits}: 1 is right, 2 is another one."
    ENTER = "callback_enter"
    "Key in the number, # ends it."
    REFUSED = "callback_refused"
    "This number can't be called back."
    FULL = "callback_full"
    "No callback can be noted now; the caller goes on waiting."
    NOTED = "callback_noted"
    "The caller keeps their place, is called back, and may hang up."
    HELLO = "callback_hello"
    "To the citizen who picked up: who calls, and why."


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_by_name=True)


class CallbackPolicy(_Section):
    """Calling citizens back."""

    trunk: Id | None = Field(default=None, description="Trunk that citizens are called on; nobody is where left out.")
    number: Number | None = Field(
        default=None, description="Number that citizens see; the one that they had dialled where left out."
    )
    key: Key = Field(default="1", description="Key that a waiting caller presses, in queues with `callback: true`.")
    queue: Id | None = Field(
        default=None,
        description="Call queue whose operators call back those who asked for it in a menu, and missed calls;"
        " where left out these are duties on a list.",
    )
    attempts: int = Field(default=3, ge=1, le=10, description="Attempts to reach a citizen.")
    retry_minutes: float = Field(default=10, gt=0, le=1440, description="Minutes between two attempts.")
    ring_seconds: int = Field(default=25, ge=2, le=60, description="Seconds that a citizen's telephone rings.")
    allowed: tuple[DialPattern, ...] = Field(
        default=MAINLAND,
        description="Patterns of numbers that are called: digits, X 0-9, Z 1-9, N 2-9, [3-9], * at the end: any rest."
        " Mobile and fixed telephones of the mainland where left out.",
    )
    country_prefixes: tuple[Prefix, ...] = Field(
        default=("+86", "0086"), description="What is taken off the beginning of a number first."
    )
    per_number_a_day: int = Field(default=3, ge=1, le=50, description="Wishes of one number in 24 hours.")
    most: int = Field(default=200, ge=1, le=2000, description="Citizens at most who wait to be called back.")
    deadline_hours: float = Field(default=4, gt=0, le=336, description="Hours until a call back is overdue.")
    hours: Id | None = Field(
        default=None, description="Opening hours in which citizens are called; always where left out."
    )

    def dialable(self, written: str) -> str | None:
        """Return the number as it is dialled; None for one that is never called."""
        number = plain_number(written, self.country_prefixes)
        if not re.fullmatch(NUMBER_PATTERN, number) or _is_emergency(number):
            return None
        return number if any(_expression(pattern).fullmatch(number) for pattern in self.allowed) else None


class MissedPolicy(_Section):
    """Calls that were missed: callers who left before anybody could help them."""

    deadline_hours: float = Field(default=24, gt=0, le=336, description="Hours until a missed call is overdue.")
    short_abandons: bool = Field(
        default=False, description="Whether callers who left within `short_abandon_seconds` count as missed."
    )
    offer_when_idle: bool = Field(
        default=False, description="Whether idle operators are given missed calls to call back (`callbacks.queue`)."
    )
    idle_seconds: float = Field(default=30, ge=0, le=3600, description="Idle so long, an operator is given one.")


def _is_emergency(number: str) -> bool:
    """Say whether this reaches the police, the fire brigade, an ambulance: also behind an area code."""
    if number in EMERGENCY_NUMBERS:
        return True
    return number.startswith("0") and any(
        number.endswith(each) and len(number) - len(each) <= LONGEST_AREA_CODE for each in EMERGENCY_NUMBERS
    )


@lru_cache(maxsize=256)
def _expression(pattern: str) -> re.Pattern[str]:
    parts = re.findall(r"\[[0-9-]+\]|.", pattern)
    return re.compile("".join(_SIGNS.get(part, part) for part in parts), re.ASCII)
