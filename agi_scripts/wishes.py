"""What a call wants next. Each step of its path answers with the next wish, until one says Done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from acd.dispatcher import Assignment
from acd.model import CallQueue
from calls.errors import SessionOver
from calls.events import EndedBy, TransferDoor, TransferOutcome, TransferWay
from calls.legs import LegResult
from transfer.directory import Hotline

Judge = Callable[[LegResult], Awaitable[tuple[LegResult, TransferOutcome | None, EndedBy | None]]]
"""A leg as it ended, to the same with what is known besides: its outcome, who ended it; None where nothing is."""


@dataclass(frozen=True, slots=True)
class Serve:
    """An operator is wanted."""

    queue: CallQueue
    music: str | None = None
    "Music class to hear first, where it is not the queue's own."
    operator_id: str | None = None
    "Who is tried first: the operator who had the call before its transfer failed."
    at_head: bool = False
    "Waits at the head: the caller was given away and came back."
    head_start: int = 0
    "Points added to the call's priority while it waits."
    offer: Assignment | None = None
    "The operator who was kept for this call before the citizen picked up."


@dataclass(frozen=True, slots=True)
class AskCallback:
    """The caller would rather be called back."""

    serve: Serve
    "What is wanted where nothing comes of it: to wait on."


@dataclass(frozen=True, slots=True)
class PassOn:
    """A hotline is wanted."""

    hotline: Hotline
    door: TransferDoor
    initiator: str = "caller"
    "Who asked for it: `caller`, an operator's id, or who the API was told."
    operator_id: str | None = None
    "The operator whose conversation it ends; None when the caller chose it in a menu."
    queue: CallQueue | None = None
    "The queue that the operator took the call from."
    way: TransferWay = TransferWay.BLIND
    judge: Judge | None = None
    "Says what came of a leg that an operator asked for, where more is known than how it ended."
    on_answer: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Walk:
    """A flow is wanted."""

    flow_id: str
    rule: str
    "Why: open, closed, holiday, notice, after_call, overflow."
    before: tuple[str, ...] = ()
    "Prompts that are spoken first."
    ended_by: EndedBy | None = None
    "Who ended the conversation that the flow comes after; None before any."
    hangup_cause: int | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing more; the last conversation was ended by this party."""

    ended_by: EndedBy
    prompts: tuple[str, ...] = ()
    "Spoken before the line is closed."
    hangup_cause: int | None = None
    "Q.850 cause of the last conversation's end."
    values: Mapping[str, str] = field(default_factory=dict)
    "What the prompts can speak."


Wish = Serve | AskCallback | PassOn | Walk | Done


class CallMovesOn(SessionOver):
    """The call goes on in another session of the same channel."""

    def __init__(self, wish: Serve | AskCallback | PassOn | Walk) -> None:
        """`wish` is what it goes on with."""
        super().__init__(self.__doc__)
        self.wish = wish
