"""Who is calling, by their number: repeat caller, enterprise, blocked or allowed. Pure; the records are given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ivr.lines import in_zone
from ivr.model import EMERGENCY_NUMBERS, BlockedNumber, Callers, Line


@dataclass(frozen=True, slots=True)
class PastCalls:
    """What the records say of a number."""

    last_at: datetime | None = None
    "When it called last."
    language: str | None = None
    "The language in which that call ended."
    open_case: bool = False
    "Something is still to be done for this caller."
    operator_id: str | None = None
    "Who talked to this caller last."
    talked_at: datetime | None = None
    "When that was."
    case_operator_id: str | None = None
    "Who has the open case."

    def known_operator(self, now: datetime, within: timedelta) -> str | None:
        """Return the operator who knows this caller: who has the open case, or talked to them within this time."""
        if self.case_operator_id is not None:
            return self.case_operator_id
        recent = self.talked_at is not None and within and now - self.talked_at <= within
        return self.operator_id if recent else None


@dataclass(frozen=True, slots=True)
class _Numbers:
    """Numbers, and beginnings of numbers (written with * at the end)."""

    whole: frozenset[str]
    beginnings: tuple[str, ...]

    def __contains__(self, number: str) -> bool:
        return number in self.whole or (bool(self.beginnings) and number.startswith(self.beginnings))


def _numbers(written: Iterable[str]) -> _Numbers:
    words = set(written)
    beginnings = tuple(sorted(word[:-1] for word in words if word.endswith("*")))
    return _Numbers(frozenset(word for word in words if not word.endswith("*")), beginnings)


@dataclass(frozen=True, slots=True)
class CallerBook:
    """The city's lists of numbers, made for looking up."""

    callers: Callers
    zone: ZoneInfo
    _enterprises: _Numbers = field(init=False, repr=False, compare=False)
    _allowed: _Numbers = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_enterprises", _numbers(self.callers.enterprise_numbers))
        object.__setattr__(self, "_allowed", _numbers(self.callers.allowed))

    def kinds(self, number: str, past: PastCalls, now: datetime) -> frozenset[str]:
        """Return what this caller is; several kinds at once."""
        if not number:
            return frozenset({"unknown"})
        recent = past.last_at is not None and now - past.last_at <= timedelta(days=self.callers.repeat_days)
        found = {
            "repeat": recent,
            "enterprise": number in self._enterprises,
            "open_case": past.open_case,
            "allowed": number in self._allowed,
            "blocked": self.block(number, now) is not None,
        }
        return frozenset(kind for kind, true in found.items() if true)

    def block(self, number: str, now: datetime) -> BlockedNumber | None:
        """Return why this number is not put through; None where it is. The list of allowed numbers wins."""
        if not number or number in self._allowed:
            return None
        for each in self.callers.blocked:
            if each.until is not None and in_zone(each.until, self.zone) <= now:
                continue
            if number == each.number or (each.number.endswith("*") and number.startswith(each.number[:-1])):
                return each
        return None


def passes_always(line: Line, dnis: str) -> bool:
    """Say whether nobody is kept from this line: it is one for emergencies."""
    return line.emergency or dnis in EMERGENCY_NUMBERS
