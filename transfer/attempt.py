"""One attempt to connect a caller with a hotline: a state machine as a table, each step of it a fact.

However it goes, an attempt says exactly one `TransferStarted` and one `TransferEnded`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from calls.events import (
    CallEvent,
    EndedBy,
    TransferAnswered,
    TransferDoor,
    TransferEnded,
    TransferOutcome,
    TransferRang,
    TransferStarted,
)
from calls.legs import LegResult
from calls.outcomes import transfer_outcome
from transfer.directory import Hotline


class AttemptState(StrEnum):
    """Where an attempt is."""

    ASKED = "asked"
    DIALLING = "dialling"
    RINGING = "ringing"
    TALKING = "talking"
    ENDED = "ended"


class AttemptCause(StrEnum):
    """What moves it."""

    DIALLED = "dialled"
    RANG = "rang"
    ANSWERED = "answered"
    ENDED = "ended"


A = AttemptState
TRANSITIONS: dict[tuple[AttemptState, AttemptCause], AttemptState] = {
    (A.ASKED, AttemptCause.DIALLED): A.DIALLING,
    (A.DIALLING, AttemptCause.RANG): A.RINGING,
    (A.DIALLING, AttemptCause.ANSWERED): A.TALKING,
    (A.RINGING, AttemptCause.ANSWERED): A.TALKING,
    (A.DIALLING, AttemptCause.ENDED): A.ENDED,
    (A.RINGING, AttemptCause.ENDED): A.ENDED,
    (A.TALKING, AttemptCause.ENDED): A.ENDED,
}
"""Every step there is; anything else changes nothing (a second answer, a ring after the end)."""


@dataclass(slots=True)
class Attempt:
    """One row of the ledger while it is being written."""

    transfer_id: str
    call_id: str
    target: Hotline
    door: TransferDoor
    initiator: str
    state: AttemptState = A.ASKED
    facts: list[CallEvent] = field(default_factory=list)
    "What happened and was not yet taken."

    def take(self) -> list[CallEvent]:
        """Return and forget the facts since the last time."""
        facts, self.facts = self.facts, []
        return facts

    def dialled(self, now: datetime) -> None:
        """The hotline is being dialled."""
        if self._step(AttemptCause.DIALLED):
            self.facts.append(
                TransferStarted(
                    at=now,
                    call_id=self.call_id,
                    transfer_id=self.transfer_id,
                    door=self.door,
                    initiator=self.initiator,
                    target_id=self.target.hotline_id,
                    number=self.target.number,
                    trunk=self.target.trunk,
                )
            )

    def rang(self, now: datetime) -> None:
        """The hotline's telephone rings."""
        if self._step(AttemptCause.RANG):
            self.facts.append(TransferRang(at=now, call_id=self.call_id, transfer_id=self.transfer_id))

    def answered(self, now: datetime, ring_seconds: float) -> None:
        """The hotline picked up."""
        if self._step(AttemptCause.ANSWERED):
            self.facts.append(
                TransferAnswered(
                    at=now, call_id=self.call_id, transfer_id=self.transfer_id, ring_seconds=round(ring_seconds, 3)
                )
            )

    def ended(self, result: LegResult, now: datetime, short_abandon_seconds: float) -> TransferOutcome:
        """The attempt is over; return its outcome."""
        outcome = transfer_outcome(result.dial, result.hangup_cause)
        if outcome is TransferOutcome.ANSWERED:
            self.answered(now, result.ring_seconds)
        if self._step(AttemptCause.ENDED):
            self.facts.append(
                TransferEnded(
                    at=now,
                    call_id=self.call_id,
                    transfer_id=self.transfer_id,
                    outcome=outcome,
                    ring_seconds=round(result.ring_seconds, 3),
                    talk_seconds=round(result.talk_seconds, 3),
                    ended_by=EndedBy.CALLER if result.caller_left else EndedBy.TARGET,
                    sip_status=result.sip_status,
                    hangup_cause=result.hangup_cause,
                    short=outcome is TransferOutcome.CALLER_LEFT and result.ring_seconds < short_abandon_seconds,
                )
            )
        return outcome

    def _step(self, cause: AttemptCause) -> bool:
        target = TRANSITIONS.get((self.state, cause))
        if target is None:
            return False
        self.state = target
        return True
