"""What is said, piece by piece: the form that both languages share, and what their values may look like."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from enum import StrEnum

MAX_DIGITS = 40
"""Characters of a string of digits that is still said one by one."""

MAX_NUMBER = 10**12
"""Numbers from here on have no name here."""

PAUSE = "pause"
"""The piece between two groups of digits: silence."""

Value = str | int | Decimal | date | time | datetime


class Kind(StrEnum):
    """How a value is said."""

    NUMBER = "number"
    "As a number; in Mandarin 两 before a measure word that follows in the text."
    COUNT = "count"
    "As a number before a measure word: 两."
    DIGITS = "digits"
    "Digit by digit."
    TELEPHONE = "telephone"
    "Digit by digit the way telephone numbers are: 幺, in groups."
    ORDINAL = "ordinal"
    "第三, third."
    POSITION = "position"
    "第三位, number three: a place in a queue."
    TIME = "time"
    DATE = "date"
    MONEY = "money"
    "元角分, yuan and fen."
    MINUTES = "minutes"
    "A length of time in whole minutes."
    DURATION = "duration"
    "A length of time in seconds."


class CantSay(ValueError):
    """A value that has no spoken form of this kind."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is said."""

    pieces: tuple[str, ...]
    "Names of the sound files, in order."
    text: str
    "The same as text, for people and tests."


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The pieces of a language."""

    texts: Mapping[str, str]
    "Piece to what the speech engine says."
    separator: str
    "Between the pieces in text."

    def spoken(self, pieces: Iterable[str]) -> Spoken:
        """Return the pieces with their text."""
        names = tuple(pieces)
        words = [self.texts[name] for name in names if name != PAUSE]
        return Spoken(names, self.separator.join(words))


def to_number(value: Value) -> Decimal:
    """Return the value as a number; raise CantSay where it is none."""
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise CantSay(f"{value!r} is no number") from None
    if not number.is_finite() or abs(number) >= MAX_NUMBER:
        raise CantSay(f"{value!r} is not between -{MAX_NUMBER} and {MAX_NUMBER}")
    return number


def to_whole(value: Value, least: int = 0) -> int:
    """Return the value as a whole number, `least` or more."""
    number = to_number(value)
    if number != int(number) or number < least:
        raise CantSay(f"{value!r} is no whole number from {least} on")
    return int(number)


def to_digits(value: Value) -> str:
    """Return the digits, *, # and + of the value; spaces and hyphens are left out."""
    text = re.sub(r"[\s-]", "", str(value))
    if not re.fullmatch(r"[0-9*#+]+", text, re.ASCII) or len(text) > MAX_DIGITS:
        raise CantSay(f"{value!r} is no string of 1 to {MAX_DIGITS} digits")
    return text


def to_time(value: Value) -> tuple[int, int]:
    """Return hour (0 to 24) and minute."""
    if isinstance(value, datetime | time):
        return value.hour, value.minute
    match = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})(:[0-9]{2})?", str(value).strip(), re.ASCII)
    if match is None:
        raise CantSay(f"{value!r} is no time such as 08:30")
    hour, minute = int(match[1]), int(match[2])
    if minute > 59 or hour > 24 or (hour == 24 and minute):
        raise CantSay(f"{value!r} is no time of a day")
    return hour, minute


def to_date(value: Value) -> tuple[int | None, int, int]:
    """Return year, month and day; no year where the value has none (10-01)."""
    if isinstance(value, date):  # a datetime is one as well
        return value.year, value.month, value.day
    match = re.fullmatch(r"(?:([0-9]{4})-)?([0-9]{1,2})-([0-9]{1,2})", str(value).strip(), re.ASCII)
    if match is None:
        raise CantSay(f"{value!r} is no date such as 2026-10-01")
    year = int(match[1]) if match[1] else None
    try:
        found = date(year or 2000, int(match[2]), int(match[3]))  # a leap year: 02-29 without a year is a day
    except ValueError:
        raise CantSay(f"{value!r} is no day of the calendar") from None
    return year, found.month, found.day


def to_fen(value: Value) -> int:
    """Return an amount in yuan as whole fen."""
    fen = to_number(value) * 100
    if fen != int(fen) or fen < 0:
        raise CantSay(f"{value!r} is no amount in yuan with at most two decimals")
    return int(fen)


def grouped(digits: str, *, telephone: bool) -> list[str]:
    """Return the digits in the groups that people say them in."""
    if len(digits) <= 6 or not digits.isdigit():
        return [digits]
    if telephone and len(digits) == 11 and digits[0] == "1":
        return [digits[:3], digits[3:7], digits[7:]]  # a mobile number
    if telephone and digits[0] == "0" and len(digits) >= 10:
        area = 3 if digits[1] in "12" else 4
        return [digits[:area], *_fours(digits[area:])]
    return _fours(digits)


def _fours(digits: str) -> list[str]:
    groups = [digits[start : start + 4] for start in range(0, len(digits), 4)]
    if len(groups) > 1 and len(groups[-1]) == 1:
        last = groups.pop()  # one digit alone sounds forgotten
        groups[-1] += last
    return groups
