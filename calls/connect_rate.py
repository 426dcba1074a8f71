"""The connect rate of transfers: which attempts it counts, in one place for the live board, the reports and the alarms.

Two figures are kept side by side. `connect_rate` leaves out what a written rule says (docs/reports.md): attempts that
were given up within the first seconds, and those outside the hotline's hours, which nobody dialled.
`connect_rate_all` leaves out nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from calls.words import TransferOutcome

GIVEN_UP = frozenset({TransferOutcome.CALLER_LEFT, TransferOutcome.CANCELLED})
"""Outcomes that are left out where they came within the first seconds (an attempt's `short`)."""


def is_rated(outcome: str, short: bool) -> bool:
    """Return whether the connect rate counts an attempt that ended so."""
    if outcome == TransferOutcome.OUT_OF_HOURS:
        return False
    return not (short and outcome in GIVEN_UP)


def rate(answered: int, attempts: int) -> float | None:
    """Return answered ÷ attempts, None where there were none."""
    return answered / attempts if attempts > 0 else None


@dataclass(slots=True)
class Sums:
    """Some attempts of one outcome, added up."""

    attempts: int = 0
    returned: int = 0
    "After which the caller came back."
    ring_ms: int = 0
    talk_ms: int = 0


@dataclass(slots=True)
class AttemptFigures:
    """Attempts that ended, by outcome, and what follows from them."""

    by_outcome: dict[tuple[str, bool], Sums] = field(default_factory=dict)
    "Outcome, and whether it was short."

    def add(self, outcome: str, short: bool, sums: Sums) -> None:
        """Add some attempts of one outcome."""
        there = self.by_outcome.get((outcome, short))
        if there is None:
            there = self.by_outcome[outcome, short] = Sums()
        there.attempts += sums.attempts
        there.returned += sums.returned
        there.ring_ms += sums.ring_ms
        there.talk_ms += sums.talk_ms

    def add_all(self, other: AttemptFigures) -> None:
        """Add all attempts of others."""
        for (outcome, short), sums in other.by_outcome.items():
            self.add(outcome, short, sums)

    @property
    def attempts(self) -> int:
        """All attempts."""
        return self._sum(self.by_outcome)

    @property
    def answered(self) -> int:
        """Attempts that a person at the hotline answered."""
        return self.of(TransferOutcome.ANSWERED)

    @property
    def given_up_short(self) -> int:
        """Attempts given up within the first seconds."""
        return self._sum(key for key in self.by_outcome if key[1] and key[0] in GIVEN_UP)

    @property
    def rated(self) -> int:
        """Attempts that the connect rate divides by."""
        return self._sum(key for key in self.by_outcome if is_rated(*key))

    @property
    def connect_rate(self) -> float | None:
        """Answered ÷ (attempts − given up within N s − out of hours)."""
        return rate(self.answered, self.rated)

    @property
    def connect_rate_all(self) -> float | None:
        """Answered ÷ attempts."""
        return rate(self.answered, self.attempts)

    @property
    def returned(self) -> int:
        """Attempts after which the caller came back to an operator or a queue."""
        return sum(sums.returned for sums in self.by_outcome.values())

    @property
    def ring_ms(self) -> int:
        """How long the hotlines rang in all attempts together."""
        return sum(sums.ring_ms for sums in self.by_outcome.values())

    @property
    def talk_ms(self) -> int:
        """How long callers talked to the hotlines, together."""
        return sum(sums.talk_ms for sums in self.by_outcome.values())

    @property
    def mean_answer_seconds(self) -> float | None:
        """How long it took until an answer, where there was one."""
        ring_ms = sum(sums.ring_ms for (outcome, _), sums in self.by_outcome.items() if outcome == "answered")
        return ring_ms / 1000 / self.answered if self.answered else None

    @property
    def mean_talk_seconds(self) -> float | None:
        """How long an answered attempt's conversation was."""
        return self.talk_ms / 1000 / self.answered if self.answered else None

    def of(self, outcome: str) -> int:
        """Return the attempts of one outcome, short ones included."""
        return self._sum(key for key in self.by_outcome if key[0] == outcome)

    def _sum(self, keys: Iterable[tuple[str, bool]]) -> int:
        return sum(self.by_outcome[key].attempts for key in keys)
