"""Calls without a coroutine: those that outlived the service or their session. Each is ended exactly once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from acd.dispatcher import Assignment
from agi_scripts.definitions import Definitions
from calls.events import CallEvent, ConversationEnded, EndedBy, OfferEnded, OfferOutcome, TransferEnded, TransferOutcome
from calls.model import Call
from recording.recorder import RecordingPlan


@dataclass(frozen=True, slots=True)
class OpenOffer:
    """An offer without an end in the journal."""

    offer_id: str
    operator_id: str
    offered_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpenTransfer:
    """A transfer attempt without an end in the journal."""

    transfer_id: str
    started_at: datetime
    answered_at: datetime | None


@dataclass(slots=True)
class OpenCall:
    """A call that nobody owns at the moment, with what it left open."""

    call: Call
    offer: OpenOffer | None = None
    transfer: OpenTransfer | None = None
    recordings: list[RecordingPlan] = field(default_factory=list)
    adopted: Assignment | None = None
    "The waiting room's side of a conversation that was taken over."
    definitions: Definitions | None = None
    "The configuration that the call began with; None where that was before the service started."

    @property
    def is_talking(self) -> bool:
        """Whether a conversation was under way when the service lost sight of the call."""
        return any(part is not None and part.answered_at is not None for part in (self.offer, self.transfer))

    def endings(self, now: datetime) -> list[CallEvent]:
        """Return the facts that end what was left open, as of now."""
        facts: list[CallEvent] = []
        call_id = self.call.call_id
        if self.offer is not None:
            facts.append(_end_offer(call_id, self.offer, now))
        if self.transfer is not None:
            facts.append(_end_transfer(call_id, self.transfer, now))
        return facts


def _end_offer(call_id: str, offer: OpenOffer, now: datetime) -> CallEvent:
    if offer.answered_at is None:
        return OfferEnded(
            at=now,
            call_id=call_id,
            offer_id=offer.offer_id,
            operator_id=offer.operator_id,
            outcome=OfferOutcome.FAILED,
            ring_seconds=_seconds(offer.offered_at, now),
        )
    return ConversationEnded(
        at=now,
        call_id=call_id,
        offer_id=offer.offer_id,
        operator_id=offer.operator_id,
        talk_seconds=_seconds(offer.answered_at, now),
        ended_by=EndedBy.UNKNOWN,
    )


def _end_transfer(call_id: str, transfer: OpenTransfer, now: datetime) -> CallEvent:
    answered = transfer.answered_at
    return TransferEnded(
        at=now,
        call_id=call_id,
        transfer_id=transfer.transfer_id,
        outcome=TransferOutcome.FAILED if answered is None else TransferOutcome.ANSWERED,
        ring_seconds=_seconds(transfer.started_at, answered or now),
        talk_seconds=_seconds(answered, now) if answered is not None else 0.0,
        ended_by=EndedBy.UNKNOWN,
    )


def _seconds(since: datetime, until: datetime) -> float:
    return round(max(0.0, (until - since).total_seconds()), 3)
