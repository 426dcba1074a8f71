"""A call and its legs as the coroutine that owns the call sees them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from calls.events import CallOutcome, EndedBy


class CallStage(StrEnum):
    """Where a call is on its path."""

    IN_MENU = "in_menu"
    QUEUED = "queued"
    RINGING = "ringing"
    TALKING = "talking"
    TRANSFERRING = "transferring"
    ENDED = "ended"


@dataclass(slots=True)
class Call:
    """One caller's visit. Holds facts only; services hold the verbs."""

    call_id: str
    case_id: str
    ani: str
    dnis: str
    line_id: str
    language: str
    started_at: datetime
    stage: CallStage = CallStage.IN_MENU
    queue_id: str | None = None
    queued_at: datetime | None = None
    "The clock of the call: when it first asked for a person. Never reset."
    place_at: datetime | None = None
    "What the call's place goes by, where that is not its clock: it took over an older one."
    known_operator_id: str | None = None
    "Operator who talked to this caller lately, or has their open case."
    asked_at: datetime | None = None
    "When the caller first asked for a person, an operator's or a hotline's."
    answered_at: datetime | None = None
    "When a person first answered."
    last_operator_id: str | None = None
    timed_out: bool = False
    sent_out: bool = False
    "A queue sent the call on, and not to a person."
    sent_on_from: set[str] = field(default_factory=set)
    "Queues that sent the call on; none does so twice."
    closed: bool = False
    to_call_back: bool = False
    "The caller hangs up and is called back."
    callback_of: str = ""
    "The call that asked for this one, where we called the citizen back."
    topic: str = ""
    "What the call is about: a retired number's topic, a menu's, or the hotline that was asked for."
    priority: int = 0
    "Added to the queue's, set by the menu."
    skills: dict[str, int] = field(default_factory=dict)
    "Needed besides the queue's, set by the menu: skill to least level."
    caller_kinds: frozenset[str] = frozenset()
    "What the caller's number says of them."
    greeted: bool = False
    recordings: int = 0
    transfers: int = 0
    tried: set[str] = field(default_factory=set)
    "Operators who were offered this call and did not answer."


def final_outcome(call: Call, ended_by: EndedBy, now: datetime, short_abandon_seconds: float) -> CallOutcome:
    """Return how the call ended from the caller's side. `now` is when it ended."""
    if call.answered_at is not None:
        return CallOutcome.ANSWERED
    if call.to_call_back and not call.closed:
        return CallOutcome.CALLBACK
    if call.closed and call.asked_at is None:
        return CallOutcome.CLOSED
    if call.asked_at is None:
        return CallOutcome.LEFT_IN_MENU
    if call.timed_out:
        return CallOutcome.TIMED_OUT
    if ended_by is not EndedBy.CALLER or call.sent_out:
        return CallOutcome.NOT_CONNECTED
    waited = (now - call.asked_at).total_seconds()
    return CallOutcome.SHORT_ABANDON if waited < short_abandon_seconds else CallOutcome.ABANDONED
