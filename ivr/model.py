"""What a caller can meet in a menu: lines, flows, nodes, and the prompts that the service itself speaks.

Definitions only. An admin writes them in city.yaml (lines) and flows.yaml; `hotline.config` reads and checks them.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from calls.patterns import ID_PATTERN, LANGUAGE_PATTERN, MENU_KEY_PATTERN, NAME_PATTERN, NUMBER_PATTERN

Id = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
Language = Annotated[str, StringConstraints(pattern=LANGUAGE_PATTERN)]
Number = Annotated[str, StringConstraints(pattern=NUMBER_PATTERN)]
MenuKey = Annotated[str, StringConstraints(pattern=MENU_KEY_PATTERN)]
Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]


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


def connecting_prompt(hotline_id: str) -> str:
    """Return the name of the prompt that is spoken before this hotline is dialled."""
    return f"connecting_{hotline_id}"


class _Definition(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_by_name=True)


class SayNode(_Definition):
    """Speaks a prompt and goes on. A key pressed meanwhile counts for the menu that follows."""

    kind: Literal["say"] = "say"
    prompt: Id = Field(description="Name of the prompt in prompts.yaml.")
    next: Id = Field(description="Node that follows.")

    def next_nodes(self) -> tuple[str, ...]:
        """Return the nodes that may follow."""
        return (self.next,)


class MenuNode(_Definition):
    """Speaks a prompt and follows the key that the caller presses; no key at all leads to `no_input` (a person)."""

    kind: Literal["menu"] = "menu"
    prompt: Id = Field(description="Name of the prompt in prompts.yaml that names the keys.")
    keys: Mapping[MenuKey, Id] = Field(
        description="Key (0 to 9, * or #, quoted) to the node that follows.", min_length=1
    )
    no_input: Id = Field(description="Node that follows when no key is pressed in time.")
    invalid_input: Id | None = Field(
        default=None,
        description="Node that follows when only keys without a meaning were pressed; `no_input` where left out.",
    )
    timeout_seconds: float = Field(
        default=4.0, ge=0.5, le=30, description="Seconds to wait for a key after the prompt has ended."
    )
    attempts: int = Field(
        default=2,
        ge=1,
        le=5,
        description="How often the menu is spoken in all while wrong keys are pressed. No key is never asked again.",
    )

    @property
    def after_invalid_input(self) -> str:
        """The node that follows when the last attempt was a wrong key."""
        return self.invalid_input or self.no_input

    def next_nodes(self) -> tuple[str, ...]:
        """Return the nodes that may follow, without repeats."""
        return tuple(dict.fromkeys((*self.keys.values(), self.no_input, self.after_invalid_input)))


class SetLanguageNode(_Definition):
    """Goes on in another language: prompts from here on, and what operators see."""

    kind: Literal["set_language"] = "set_language"
    language: Language = Field(description="One of the city's languages.")
    next: Id = Field(description="Node that follows.")

    def next_nodes(self) -> tuple[str, ...]:
        """Return the nodes that may follow."""
        return (self.next,)


class QueueNode(_Definition):
    """The caller asks for a person: an outcome of the flow."""

    kind: Literal["queue"] = "queue"
    queue: Id = Field(description="Call queue in queues.yaml.")

    def next_nodes(self) -> tuple[str, ...]:
        """Return nothing: the flow ends here."""
        return ()


class TransferNode(_Definition):
    """The caller asks for a hotline; where it can't be reached, its `on_failure` queue takes the call."""

    kind: Literal["transfer"] = "transfer"
    hotline: Id = Field(description="Hotline in hotlines.yaml.")

    def next_nodes(self) -> tuple[str, ...]:
        """Return nothing: the flow ends here."""
        return ()


class HangUpNode(_Definition):
    """Speaks a last prompt, where one is given, and hangs up."""

    kind: Literal["hang_up"] = "hang_up"
    prompt: Id | None = Field(default=None, description="Name of the last prompt in prompts.yaml.")

    def next_nodes(self) -> tuple[str, ...]:
        """Return nothing: the flow ends here."""
        return ()


Node = Annotated[
    SayNode | MenuNode | SetLanguageNode | QueueNode | TransferNode | HangUpNode, Field(discriminator="kind")
]


class Flow(_Definition):
    """What a caller goes through: nodes by their ids, and the first one."""

    start: Id = Field(description="Node at which a call begins.")
    nodes: Mapping[Id, Node] = Field(description="Node id to node.", min_length=1)


class Line(_Definition):
    """The numbers that citizens dial for one service, and the flow that they lead to."""

    line_id: Id = Field(validation_alias="id", description="Id of the line, as in reports.")
    name: Mapping[Language, Name] = Field(description="Name in each language of the city.")
    dnis: tuple[Number, ...] = Field(min_length=1, description="Dialled numbers that lead here, each quoted.")
    flow: Id = Field(description="Flow in flows.yaml.")
    language: Language | None = Field(
        default=None, description="Language at the start; the city's default where left out."
    )
