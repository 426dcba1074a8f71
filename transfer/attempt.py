"""One attempt to connect a caller with a number of a hotline: a state machine as a table, each step of it a fact.

Every door leads here. However it goes, an attempt says exactly one `TransferStarted` and one `TransferEnded`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import structlog

from calls.connect_rate import GIVEN_UP
from calls.events import (
    CallEvent,
    EndedBy,
    TransferAnswered,
    TransferDoor,
    TransferEnded,
    TransferOutcome,
    TransferRang,
    TransferStarted,
    TransferWay,
)
from calls.legs import LegResult
from calls.outcomes import transfer_outcome
from transfer.directory import Hotline, Line

log = structlog.get_logger(__name__)


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
    REFUSED = "refused"
    "It may not be dialled now: out of hours, or a limit."


A = AttemptState
TRANSITIONS: dict[tuple[AttemptState, AttemptCause], AttemptState] = {
    (A.ASKED, AttemptCause.DIALLED): A.DIALLING,
    (A.ASKED, AttemptCause.REFUSED): A.ENDED,
    (A.DIALLING, AttemptCause.RANG): A.RINGING,
    (A.DIALLING, AttemptCause.ANSWERED): A.TALKING,
    (A.RINGING, AttemptCause.ANSWERED): A.TALKING,
    (A.DIALLING, AttemptCause.ENDED): A.ENDED,
    (A.RINGING, AttemptCause.ENDED): A.ENDED,
    (A.TALKING, AttemptCause.ENDED): A.ENDED,
}
"""Every step there is; anything else changes nothing (a second answer, a ring after the end)."""


TRUNK_SILENT, NO_SOUND, HUNG_UP_AT_ONCE = "trunk_silent", "no_sound", "hung_up_at_once"
"""What `TransferEnded.reason` says of a line that is dead although no SIP response says so."""

OUR_REASONS = frozenset({TRUNK_SILENT, NO_SOUND})
"""Of these the service itself ended the attempt."""

REFUSALS = frozenset({TransferOutcome.OUT_OF_HOURS, TransferOutcome.LIMIT})
"""Outcomes of attempts that were never dialled."""

_GIVEN_UP = frozenset({TransferOutcome.NO_ANSWER, *REFUSALS})
"""Outcomes that are the service's own doing, not the hotline's."""


@dataclass(slots=True)
class Attempt:
    """One row of the ledger while it is being written."""

    transfer_id: str
    call_id: str
    target: Hotline
    door: TransferDoor
    initiator: str
    line: Line | None = None
    "Which of the hotline's numbers; its first one where nothing is said."
    way: TransferWay = TransferWay.BLIND
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
            self.facts.append(self.started(now))

    def refused(self, outcome: TransferOutcome, now: datetime, reason: str = "") -> None:
        """It may not be dialled: the row is whole at once, and no telephone rings."""
        if self._step(AttemptCause.REFUSED):
            self.facts.append(self.started(now))
            self.facts.append(
                TransferEnded(
                    at=now,
                    call_id=self.call_id,
                    transfer_id=self.transfer_id,
                    outcome=outcome,
                    ring_seconds=0.0,
                    talk_seconds=0.0,
                    ended_by=EndedBy.SERVICE,
                    reason=reason,
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

    def ended(
        self,
        result: LegResult,
        now: datetime,
        short_abandon_seconds: float,
        *,
        verdict: TransferOutcome | None = None,
        reason: str = "",
        ended_by: EndedBy | None = None,
    ) -> TransferOutcome:
        """The attempt is over; return its outcome: the verdict, where more is known than how the leg ended."""
        seen = transfer_outcome(result.dial, result.hangup_cause)
        if seen is TransferOutcome.ANSWERED:
            self.answered(now, result.ring_seconds)
        outcome = verdict or seen
        if self._step(AttemptCause.ENDED):
            self.facts.append(
                TransferEnded(
                    at=now,
                    call_id=self.call_id,
                    transfer_id=self.transfer_id,
                    outcome=outcome,
                    ring_seconds=round(result.ring_seconds, 3),
                    talk_seconds=round(result.talk_seconds, 3),
                    ended_by=ended_by or _who_ended(outcome, result, reason),
                    sip_status=result.sip_status,
                    hangup_cause=result.hangup_cause,
                    short=outcome in GIVEN_UP and result.ring_seconds < short_abandon_seconds,
                    reason=reason,
                )
            )
        return outcome

    def started(self, now: datetime) -> TransferStarted:
        """Return the row's beginning."""
        line = self.line or self.target.lines[0]
        return TransferStarted(
            at=now,
            call_id=self.call_id,
            transfer_id=self.transfer_id,
            door=self.door,
            initiator=self.initiator,
            target_id=self.target.hotline_id,
            number=line.number,
            trunk=line.trunk,
            way=self.way,
        )

    def _step(self, cause: AttemptCause) -> bool:
        target = TRANSITIONS.get((self.state, cause))
        if target is None:
            return False
        log.info(
            "transfer",
            step=f"{self.state} -> {target}",
            transfer_id=self.transfer_id,
            target=self.target.hotline_id,
            door=str(self.door),
        )
        self.state = target
        return True


def _who_ended(outcome: TransferOutcome, result: LegResult, reason: str) -> EndedBy:
    if result.caller_left:
        return EndedBy.CALLER
    ours = outcome in _GIVEN_UP or reason in OUR_REASONS
    return EndedBy.SERVICE if ours else EndedBy.TARGET
