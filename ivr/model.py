"""What a caller can meet in a menu: flows, and the prompts that the service itself speaks. Definitions only.

An admin writes flows and their nodes (`ivr.nodes`) in flows.yaml, lines, hours, calendar and callers (`ivr.lines`) in
city.yaml, notices in notices.yaml; `hotline.config` reads and checks them. Everything can be imported from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import Field, model_validator

from ivr.ends import HangUpNode, QueueNode, ReturnNode, TransferNode
from ivr.lines import (
    EMERGENCY_NUMBERS,
    WEEKDAYS,
    Alias,
    BlockedNumber,
    Calendar,
    Callers,
    ClosedDay,
    Hours,
    Line,
    Notice,
    OpenDay,
    Weekday,
)
from ivr.nodes import (
    CallBackNode,
    ChooseNode,
    CollectNode,
    FlowNode,
    LookUpNode,
    MenuNode,
    MessageNode,
    Node,
    SayNode,
    SetLanguageNode,
    SetNode,
    SurveyNode,
)
from ivr.person import NO_PERSON, fill_person
from ivr.types import (
    CALL_VARIABLES,
    CALLER_KINDS,
    CHOOSE_BY,
    HOURS_STATES,
    Definition,
    Id,
    Language,
    MenuKey,
    Name,
    Number,
    Span,
)

__all__ = [
    "CALLER_KINDS",
    "CALL_VARIABLES",
    "CHOOSE_BY",
    "EMERGENCY_NUMBERS",
    "HOURS_STATES",
    "NO_PERSON",
    "WEEKDAYS",
    "Alias",
    "BlockedNumber",
    "Calendar",
    "CallBackNode",
    "Callers",
    "ChooseNode",
    "ClosedDay",
    "CollectNode",
    "Flow",
    "FlowNode",
    "HangUpNode",
    "Hours",
    "Id",
    "Language",
    "Line",
    "LookUpNode",
    "MenuKey",
    "MenuNode",
    "MessageNode",
    "Name",
    "Node",
    "Notice",
    "Number",
    "OpenDay",
    "QueueNode",
    "ReturnNode",
    "SayNode",
    "SetLanguageNode",
    "SetNode",
    "Span",
    "SurveyNode",
    "SystemPrompt",
    "TransferNode",
    "WaitingPrompt",
    "Weekday",
    "connecting_prompt",
]


class SystemPrompt(StrEnum):
    """Prompts that the service speaks by itself. prompts.yaml must hold each of them in each language of the city."""

    PLEASE_WAIT = "please_wait"
    "On entering a call queue."
    ALL_BUSY_WAIT = "all_busy_wait"
    "While waiting, when no operator came free soon."
    CONNECTING_HOTLINE = "connecting_hotline"
    "Before a hotline is dialled. `{name}` stands for its name; spoken as `connecting_prompt(hotline_id)`."
    TRANSFER_BUSY = "transfer_busy"
    "The hotline is busy."
    TRANSFER_NO_ANSWER = "transfer_no_answer"
    "Nobody answered at the hotline."
    TRANSFER_FAILED = "transfer_failed"
    "The hotline could not be reached."
    TRANSFER_OUT_OF_HOURS = "transfer_out_of_hours"
    "The hotline is closed now."
    HOTLINE_HARD_TO_REACH = "hotline_hard_to_reach"
    "Before a hotline is dialled that was not reached several times in a row."
    RETURNING_TO_OPERATOR = "returning_to_operator"
    "After a failed transfer: back to the operator who had the call."
    RETURNING_TO_QUEUE = "returning_to_queue"
    "After a failed transfer: to the next free operator."
    CLOSED = "closed"
    "The line is closed now."
    GOODBYE = "goodbye"
    "Before the service hangs up."
    UNKNOWN_LINE = "unknown_line"
    "The dialled number belongs to no line."
    EMERGENCY_PLEASE_WAIT = "emergency_please_wait"
    "As please_wait, spoken by Asterisk's own script while the service is away."
    EMERGENCY_ALL_BUSY = "emergency_all_busy"
    "As all_busy_wait, spoken by Asterisk's own script while the service is away."


class WaitingPrompt(StrEnum):
    """Prompts that prompts.yaml must hold where a call queue says `announce_position`."""

    QUEUE_POSITION = "queue_position"
    "The caller's place, {queue_position}."
    EXPECTED_WAIT = "expected_wait"
    "How long it may take, {wait_minutes}."


def connecting_prompt(hotline_id: str) -> str:
    """Return the name of the prompt that is spoken before this hotline is dialled."""
    return f"connecting_{hotline_id}"


class Flow(Definition):
    """What a caller goes through: nodes by their ids, and the first one."""

    start: Id = Field(description="Node at which a call begins.")
    parameters: tuple[Id, ...] = Field(
        default=(), description="Variables that a flow which calls this one must fill in (`with`)."
    )
    person: Id | None = Field(
        default=None, description="Node that key 0 and no key lead to from every menu that says nothing else."
    )
    nodes: Mapping[Id, Node] = Field(description="Node id to node.", min_length=1)

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, data: Any) -> Any:
        return fill_person(data)
