"""Which numbers of hotlines can't be reached at the moment. Pure: the time is a parameter.

A number that fails so often in a row (`TransferRules.failures_in_a_row`) is marked down: others are tried before it,
callers are told, and every `probe_seconds` one caller tries it first again. The first success takes the mark off, and
so does a supervisor. Who marks by hand is believed in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from calls.events import Event, HotlineMarkedDown, HotlineMarkedUp, TransferOutcome
from transfer.directory import Hotline, Line
from transfer.rules import TransferRules

FAILURES = frozenset({TransferOutcome.NO_ANSWER, TransferOutcome.UNREACHABLE, TransferOutcome.FAILED})
"""What counts against a number. Busy and rejected do not: somebody is there. What the caller or we did, neither."""

SUCCESSES = frozenset({TransferOutcome.ANSWERED, TransferOutcome.BUSY, TransferOutcome.REJECTED})
"""What breaks a row of failures: the far end spoke. The mark itself only goes with an answer."""


@dataclass(slots=True)
class _Number:
    failures: int = 0
    "In a row."
    down_since: datetime | None = None
    probed_at: datetime | None = None
    reason: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A number that is marked down."""

    number: str
    since: datetime
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class Route:
    """In which order a hotline's numbers are tried for one caller."""

    lines: tuple[Line, ...]
    is_down: bool
    "Its first number is marked down: the caller is told."


@dataclass(slots=True)
class Health:
    """What is known of every number that was tried. At most as many as the directory has."""

    _numbers: dict[tuple[str, str], _Number] = field(default_factory=dict)

    def route(self, hotline: Hotline, rules: TransferRules, now: datetime) -> Route:
        """Return the numbers in the order to try: those that work, then those that are down; one that is to be probed
        comes first. An emergency line knows no marks.
        """
        lines = hotline.lines
        if hotline.is_emergency:
            return Route(lines, False)
        down = [line for line in lines if self._of(hotline, line.number).down_since is not None]
        if not down:
            return Route(lines, False)
        due = next((line for line in down if self._is_due(hotline, line, rules, now)), None)
        if due is not None:
            self._of(hotline, due.number).probed_at = now  # this caller is the probe; the next ones are not
        first = () if due is None else (due,)
        well = tuple(line for line in lines if line not in down)
        rest = tuple(line for line in down if line is not due)
        return Route((*first, *well, *rest), lines[0] in down)

    def heard(
        self, hotline: Hotline, number: str, outcome: TransferOutcome, rules: TransferRules, now: datetime
    ) -> list[Event]:
        """Take the outcome of an attempt; return the facts that follow from it."""
        known = self._of(hotline, number)
        if outcome in SUCCESSES:
            known.failures = 0
            if outcome is TransferOutcome.ANSWERED and known.down_since is not None:
                return self.mark_up(hotline, number, now, "a caller got through")
        elif outcome in FAILURES:
            known.failures += 1
            if known.failures >= rules.failures_in_a_row and known.down_since is None and not hotline.is_emergency:
                return self.mark_down(hotline, number, now, f"{known.failures} failures in a row")
        return []

    def mark_down(self, hotline: Hotline, number: str, now: datetime, reason: str, by: str = "service") -> list[Event]:
        """Mark a number down; nothing happens where it is down already."""
        if self._of(hotline, number).down_since is not None:
            return []
        return [
            self.apply(HotlineMarkedDown(at=now, target_id=hotline.hotline_id, number=number, reason=reason, by=by))
        ]

    def mark_up(self, hotline: Hotline, number: str, now: datetime, reason: str, by: str = "service") -> list[Event]:
        """Take the mark off a number; nothing happens where there is none."""
        if self._of(hotline, number).down_since is None:
            return []
        return [self.apply(HotlineMarkedUp(at=now, target_id=hotline.hotline_id, number=number, reason=reason, by=by))]

    def apply(self, event: Event) -> Event:
        """Take in a mark, as made here or as the journal tells it after a restart; return it."""
        match event:
            case HotlineMarkedDown():
                known = self._numbers.setdefault((event.target_id, event.number), _Number())
                known.down_since = known.probed_at = event.at
                known.reason, known.by = event.reason, event.by
            case HotlineMarkedUp():
                self._numbers[event.target_id, event.number] = _Number()
        return event

    def marks(self, hotline: Hotline) -> tuple[Mark, ...]:
        """Return the numbers of a hotline that are marked down."""
        found = ((line.number, self._of(hotline, line.number)) for line in hotline.lines)
        return tuple(
            Mark(number, known.down_since, known.reason, known.by)
            for number, known in found
            if known.down_since is not None
        )

    def is_down(self, hotline: Hotline) -> bool:
        """Return whether every number of a hotline is marked down."""
        return len(self.marks(hotline)) == len(hotline.lines)

    def _of(self, hotline: Hotline, number: str) -> _Number:
        return self._numbers.setdefault((hotline.hotline_id, number), _Number())

    def _is_due(self, hotline: Hotline, line: Line, rules: TransferRules, now: datetime) -> bool:
        probed = self._of(hotline, line.number).probed_at
        return probed is None or now - probed >= timedelta(seconds=rules.probe_seconds)
