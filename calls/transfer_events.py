"""Facts about transfers: exactly one started and one ended for each number of a hotline that was tried or refused."""

from __future__ import annotations

from dataclasses import dataclass

from calls.event_base import CallEvent, Event
from calls.words import EndedBy, TransferDoor, TransferOutcome, TransferWay


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferStarted(CallEvent):
    transfer_id: str
    door: TransferDoor
    initiator: str
    "`caller`, the operator's id, or who asked by API or command line."
    target_id: str
    number: str
    trunk: str
    way: TransferWay = TransferWay.BLIND


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRang(CallEvent):
    transfer_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferAnswered(CallEvent):
    transfer_id: str
    ring_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferEnded(CallEvent):
    """The last of an attempt. After an answer by a dead line the outcome is `failed`: nobody was connected."""

    transfer_id: str
    outcome: TransferOutcome
    ring_seconds: float
    talk_seconds: float
    ended_by: EndedBy
    sip_status: int | None = None
    hangup_cause: int | None = None
    short: bool = False
    "Given up (caller left, cancelled) within the seconds that the connect rate excludes (`short_abandon_seconds`)."
    reason: str = ""
    "More than the outcome says: trunk_silent, no_sound, hung_up_at_once, calls_at_once, per_operator, per_call."


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferReturned(CallEvent):
    """After a failed attempt the caller goes back: to the operator who passed them on, to a queue or on by a flow."""

    transfer_id: str
    returned_to: str
    "The operator's id, `queue:<queue_id>` or `flow:<flow_id>`."


@dataclass(frozen=True, slots=True, kw_only=True)
class HotlineMarkedDown(Event):
    """A number of a hotline failed too often in a row, or a supervisor took it out: others are tried first."""

    target_id: str
    number: str = ""
    reason: str = ""
    by: str = "service"
    "`service`, or who marked it."


@dataclass(frozen=True, slots=True, kw_only=True)
class HotlineMarkedUp(Event):
    """The mark is gone: a caller got through, or a supervisor took it off."""

    target_id: str
    number: str = ""
    reason: str = ""
    by: str = "service"
    "`service`, or who took it off."
