"""What a walk through a flow asks its shell to do, what it is told in answer, and what it comes to.

Values only. `ivr.flow` yields steps and returns an outcome; `ivr.runner` performs them on the telephone, `hotline ivr
walk` in the terminal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ivr.lookup import Answer
from ivr.nodes import LookUpNode

Values = Mapping[str, str]
"""Variables that prompts may speak, by name."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a call before its flow begins."""

    language: str = ""
    caller: str = ""
    "The caller's number; empty where withheld."
    caller_kinds: frozenset[str] = frozenset()
    "Of `ivr.model.CALLER_KINDS`."
    dnis: str = ""
    line: str = ""
    topic: str = ""
    case_id: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back from a question: the keys, or none."""

    key: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What is true of the hours, the strongest first: ("holiday", "closed")."""

    states: tuple[str, ...]


Reply = Heard | Told | Answer
"""Heard after Ask and Collect, Told after AskHours, Answer after LookUp; None after every other step."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Speak the prompts and wait for one key; a key pressed while they play cuts them off, unless not `barge_in`."""

    flow_id: str
    node_id: str
    prompts: tuple[str, ...]
    timeout_seconds: float
    barge_in: bool = True
    values: Values = field(default_factory=dict, compare=False)
    scale: int = 0
    "Above 0 the caller is asked how satisfied they are: leaving here is no answer."


@dataclass(frozen=True, slots=True)
class Collect:
    """Speak the prompts and wait for up to `max_digits` keys; # ends them."""

    flow_id: str
    node_id: str
    prompts: tuple[str, ...]
    timeout_seconds: float
    max_digits: int
    barge_in: bool = True
    values: Values = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Say:
    """Speak the prompts."""

    prompts: tuple[str, ...]
    barge_in: bool = True
    values: Values = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class EnterMenu:
    """The caller comes to a node that waits for keys: menu, collect, survey."""

    flow_id: str
    node_id: str


@dataclass(frozen=True, slots=True)
class LeaveMenu:
    """The caller leaves such a node: `input` is key, no_input or invalid_input. What was collected is not told."""

    flow_id: str
    node_id: str
    input: str
    key: str
    next_node_id: str


@dataclass(frozen=True, slots=True)
class EnterNode:
    """The caller comes to a node of another kind."""

    flow_id: str
    node_id: str
    kind: str


@dataclass(frozen=True, slots=True)
class Collected:
    """The caller keyed in a number."""

    flow_id: str
    node_id: str
    into: str
    digits: str
    keep: bool


@dataclass(frozen=True, slots=True)
class SwitchLanguage:
    """Go on in this language."""

    language: str


@dataclass(frozen=True, slots=True)
class Change:
    """The call has this topic, priority, these skills from here on; None and {} leave what was."""

    topic: str | None = None
    priority: int | None = None
    skills: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AskHours:
    """Say what is true of these hours now (None: the line's)."""

    hours_id: str | None


@dataclass(frozen=True, slots=True)
class LookUp:
    """Look something up."""

    flow_id: str
    node_id: str
    node: LookUpNode
    values: Values = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class NoteCallBack:
    """Note that this number is to be called back."""

    flow_id: str
    node_id: str
    number: str
    due_minutes: int


@dataclass(frozen=True, slots=True)
class TakeMessage:
    """Speak the prompts, then record what the caller says."""

    flow_id: str
    node_id: str
    prompts: tuple[str, ...]
    max_seconds: int
    silence_seconds: int
    due_minutes: int
    values: Values = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class Rated:
    """The caller was asked how satisfied they are; None for no answer."""

    flow_id: str
    node_id: str
    score: int | None
    scale: int


@dataclass(frozen=True, slots=True)
class ToQueue:
    """Outcome: the caller asks for a person."""

    queue_id: str


@dataclass(frozen=True, slots=True)
class ToHotline:
    """Outcome: the caller asks for a hotline."""

    hotline_id: str


@dataclass(frozen=True, slots=True)
class ToHangUp:
    """Outcome: nothing more to do."""

    prompts: tuple[str, ...] = ()
    values: Values = field(default_factory=dict, compare=False)


Step = (
    Ask
    | Collect
    | Say
    | EnterMenu
    | LeaveMenu
    | EnterNode
    | Collected
    | SwitchLanguage
    | Change
    | AskHours
    | LookUp
    | NoteCallBack
    | TakeMessage
    | Rated
)
Outcome = ToQueue | ToHotline | ToHangUp
