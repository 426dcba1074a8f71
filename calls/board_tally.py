"""Counters behind the live board: a sliding 24 hours in minutes, and the tallies of one day.

Everything is booked to the minute in which the caller asked, not in which it was decided. So an answer never lands in
another day or window than its question, and no ratio can pass 100 %.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

from calls.connect_rate import is_rated
from calls.events import OfferOutcome, TransferOutcome

MINUTES = 24 * 60
"Length of the sliding window."


def ratio(part: float, whole: float) -> float | None:
    """Return part ÷ whole, or None where there is nothing to divide by."""
    return part / whole if whole > 0 else None


class SlidingRatio:
    """Asked and answered of the last 24 hours, in buckets of one minute."""

    __slots__ = ("_answered", "_asked", "_head", "answered", "asked")

    def __init__(self) -> None:
        self._asked = array("I", bytes(4 * MINUTES))
        self._answered = array("I", bytes(4 * MINUTES))
        self._head = 0
        self.asked = 0
        self.answered = 0

    def book(self, minute: int, *, answered: bool) -> None:
        """Count one decided question of that minute; minutes that have left the window are ignored."""
        self._add(minute, 1, answered=answered)

    def take_back(self, minute: int) -> None:
        """Forget an answer that was booked and was none: a dead line had picked up."""
        self._add(minute, -1, answered=True)

    def _add(self, minute: int, count: int, *, answered: bool) -> None:
        self.advance(minute)
        if minute <= self._head - MINUTES:
            return
        index = minute % MINUTES
        self._asked[index] += count
        self.asked += count
        if answered:
            self._answered[index] += count
            self.answered += count

    def advance(self, minute: int) -> None:
        """Let the minutes fall out that are 24 hours older than `minute`; going back does nothing."""
        if minute <= self._head:
            return
        for passed in range(max(self._head + 1, minute - MINUTES + 1), minute + 1):
            index = passed % MINUTES
            self.asked -= self._asked[index]
            self.answered -= self._answered[index]
            self._asked[index] = self._answered[index] = 0
        self._head = minute

    def ratio(self) -> float | None:
        """Return answered ÷ asked."""
        return ratio(self.answered, self.asked)


@dataclass(slots=True)
class QueueDay:
    """What became of the calls that entered a queue on this day."""

    offered: int = 0
    answered: int = 0
    answered_within: int = 0
    abandoned: int = 0
    short_abandons: int = 0
    left_within: int = 0
    "Abandons of either kind within the service level's seconds."
    timed_out: int = 0
    moved: int = 0
    lost: int = 0
    wait_of_answered: float = 0.0

    def add(self, other: QueueDay) -> None:
        """Add another queue's counts."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def decided(self) -> int:
        """Calls that no longer wait."""
        return self.answered + self.abandoned + self.short_abandons + self.timed_out + self.moved + self.lost


class HotlineTally:
    """What became of the attempts to reach one hotline."""

    __slots__ = ("attempts", "ended", "outcomes", "rated", "returned", "short", "window", "window_all")

    def __init__(self) -> None:
        self.window = SlidingRatio()
        "What the connect rate counts."
        self.window_all = SlidingRatio()
        "Everything that ended."
        self.start_day()

    def start_day(self) -> None:
        """Forget the counts of the day before."""
        self.attempts = 0
        self.outcomes = dict.fromkeys(TransferOutcome, 0)
        self.short = 0
        self.returned = 0
        self.rated = 0
        self.ended = 0

    def book(self, minute: int, outcome: TransferOutcome, *, short: bool, in_day: bool) -> None:
        """Count an attempt that ended so, or was answered."""
        answered = outcome is TransferOutcome.ANSWERED
        rated = is_rated(outcome, short)
        self.window_all.book(minute, answered=answered)
        if rated:
            self.window.book(minute, answered=answered)
        if in_day:
            self.outcomes[outcome] += 1
            self.rated += rated
            self.ended += 1

    def take_back_answer(self, minute: int, *, in_day: bool) -> None:
        """Forget an answer that was none: a dead line had picked up."""
        self.window.take_back(minute)
        self.window_all.take_back(minute)
        if in_day:
            self.outcomes[TransferOutcome.ANSWERED] -= 1
            self.rated -= 1
            self.ended -= 1


@dataclass(slots=True)
class OperatorDay:
    """What an operator did on this day."""

    answered: int = 0
    missed: int = 0
    caller_left: int = 0
    declined: int = 0
    talk_seconds: float = 0.0

    def count_offer(self, outcome: OfferOutcome) -> None:
        """Count an offer that ended without an answer; busy and unreachable phones are nobody's miss."""
        if outcome is OfferOutcome.MISSED:
            self.missed += 1
        elif outcome is OfferOutcome.CALLER_LEFT:
            self.caller_left += 1
        elif outcome is OfferOutcome.DECLINED:
            self.declined += 1


@dataclass(slots=True)
class QueueTally:
    """One queue's day and its sliding window."""

    day: QueueDay = field(default_factory=QueueDay)
    window: SlidingRatio = field(default_factory=SlidingRatio)
