"""Calls without a coroutine: those that outlived the service or their session. Each is ended exactly once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from acd.dispatcher import Assignment
from agi_scripts.definitions import Definitions
from agi_scripts.wishes import Wish
from calls.events import (
    CallEvent,
    ConversationEnded,
    EndedBy,
    OfferEnded,
    OfferOutcome,
    OperatorAnswered,
    OperatorOffered,
    TransferAnswered,
    TransferEnded,
    TransferOutcome,
)
from calls.legs import LegEnded, TransferAsked
from calls.model import Call
from recording.recorder import RecordingPlan
from telephony.asterisk.legs import LegRecord
from telephony.tracker import endpoint_of, phone_of
from transfer.note import read_note

CLOCKS_DIFFER_SECONDS = 1.0
"""A leg may begin this much before it was offered, by Asterisk's clock."""


TRUNKS = "trunk-"
"""What the names of all trunks begin with."""


@dataclass(frozen=True, slots=True)
class OpenOffer:
    """An offer without an end in the journal."""

    offer_id: str
    operator_id: str
    phone: str
    "The phone that the operator works at."
    offered_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None = None
    "When its leg ended, where Asterisk's record says so."
    hangup_cause: int | None = None
    told: bool = False
    "Its end is in the journal."


@dataclass(frozen=True, slots=True)
class OpenTransfer:
    """A transfer attempt without an end in the journal."""

    transfer_id: str
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None = None
    "When its leg ended, where Asterisk's record says so."
    hangup_cause: int | None = None
    target_id: str = ""
    told: bool = False
    "Its end is in the journal."


@dataclass(slots=True)
class OpenCall:
    """A call that nobody owns at the moment, with what it left open."""

    call: Call
    offer: OpenOffer | None = None
    transfer: OpenTransfer | None = None
    recordings: list[RecordingPlan] = field(default_factory=list)
    adopted: Assignment | None = None
    "The waiting room's side of a conversation that was taken over."
    asked: TransferAsked | None = None
    "Whoever wants the caller of an adopted conversation at a hotline; the caller is on the way to a new session."
    wish: Wish | None = None
    "What it goes on with in its next session, where the last one knew that."
    known_until: datetime | None = None
    "The last fact of it in the journal of a service that ended; None once it was asked for what came after."
    definitions: Definitions | None = None
    "The configuration that the call began with; None where that was before the service started."

    @property
    def is_talking(self) -> bool:
        """Whether the caller spoke with whom they were with last."""
        part = self.offer if self.last_party is EndedBy.OPERATOR else self.transfer
        return part is not None and part.answered_at is not None

    @property
    def is_with_operator(self) -> bool:
        """Whether an operator talks to the caller and no hotline is asked."""
        offer, transfer = self.offer, self.transfer
        talks = offer is not None and offer.answered_at is not None and offer.ended_at is None
        return talks and (transfer is None or transfer.ended_at is not None)

    @property
    def last_party(self) -> EndedBy:
        """Who the caller talked to last, and who ended it where the caller did not."""
        offer, transfer = self.offer, self.transfer
        if transfer is None:
            return EndedBy.OPERATOR
        if offer is None or transfer.ended_at is None:
            return EndedBy.TARGET
        operator_last = offer.ended_at is None or offer.ended_at > transfer.ended_at
        return EndedBy.OPERATOR if operator_last else EndedBy.TARGET

    def leg_ended(self, leg: LegEnded) -> list[CallEvent]:
        """Take in that a leg ended while no session owned the call; return the end of what it was for."""
        endpoint, offer, transfer = endpoint_of(leg.channel), self.offer, self.transfer
        if offer is not None and offer.answered_at is not None and not offer.told and endpoint == offer.phone:
            self.offer = replace(offer, ended_at=leg.at, hangup_cause=leg.hangup_cause, told=True)
            return [_end_offer(leg.call_id, self.offer, leg.at)]
        if transfer is not None and not transfer.told and endpoint.startswith(TRUNKS):
            self.transfer = replace(transfer, ended_at=leg.at, hangup_cause=leg.hangup_cause, told=True)
            return [_end_transfer(leg.call_id, self.transfer, leg.at)]
        return []

    def overdue(self) -> list[CallEvent]:
        """Return the ends, not told yet, of conversations that Asterisk's record says are over; the call goes on."""
        facts: list[CallEvent] = []
        call_id, offer, transfer = self.call.call_id, self.offer, self.transfer
        if offer is not None and offer.answered_at is not None and offer.ended_at is not None and not offer.told:
            self.offer = replace(offer, told=True)
            facts.append(_end_offer(call_id, offer, offer.ended_at))
        if transfer is not None and transfer.ended_at is not None and not transfer.told:
            self.transfer = replace(transfer, told=True)
            facts.append(_end_transfer(call_id, transfer, transfer.ended_at))
        return facts

    def endings(self, now: datetime) -> list[CallEvent]:
        """Return the facts that end what was left open: at the time that Asterisk's record names, else now."""
        facts: list[CallEvent] = []
        call_id = self.call.call_id
        if self.offer is not None and not self.offer.told:
            facts.append(_end_offer(call_id, self.offer, self.offer.ended_at or now))
        if self.transfer is not None and not self.transfer.told:
            facts.append(_end_transfer(call_id, self.transfer, self.transfer.ended_at or now))
        return facts

    def lost_offer(self, legs: Sequence[LegRecord], operator_at: Callable[[str], str | None]) -> OperatorOffered | None:
        """Return the offer that a service made in its last moments: a phone dialled after the journal's last fact."""
        known_until, self.known_until = self.known_until, None
        if known_until is None or self.offer is not None or self.transfer is not None:
            return None
        for leg in legs:
            phone = phone_of(leg.channel) if leg.started_at > known_until else None
            operator_id = operator_at(phone) if phone else None
            if phone is not None and operator_id is not None:
                call_id, queue_id = self.call.call_id, self.call.queue_id or ""
                self.offer = OpenOffer(f"{call_id}-ol", operator_id, phone, leg.started_at, None)
                return OperatorOffered(
                    at=leg.started_at,
                    call_id=call_id,
                    offer_id=self.offer.offer_id,
                    operator_id=operator_id,
                    queue_id=queue_id,
                )
        return None

    def lost_transfers(self, legs: Sequence[LegRecord]) -> list[CallEvent]:
        """Return what a service's last moments lack in the journal of attempts: each was dialled, and is a row."""
        facts: list[CallEvent] = []
        call = self.call
        for leg in legs:
            started = read_note(leg.note, call.call_id, leg.started_at) if leg.note else None
            number = started.transfer_id.removeprefix(f"{call.call_id}-t") if started else ""
            if started is None or not number.isdecimal() or int(number) <= call.transfers:
                continue
            call.transfers = int(number)
            if self.transfer is not None and not self.transfer.told:
                facts.append(_end_transfer(call.call_id, self.transfer, self.transfer.ended_at or leg.started_at))
            facts.append(started)
            self.transfer = OpenTransfer(
                started.transfer_id, leg.started_at, None, leg.ended_at, leg.hangup_cause, started.target_id
            )
        return facts

    def learn(self, legs: Sequence[LegRecord]) -> list[CallEvent]:
        """Take in what Asterisk recorded of the legs while nobody looked; return the answers that were missed."""
        facts: list[CallEvent] = []
        # the caller's own leg came on a trunk, too, and it is answered
        legs = [leg for leg in legs if leg.leg_id != self.call.call_id]
        if self.offer is not None and (leg := _leg_of(legs, self.offer.phone, self.offer.offered_at)):
            if self.offer.answered_at is None and leg.answered_at is not None:
                facts.append(_answer_offer(self.call.call_id, self.offer, leg.answered_at))
            self.offer = replace(self.offer, **_ends(self.offer, leg))
        if self.transfer is not None and (leg := _leg_of(legs, TRUNKS, self.transfer.started_at)):
            if self.transfer.answered_at is None and leg.answered_at is not None:
                facts.append(_answer_transfer(self.call.call_id, self.transfer, leg.answered_at))
            self.transfer = replace(self.transfer, **_ends(self.transfer, leg))
        for fact in facts:
            self.call.answered_at = self.call.answered_at or fact.at
        return facts

    def answered(self, now: datetime) -> list[CallEvent]:
        """The operator whose phone rang picked up while no session owned the call."""
        if self.offer is None or self.offer.answered_at is not None:
            return []
        fact = _answer_offer(self.call.call_id, self.offer, now)
        self.offer = replace(self.offer, answered_at=now)
        self.call.answered_at = self.call.answered_at or now
        return [fact]


def _leg_of(legs: Sequence[LegRecord], endpoint: str, since: datetime) -> LegRecord | None:
    """Return the leg that was dialled for it: the first to this endpoint, or to any trunk, from then on."""
    earliest = since - timedelta(seconds=CLOCKS_DIFFER_SECONDS)
    for leg in legs:
        name = endpoint_of(leg.channel)
        if leg.started_at >= earliest and (name == endpoint or (endpoint == TRUNKS and name.startswith(TRUNKS))):
            return leg
    return None


def _ends(part: OpenOffer | OpenTransfer, leg: LegRecord) -> dict[str, Any]:
    return {
        "answered_at": part.answered_at or leg.answered_at,
        "ended_at": leg.ended_at,
        "hangup_cause": leg.hangup_cause,
    }


def _answer_offer(call_id: str, offer: OpenOffer, at: datetime) -> OperatorAnswered:
    return OperatorAnswered(
        at=at,
        call_id=call_id,
        offer_id=offer.offer_id,
        operator_id=offer.operator_id,
        ring_seconds=_seconds(offer.offered_at, at),
    )


def _answer_transfer(call_id: str, transfer: OpenTransfer, at: datetime) -> TransferAnswered:
    ring = _seconds(transfer.started_at, at)
    return TransferAnswered(at=at, call_id=call_id, transfer_id=transfer.transfer_id, ring_seconds=ring)


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
        hangup_cause=offer.hangup_cause,
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
        hangup_cause=transfer.hangup_cause,
    )


def _seconds(since: datetime, until: datetime) -> float:
    return round(max(0.0, (until - since).total_seconds()), 3)
