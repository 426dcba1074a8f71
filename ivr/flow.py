"""A caller's way through a flow. Pure: a generator that says what to do and is told what the caller did.

walk = walk_flow(flow)
step = next(walk)              # Ask(prompts=("greeting", "main_menu"), ...)
step = walk.send(Heard("2"))   # ... until it returns an Outcome
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass

from ivr.model import Flow, HangUpNode, MenuNode, QueueNode, SayNode, SetLanguageNode, TransferNode

MAX_NODES = 500
"""Nodes that one call may pass: a flow that asks without end still ends in a person's ear or a hang-up."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back from a question: the key, or none."""

    key: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """Speak the prompts and wait for one key; a key pressed while they play cuts them off."""

    node_id: str
    prompts: tuple[str, ...]
    timeout_seconds: float


@dataclass(frozen=True, slots=True)
class Say:
    """Speak the prompts."""

    prompts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EnterMenu:
    """The caller comes to a menu."""

    node_id: str


@dataclass(frozen=True, slots=True)
class LeaveMenu:
    """The caller leaves a menu: `input` is key, no_input or invalid_input."""

    node_id: str
    input: str
    key: str
    next_node_id: str


@dataclass(frozen=True, slots=True)
class SwitchLanguage:
    """Go on in this language."""

    language: str


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


Step = Ask | Say | EnterMenu | LeaveMenu | SwitchLanguage
Outcome = ToQueue | ToHotline | ToHangUp
Walk = Generator[Step, Heard | None, Outcome]


def walk_flow(flow: Flow) -> Walk:
    """Walk a flow from its start to an outcome. Send `Heard` after each Ask, None after everything else.

    A prompt before a menu is spoken together with it, so that a key pressed early counts and costs no extra step.
    """
    node_id = flow.start
    pending: tuple[str, ...] = ()
    for _ in range(MAX_NODES):
        node = flow.nodes[node_id]
        match node:
            case SayNode():
                pending += (node.prompt,)
                node_id = node.next
            case MenuNode():
                node_id = yield from _ask_menu(node_id, node, pending)
                pending = ()
            case SetLanguageNode():
                if pending:  # said in the language that it was written for
                    yield Say(pending)
                    pending = ()
                yield SwitchLanguage(node.language)
                node_id = node.next
            case QueueNode() | TransferNode():
                if pending:
                    yield Say(pending)
                return ToQueue(node.queue) if isinstance(node, QueueNode) else ToHotline(node.hotline)
            case HangUpNode():
                return ToHangUp((*pending, node.prompt) if node.prompt else pending)
    return ToHangUp()


def _ask_menu(node_id: str, node: MenuNode, before: tuple[str, ...]) -> Generator[Step, Heard | None, str]:
    """Ask until a key with a meaning, silence, or the last attempt; return the next node."""
    yield EnterMenu(node_id)
    prompts = (*before, node.prompt)
    outcome, key, target = "invalid_input", "", node.after_invalid_input
    for _ in range(node.attempts):
        heard = yield Ask(node_id, prompts, node.timeout_seconds)
        key = heard.key if heard is not None else ""
        prompts = (node.prompt,)
        if not key:
            outcome, target = "no_input", node.no_input
            break
        if key in node.keys:
            outcome, target = "key", node.keys[key]
            break
    yield LeaveMenu(node_id, outcome, key, target)
    return target
