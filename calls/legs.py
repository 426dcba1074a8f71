"""What happens on the channels of one call, in our words. The tracker says these; the call's coroutine hears them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from calls.events import TransferDoor


@dataclass(frozen=True, slots=True, kw_only=True)
class LegFact:
    """Something happened on a channel of the call."""

    at: datetime
    call_id: str
    leg_id: str
    "Asterisk's uniqueid of the leg's channel."
    channel: str
    "Name of the leg's channel; what an action on it needs."


@dataclass(frozen=True, slots=True, kw_only=True)
class LegStarted(LegFact):
    """A leg is being dialled."""

    dialled: str
    "What was dialled, such as `op1001`."


@dataclass(frozen=True, slots=True, kw_only=True)
class LegRang(LegFact):
    """The leg's phone rings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegAnswered(LegFact):
    """The leg picked up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegEnded(LegFact):
    """The leg's channel is gone."""

    hangup_cause: int | None
    "Q.850 cause."


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPressed(LegFact):
    """A key was pressed on the leg."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferAsked(LegFact):
    """Somebody asked to pass the caller on to a hotline."""

    target_id: str
    door: TransferDoor
    initiator: str
    "The operator's id."


class DialOutcome(StrEnum):
    """What dialling a leg came to."""

    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    CANCELLED = "cancelled"
    "The caller hung up while the leg was being dialled."
    CONGESTED = "congested"
    UNAVAILABLE = "unavailable"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LegResult:
    """A leg from dialling to its end."""

    dial: DialOutcome
    ring_seconds: float
    talk_seconds: float
    "0 where nobody answered."
    caller_left: bool
    "The caller hung up, while it rang or during the conversation."
    hangup_cause: int | None = None
    "Q.850 cause of the dialled leg."
    sip_status: int | None = None
    asked: TransferAsked | None = None
    "The operator passed the caller on: that is why the leg ended."
    referred_to: str | None = None
    "The extension that the leg's phone sent the caller to. The call goes on there, in another session."
