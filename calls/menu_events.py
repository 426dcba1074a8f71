"""The facts of the menus: what a caller met there, pressed, left, and asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from calls.event_base import CallEvent


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
