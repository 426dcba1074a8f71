"""Every fact that the hotline records: frozen, past tense, one file.

The journal keeps them in order and for ever; everything else (calls, transfers, operator intervals, recordings, the
live board) is computed from them. Adding a field needs a default, so that older rows can still be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from calls.alarm_events import ConnectRateAlarmCleared as ConnectRateAlarmCleared
from calls.alarm_events import ConnectRateAlarmRaised as ConnectRateAlarmRaised
from calls.callback_events import AttemptOutcome as AttemptOutcome
from calls.callback_events import CallbackAttempted as CallbackAttempted
from calls.callback_events import CallbackDialled as CallbackDialled
from calls.callback_events import CallbackEnded as CallbackEnded
from calls.callback_events import CallbackOutcome as CallbackOutcome
from calls.callback_events import CallbackQueued as CallbackQueued
from calls.callback_events import CallbackSource as CallbackSource
from calls.callback_events import MissedCallListed as MissedCallListed
from calls.event_base import CallEvent as CallEvent
from calls.event_base import Event as Event
from calls.menu_events import CallbackAsked as CallbackAsked
from calls.menu_events import CallerClassified as CallerClassified
from calls.menu_events import DigitsCollected as DigitsCollected
from calls.menu_events import DutyDone as DutyDone
from calls.menu_events import FlowEntered as FlowEntered
from calls.menu_events import GreetingStarted as GreetingStarted
from calls.menu_events import LanguageChosen as LanguageChosen
from calls.menu_events import LookedUp as LookedUp
from calls.menu_events import MenuEntered as MenuEntered
from calls.menu_events import MenuLeft as MenuLeft
from calls.menu_events import MessageLeft as MessageLeft
from calls.menu_events import NodeEntered as NodeEntered
from calls.menu_events import NoticePlayed as NoticePlayed
from calls.menu_events import SurveyAnswered as SurveyAnswered
from calls.menu_events import TopicSet as TopicSet
from calls.operator_events import OperatorLoggedIn as OperatorLoggedIn
from calls.operator_events import OperatorLoggedOut as OperatorLoggedOut
from calls.operator_events import PauseLimitExceeded as PauseLimitExceeded
from calls.operator_events import PauseWanted as PauseWanted
from calls.operator_events import WrapUpExtended as WrapUpExtended
from calls.transfer_events import HotlineMarkedDown as HotlineMarkedDown
from calls.transfer_events import HotlineMarkedUp as HotlineMarkedUp
from calls.transfer_events import TransferAnswered as TransferAnswered
from calls.transfer_events import TransferEnded as TransferEnded
from calls.transfer_events import TransferRang as TransferRang
from calls.transfer_events import TransferReturned as TransferReturned
from calls.transfer_events import TransferStarted as TransferStarted
from calls.waiting_events import WaitForecast as WaitForecast
from calls.words import CallOutcome as CallOutcome
from calls.words import EndedBy as EndedBy
from calls.words import OfferOutcome as OfferOutcome
from calls.words import OperatorState as OperatorState
from calls.words import TransferDoor as TransferDoor
from calls.words import TransferOutcome as TransferOutcome
from calls.words import TransferWay as TransferWay

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
    callback_of: str = ""
    "The call that asked for this one, where we called the citizen back."


@dataclass(frozen=True, slots=True, kw_only=True)
class CallResumed(CallEvent):
    """The call came back in a new AGI session (restart of the service, redirect)."""

    stage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallQueued(CallEvent):
    """The caller asked for a person and waits."""

    queue_id: str
    skills: dict[str, int]
    "What the call needs: skill to least level (1 to 5)."
    priority: int = 0
    queued_at: datetime | None = None
    "The clock the call waits by, where it is not `at` (a call that came back keeps its clock)."
    place_at: datetime | None = None
    "What it is ordered by, where that is not its clock: its caller had hung up and regained the place."
    at_head: bool = False
    "Before every call that is not."


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
    "caller_left, timed_out, overflowed or callback (they hung up and keep their place)."
    rule: str = ""
    "Which rule of the queue sent it on: closed, no_operator, full, expected_wait or max_wait."


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded(CallEvent):
    """The last event of a call."""

    outcome: CallOutcome
    ended_by: EndedBy
    hangup_cause: int | None = None
    handled_by: str = "service"
    "service, or emergency (Asterisk's own script while the service was away)."


# -- recordings ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingStarted(CallEvent):
    """Written before the file exists, so that no file is without a call."""

    recording_id: str
    path: str
    "Relative to the recordings folder."
    party: str
    "Who is on the other channel: an operator's id or `hotline:<hotline_id>`; `message` where nobody is."
    transfer_id: str = ""
    "The attempt whose conversation it is; empty where it is none's (and in journals of older versions)."


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
    until: datetime | None = None
    "When a wrap-up ends by itself, as far as was known when it began."
