"""The facts of calling back: a citizen's place that is kept without their line, each attempt, and missed calls.

Each belongs to the call that asked (or was missed). A call that we place is a call of its own, which names that one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from calls.event_base import CallEvent


class CallbackSource(StrEnum):
    """Why somebody is called back."""

    QUEUE = "queue"
    "They pressed a key while they waited."
    MENU = "menu"
    "They asked for it in a menu."
    MISSED = "missed"
    "They were missed, and an operator has nothing else to do."


class AttemptOutcome(StrEnum):
    """What one attempt to reach a citizen came to."""

    ANSWERED = "answered"
    "The citizen and an operator were connected."
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    FAILED = "failed"
    LEFT = "left"
    "The citizen picked up and hung up before an operator answered."
    WITHDRAWN = "withdrawn"
    "The citizen called meanwhile, so that the attempt was given up."
    LOST = "lost"
    "The service was away when it ended."


class CallbackOutcome(StrEnum):
    """How a wish to be called back ended."""

    ANSWERED = "answered"
    FAILED = "failed"
    "The last attempt came to nothing; the duty stays."
    CALLER_CALLED = "caller_called"
    "The citizen called again: the place went to that call, or a person answered it."
    WITHDRAWN = "withdrawn"
    "Somebody noted that it was dealt with."
    EXPIRED = "expired"
    "Nobody could be given to it for too long; the duty stays."


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackQueued(CallEvent):
    """A citizen is to be called back and keeps their place and clock."""

    callback_id: str
    "Also the id of the duty; for a missed call that with the attempt's number."
    number: str
    "As it is dialled."
    queue_id: str
    queued_at: datetime
    "The clock: when the citizen first asked for a person."
    due_at: datetime
    place_at: datetime | None = None
    "What the place goes by, where that is not `queued_at`."
    priority: int = 0
    skills: dict[str, int]
    "What the call needs besides its queue: skill to least level."
    source: CallbackSource = CallbackSource.QUEUE
    case_id: str = ""
    dnis: str = ""
    line_id: str = ""
    language: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackDialled(CallEvent):
    """An operator was assigned and the citizen is being rung. Written before Asterisk is told to."""

    callback_id: str
    attempt: int
    placed_call_id: str
    "Id of the citizen's new channel, and of the new call when it is answered."
    operator_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackAttempted(CallEvent):
    """An attempt is over."""

    callback_id: str
    attempt: int
    placed_call_id: str
    outcome: AttemptOutcome
    hangup_cause: int | None = None
    "Q.850 cause of the citizen's leg."
    retry_at: datetime | None = None
    "When the next attempt may be made; None where there is none."


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackEnded(CallEvent):
    """The citizen waits no longer to be called back."""

    callback_id: str
    outcome: CallbackOutcome
    by_call_id: str = ""
    "The call in which a person spoke with the citizen, or which took the place."


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedCallListed(CallEvent):
    """A citizen left before anybody could help: a duty to call them, one for each number."""

    duty_id: str
    number: str
    reason: str
    "The call's outcome: left_in_menu, abandoned, ..."
    calls: int
    "How often this number was missed since somebody last spoke with it."
    due_at: datetime
    "The deadline of the first of these calls."
    case_id: str = ""
    dnis: str = ""
    line_id: str = ""
    language: str = ""
