"""Every fact that the hotline records: frozen, past tense, one file.

The journal keeps them in order and for ever; everything else (calls, transfers, operator intervals, recordings, the
live board) is computed from them. Adding a field needs a default, so that older rows can still be read.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, get_type_hints


class OperatorState(StrEnum):
    """What an operator is doing."""

    OFFLINE = "offline"
    AVAILABLE = "available"
    RINGING = "ringing"
    TALKING = "talking"
    WRAP_UP = "wrap_up"
    PAUSED = "paused"
    NOT_RESPONDING = "not_responding"
    UNREACHABLE = "unreachable"


class CallOutcome(StrEnum):
    """How a call ended, from the caller's side. Exactly one for each call."""

    ANSWERED = "answered"
    "A person answered: an operator, or a hotline's after a transfer."
    ABANDONED = "abandoned"
    "The caller asked for a person, waited, and left before one answered."
    SHORT_ABANDON = "short_abandon"
    "As abandoned, but within the first seconds of asking (setting `short_abandon_seconds`)."
    LEFT_IN_MENU = "left_in_menu"
    "The caller left before asking for a person."
    TIMED_OUT = "timed_out"
    "Sent out of the queue after the longest wait, and no person answered."
    NOT_CONNECTED = "not_connected"
    "The caller asked for a hotline from a menu, it could not be reached, and no operator answered after it."
    CLOSED = "closed"
    "Played the closing announcement: outside the line's hours or an unknown line."
    LOST = "lost"
    "Ended while the service was away and Asterisk's records say nothing more."


class OfferOutcome(StrEnum):
    """How an offer of a call to one operator ended."""

    ANSWERED = "answered"
    MISSED = "missed"
    DECLINED = "declined"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    CALLER_LEFT = "caller_left"
    FAILED = "failed"


class TransferOutcome(StrEnum):
    """How an attempt to reach a hotline ended. Exactly one for each attempt."""

    ANSWERED = "answered"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    UNREACHABLE = "unreachable"
    FAILED = "failed"
    CALLER_LEFT = "caller_left"
    OUT_OF_HOURS = "out_of_hours"
    LIMIT = "limit"
    CANCELLED = "cancelled"


class TransferDoor(StrEnum):
    """Where a transfer was asked for."""

    MENU_KEY = "menu_key"
    OPERATOR_KEY = "operator_key"
    REFER = "refer"
    API = "api"
    COMMAND_LINE = "command_line"


class EndedBy(StrEnum):
    """Who ended a call or a conversation."""

    CALLER = "caller"
    OPERATOR = "operator"
    TARGET = "target"
    SERVICE = "service"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact. `type` in the journal is the class's name in snake_case."""

    at: datetime
    "When it happened, UTC."


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent(Event):
    """A fact about one call."""

    call_id: str
    "Asterisk's linkedid of the caller's first channel; the same for every session and leg of this call."


# -- the service itself ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStarted(Event):
    version: str
    gap_from: datetime | None = None
    "When the service was last known to be alive, if it did not stop in order: figures from then to `at` have a gap."


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStopped(Event):
    reason: str = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkChanged(Event):
    """The control link to Asterisk came up (after its resync) or went down."""

    up: bool
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationLoaded(Event):
    """A version of the configuration came into force, or was refused."""

    version: str
    by: str
    result: str
    "loaded, refused or rolled_back."
    problems: int = 0


# -- a call, from first ring to last record --------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStarted(CallEvent):
    """The line picked up ("line_up"). No person has answered yet."""

    case_id: str
    "Number of the citizen's case, said to nobody yet; every call has one, abandoned ones too."
    ani: str
    dnis: str
    line_id: str
    language: str
    channel: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallResumed(CallEvent):
    """The call came back in a new AGI session (restart of the service, redirect)."""

    stage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GreetingStarted(CallEvent):
    prompt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuEntered(CallEvent):
    node_id: str
    flow_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuLeft(CallEvent):
    node_id: str
    input: str
    "key, no_input, invalid_input or hung_up."
    key: str = ""
    next_node_id: str = ""
    flow_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowEntered(CallEvent):
    """The call is given a flow."""

    flow_id: str
    rule: str
    "Why: open, closed, holiday, notice, blocked, after_call, overflow."
    version: str = ""
    "Of the configuration that the call goes by."


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeEntered(CallEvent):
    """The call came to a node that is no menu (a menu says menu_entered)."""

    flow_id: str
    node_id: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitsCollected(CallEvent):
    """The caller keyed in a number. The digits themselves are kept only where the node says `keep`."""

    flow_id: str
    node_id: str
    into: str
    length: int
    value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedUp(CallEvent):
    """Something was looked up for the call."""

    flow_id: str
    node_id: str
    outcome: str
    "found, not_found, timed_out or failed."
    ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePlayed(CallEvent):
    notice_id: str
    mode: str
    "before or instead."


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerClassified(CallEvent):
    """What the caller's number says of them; one fact for each kind."""

    kind: str
    "repeat, enterprise, open_case, blocked, allowed or unknown."


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicSet(CallEvent):
    """What the call is about is known: from a retired number, or from a menu."""

    topic: str
    source: str
    "alias or menu."


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackAsked(CallEvent):
    """The caller is to be called back."""

    number: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLeft(CallEvent):
    """The caller left a message: a recording, and a duty to call back."""

    recording_id: str
    number: str
    seconds: float
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyDone(CallEvent):
    """Somebody dealt with a message or a call back."""

    duty_id: str
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyAnswered(CallEvent):
    """The caller was asked how satisfied they are."""

    score: int | None
    "1 to `scale`; None for no answer."
    scale: int = 5
    operator_id: str | None = None
    "Who had talked to them."


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageChosen(CallEvent):
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallQueued(CallEvent):
    """The caller asked for a person and waits."""

    queue_id: str
    skills: dict[str, int]
    "What the call needs: skill to least level (1 to 5)."
    priority: int = 0
    queued_at: datetime | None = None
    "The clock the call waits by, where it is not `at` (a call that came back keeps its clock)."


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorOffered(CallEvent):
    """A waiting call was assigned; the operator's phone is being rung."""

    offer_id: str
    operator_id: str
    queue_id: str
    returned: bool = False
    "A transfer failed and the call comes back to the operator who had it."


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorRang(CallEvent):
    """The operator's phone reported that it rings."""

    offer_id: str
    operator_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorAnswered(CallEvent):
    """An operator picked up: the call is answered."""

    offer_id: str
    operator_id: str
    ring_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferEnded(CallEvent):
    """An offer ended without an answer."""

    offer_id: str
    operator_id: str
    outcome: OfferOutcome
    ring_seconds: float
    hangup_cause: int | None = None
    "Q.850 cause."


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationEnded(CallEvent):
    """An operator and the caller are no longer connected."""

    offer_id: str
    operator_id: str
    talk_seconds: float
    ended_by: EndedBy
    hangup_cause: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDequeued(CallEvent):
    """The call stopped waiting without being assigned: the caller left, or it was sent on."""

    queue_id: str
    reason: str
    "caller_left, timed_out, transferred."


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded(CallEvent):
    """The last event of a call."""

    outcome: CallOutcome
    ended_by: EndedBy
    hangup_cause: int | None = None
    handled_by: str = "service"
    "service, or emergency (Asterisk's own script while the service was away)."


# -- transfers: one started and one ended for each attempt -----------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferStarted(CallEvent):
    transfer_id: str
    door: TransferDoor
    initiator: str
    "`caller`, or the operator's id."
    target_id: str
    number: str
    trunk: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRang(CallEvent):
    transfer_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferAnswered(CallEvent):
    transfer_id: str
    ring_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferEnded(CallEvent):
    transfer_id: str
    outcome: TransferOutcome
    ring_seconds: float
    talk_seconds: float
    ended_by: EndedBy
    sip_status: int | None = None
    hangup_cause: int | None = None
    short: bool = False
    "The caller left within the seconds that the connect rate excludes (setting `short_abandon_seconds`)."


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferReturned(CallEvent):
    """After a failed attempt the caller goes back: to the operator who passed them on, or to the queue."""

    transfer_id: str
    returned_to: str
    "The operator's id, or `queue:<queue_id>`."


# -- recordings ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStarted(CallEvent):
    """Written before the file exists, so that no file is without a call."""

    recording_id: str
    path: str
    "Relative to the recordings folder."
    party: str
    "Who is on the other channel: an operator's id or `hotline:<hotline_id>`; `message` where nobody is."


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingCompleted(CallEvent):
    recording_id: str
    path: str
    duration_seconds: float
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingDiscarded(CallEvent):
    """The leg was never connected, so there is nothing to keep; or the file is missing (`missing`)."""

    recording_id: str
    reason: str


# -- operators -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorStateChanged(Event):
    operator_id: str
    state: OperatorState
    reason: str = ""
    call_id: str | None = None


def _snake(name: str) -> str:
    return "".join(("_" + c.lower()) if c.isupper() else c for c in name).lstrip("_")


def _all_types(root: type[Event]) -> dict[str, type[Event]]:
    found: dict[str, type[Event]] = {}
    for cls in root.__subclasses__():
        found[_snake(cls.__name__)] = cls
        found.update(_all_types(cls))
    return found


class EventTypes:
    """The journal's two-way table between event classes and their names."""

    by_name: ClassVar[dict[str, type[Event]]] = {}


EventTypes.by_name.update(_all_types(Event))
_HINTS: dict[type[Event], dict[str, Any]] = {cls: get_type_hints(cls) for cls in EventTypes.by_name.values()}
_FIELDS: dict[type[Event], tuple[str, ...]] = {
    cls: tuple(f.name for f in dataclasses.fields(cls)) for cls in EventTypes.by_name.values()
}
_NAMES: dict[type[Event], str] = {cls: name for name, cls in EventTypes.by_name.items()}


def event_type(event: Event) -> str:
    """Return the event's name in the journal, such as `operator_answered`."""
    return _NAMES[type(event)]


def to_record(event: Event) -> dict[str, Any]:
    """Return the event's own fields as JSON-ready values, without `at` and `call_id` (they have columns)."""
    record: dict[str, Any] = {}
    for name in _FIELDS[type(event)]:
        if name in ("at", "call_id") and not (name == "call_id" and isinstance(event, OperatorStateChanged)):
            continue
        value = getattr(event, name)
        record[name] = value.isoformat() if isinstance(value, datetime) else value
    return record


def from_record(name: str, at: datetime, call_id: str | None, record: dict[str, Any]) -> Event:
    """Build the event again from its journal row. Unknown fields of a newer version are ignored.

    Raises KeyError for an unknown event name and TypeError for a row that lacks a required field.
    """
    cls = EventTypes.by_name[name]
    values: dict[str, Any] = {"at": at}
    if issubclass(cls, CallEvent):
        values["call_id"] = call_id
    hints = _HINTS[cls]
    for key, value in record.items():
        if key in hints:
            values[key] = _restore(hints[key], value)
    return cls(**values)


def _restore(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(value)
    if hint is datetime or hint == (datetime | None):
        return datetime.fromisoformat(value)
    return value
