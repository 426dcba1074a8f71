"""The connect rate of transfers: which attempts it counts, in one place for the live board, the reports and the alarms.

Two figures are kept side by side. `connect_rate` leaves out what a written rule says (docs/reports.md): attempts that
were given up within the first seconds, and those outside the hotline's hours, which nobody dialled.
`connect_rate_all` leaves out nothing.
"""

from __future__ import annotations

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
class AttemptFigures:
    """Attempts that ended, and what follows from them."""

    attempts: int = 0
    by_outcome: dict[str, int] = field(default_factory=dict)
    "Attempts of each."
    given_up_short: int = 0
    "Given up within the first seconds: what `is_rated` leaves out besides those out of hours."
    returned: int = 0
    "After which the caller came back to an operator or a queue."
    ring_ms: int = 0
    "How long the hotlines rang in all attempts together."
    talk_ms: int = 0
    "How long callers talked to the hotlines, together."
    answered_ring_ms: int = 0
    "How long the hotlines rang before they answered, together."

    def add(self, more: AttemptFigures) -> None:
        """Add other attempts."""
        self.attempts += more.attempts
        for outcome, attempts in more.by_outcome.items():
            self.by_outcome[outcome] = self.by_outcome.get(outcome, 0) + attempts
        self.given_up_short += more.given_up_short
        self.returned += more.returned
        self.ring_ms += more.ring_ms
        self.talk_ms += more.talk_ms
        self.answered_ring_ms += more.answered_ring_ms

    @property
    def answered(self) -> int:
        """Attempts that a person at the hotline answered."""
        return self.by_outcome.get(TransferOutcome.ANSWERED, 0)

    @property
    def rated(self) -> int:
        """Attempts that the connect rate divides by."""
        return self.attempts - self.given_up_short - self.by_outcome.get(TransferOutcome.OUT_OF_HOURS, 0)

    @property
    def connect_rate(self) -> float | None:
        """Answered ÷ (attempts − given up within N s − out of hours)."""
        return rate(self.answered, self.rated)

    @property
    def connect_rate_all(self) -> float | None:
        """Answered ÷ attempts."""
        return rate(self.answered, self.attempts)

    @property
    def mean_answer_seconds(self) -> float | None:
        """How long it took until an answer, where there was one."""
        return self.answered_ring_ms / 1000 / self.answered if self.answered else None

    @property
    def mean_talk_seconds(self) -> float | None:
        """How long an answered attempt's conversation was."""
        return self.talk_ms / 1000 / self.answered if self.answered else None
