"""The kinds of nodes that a flow is made of. Definitions only; `ivr.flow` walks them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints, model_validator

from calls.patterns import TABLE_PATTERN, URL_TEMPLATE_PATTERN
from ivr.ends import HangUpNode, QueueNode, ReturnNode, TransferNode
from ivr.types import Confirm, Definition, Id, Language, MenuKey, Value, Variable


class SayNode(Definition):
    """Speaks a prompt and goes on. A key pressed meanwhile counts for the menu that follows."""

    kind: Literal["say"] = "say"
    prompt: Id = Field(description="Name of the prompt in prompts.yaml.")
    next: Id = Field(description="Node that follows.")
    barge_in: bool = Field(default=True, description="Whether a key cuts the prompt off.")

    def next_nodes(self) -> tuple[str, ...]:
        """Return the nodes that may follow."""
        return (self.next,)


class MenuNode(Definition):
    """Speaks a prompt and follows the key that the caller presses; no key at all leads to `no_input` (a person)."""

    kind: Literal["menu"] = "menu"
    prompt: Id = Field(description="Name of the prompt in prompts.yaml that names the keys.")
    keys: Mapping[MenuKey, Id] = Field(
        description="Key (0 to 9, * or #, quoted) to the node that follows.", min_length=1
    )
    no_input: Id = Field(
        description="Node that follows when no key is pressed in time; the flow's `person` where left out."
    )
    invalid_input: Id | None = Field(
        default=None,
        description="Node that follows when only keys without a meaning were pressed; `no_input` where left out.",
    )
    person: Id | None = Field(
        default=None,
        description="Node that key 0 and no key lead to; the flow's `person` where left out. none: no such way.",
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
    barge_in: bool = Field(default=True, description="Whether a key cuts the prompt off.")

    @property
    def after_invalid_input(self) -> str:
        """The node that follows when the last attempt was a wrong key."""
        return self.invalid_input or self.no_input

    def next_nodes(self) -> tuple[str, ...]:
        """Return the nodes that may follow, without repeats."""
        return tuple(dict.fromkeys((*self.keys.values(), self.no_input, self.after_invalid_input)))


class CollectNode(Definition):
    """Asks for a number and puts it into a variable. The digits never stand in a log; in the journal where `keep`."""

    kind: Literal["collect"] = "collect"
    prompt: Id = Field(description="Name of the prompt in prompts.yaml.")
    into: Variable = Field(description="Variable that the digits are put into.")
    min_digits: int = Field(default=1, ge=1, le=32, description="Fewest digits.")
    max_digits: int = Field(ge=1, le=32, description="Most digits; the last one ends the input.")
    terminator: Literal["#"] = Field(default="#", description="Key that ends the input.")
    confirm: Confirm = Field(
        default="false",
        description="true: the digits are read back (prompt read_back), 1 is yes; or a prompt of your own for that.",
    )
    attempts: int = Field(default=2, ge=1, le=5, description="How often it is asked in all.")
    timeout_seconds: float = Field(default=5.0, ge=0.5, le=30, description="Seconds to wait for each digit.")
    keep: bool = Field(default=False, description="Whether the digits are kept in the call's record.")
    barge_in: bool = Field(default=True, description="Whether a key cuts the prompt off.")
    next: Id = Field(description="Node that follows when the digits are right.")
    no_input: Id = Field(description="Node that follows without digits; the flow's `person` where left out.")
    invalid_input: Id | None = Field(
        default=None, description="Node that follows too few digits or no confirmation; `no_input` where left out."
    )

    READ_BACK: ClassVar[str] = "read_back"

    @property
    def confirm_prompt(self) -> str | None:
        """The prompt that reads the digits back, or None."""
        return {"true": self.READ_BACK, "false": None}.get(self.confirm, self.confirm)

    @property
    def after_invalid_input(self) -> str:
        """The node that follows when the last attempt was wrong."""
        return self.invalid_input or self.no_input

    def next_nodes(self) -> tuple[str, ...]:
        """Return the nodes that may follow, without repeats."""
        return tuple(dict.fromkeys((self.next, self.no_input, self.after_invalid_input)))

    @model_validator(mode="after")
    def _check(self) -> CollectNode:
        if self.min_digits > self.max_digits:
            raise ValueError("asks for more digits at least than at most: min_digits must not be above max_digits")
        return self


class ChooseNode(Definition):
    """Goes on by what is known: the hours, the language, the caller, or a variable. The first case that fits counts."""

    kind: Literal["choose"] = "choose"
    by: Id = Field(description="hours, language, caller, line, topic, dnis, or the name of a variable.")
    hours: Id | None = Field(default=None, description="With `by: hours`: hours in city.yaml; the line's if left out.")
    cases: Mapping[Value, Id] = Field(
        min_length=1,
        description="Value to the node that follows. hours: open, closed, holiday."
        " caller: repeat, enterprise, open_case, blocked, allowed, unknown.",
    )
    otherwise: Id = Field(description="Node that follows when no case fits.")

    def next_nodes(self) -> tuple[str, ...]:
        """Return the nodes that may follow, without repeats."""
        return tuple(dict.fromkeys((*self.cases.values(), self.otherwise)))


class SetLanguageNode(Definition):
    """Goes on in another language: prompts from here on, and what operators see."""

    kind: Literal["set_language"] = "set_language"
    language: Language = Field(description="One of the city's languages.")
    next: Id = Field(description="Node that follows.")

    def next_nodes(self) -> tuple[str, ...]:
        """Return the nodes that may follow."""
        return (self.next,)


class SetNode(Definition):
    """Sets what the call is from here on: language, priority, skills, topic, variables."""

    kind: Literal["set"] = "set"
    language: Language | None = Field(default=None, description="One of the city's languages.")
    priority: int | None = Field(
        default=None, ge=0, le=1000, description="Added to the queue's priority; higher is served first."
    )
    skills: Mapping[Id, Annotated[int, Field(ge=1, le=5)]] = Field(
        default={}, description="Skills that the operator must have besides the queue's: skill to least level."
    )
    topic: Id | None = Field(default=None, description="What the call is about, as operators and reports see it.")
    variables: Mapping[Variable, Value] = Field(default={}, description="Variable to value.")
    next: Id = Field(description="Node that follows.")

    def next_nodes(self) -> tuple[str, ...]:
        """Return the nodes that may follow."""
        return (self.next,)


class LookUpNode(Definition):
    """Looks something up, in a table or over HTTP, within a time; what fails or finds nothing goes to `fallback`."""

    kind: Literal["look_up"] = "look_up"
    table: Annotated[str, StringConstraints(pattern=TABLE_PATTERN)] | None = Field(
        default=None, description="CSV file beside flows.yaml; its first line names the columns."
    )
    key: Id = Field(default="caller", description="With `table`: variable whose value stands in the first column.")
    column: Id | None = Field(
        default=None, description="With `table`: column that is the answer; the second if left out."
    )
    url: Annotated[str, StringConstraints(pattern=URL_TEMPLATE_PATTERN)] | None = Field(
        default=None,
        description="HTTP address that answers with the value; {caller}, {dnis} or {<variable>} stand for theirs.",
    )
    field: Id | None = Field(
        default=None, description="With `url`: field of the JSON answer; the whole text if left out."
    )
    into: Variable = Field(description="Variable that the answer is put into.")
    timeout_seconds: float = Field(default=2.0, ge=0.1, le=10, description="Longest time for the answer, in seconds.")
    cases: Mapping[Value, Id] = Field(default={}, description="Answer to the node that follows.")
    next: Id = Field(description="Node that follows an answer that is none of the cases.")
    fallback: Id = Field(description="Node that follows when there is no answer in time, or none at all.")

    def next_nodes(self) -> tuple[str, ...]:
        """Return the nodes that may follow, without repeats."""
        return tuple(dict.fromkeys((*self.cases.values(), self.next, self.fallback)))

    @model_validator(mode="after")
    def _check(self) -> LookUpNode:
        if (self.table is None) == (self.url is None):
            raise ValueError("must look up in one place: either table or url")
        return self


class CallBackNode(Definition):
    """Notes that the caller is to be called back: a duty of the operators."""

    kind: Literal["call_back"] = "call_back"
    prompt: Id | None = Field(default=None, description="Prompt that says so.")
    number: Id = Field(default="caller", description="caller, or the variable that holds the number.")
    due_minutes: int = Field(default=240, ge=1, le=20160, description="Minutes until the call back is due.")
    next: Id = Field(description="Node that follows.")

    def next_nodes(self) -> tuple[str, ...]:
        """Return the nodes that may follow."""
        return (self.next,)


class MessageNode(Definition):
    """Records a message of the caller, which becomes a duty to call back."""

    kind: Literal["message"] = "message"
    prompt: Id = Field(description="Prompt that asks for the message; a tone follows it.")
    max_seconds: int = Field(default=120, ge=5, le=600, description="Longest message, in seconds.")
    silence_seconds: int = Field(default=5, ge=2, le=30, description="Seconds of silence that end it.")
    thanks: Id | None = Field(default=None, description="Prompt after the message.")
    due_minutes: int = Field(default=240, ge=1, le=20160, description="Minutes until the call back is due.")
    next: Id = Field(description="Node that follows.")

    def next_nodes(self) -> tuple[str, ...]:
        """Return the nodes that may follow."""
        return (self.next,)


class SurveyNode(Definition):
    """Asks how satisfied the caller is, from 1 to `scale`. No answer is recorded as no answer."""

    kind: Literal["survey"] = "survey"
    prompt: Id = Field(description="Prompt that asks for a key from 1 to `scale`.")
    scale: int = Field(default=5, ge=2, le=9, description="Highest key.")
    thanks: Id | None = Field(default=None, description="Prompt after an answer.")
    timeout_seconds: float = Field(default=5.0, ge=0.5, le=30, description="Seconds to wait for a key.")
    attempts: int = Field(
        default=2, ge=1, le=5, description="How often it is asked in all while wrong keys are pressed."
    )
    next: Id = Field(description="Node that follows, answered or not.")

    def next_nodes(self) -> tuple[str, ...]:
        """Return the nodes that may follow."""
        return (self.next,)


class FlowNode(Definition):
    """Goes through another flow and comes back: at its `return` node the call goes on at `next`."""

    kind: Literal["flow"] = "flow"
    flow: Id = Field(description="Flow in flows.yaml.")
    arguments: Mapping[Id, Value] = Field(
        default={}, validation_alias="with", description="Parameter of that flow to its value; {name} is a variable's."
    )
    take: Mapping[Variable, Id] = Field(
        default={}, description="What comes back: variable here to variable of that flow."
    )
    next: Id = Field(description="Node that follows when the flow returns.")

    def next_nodes(self) -> tuple[str, ...]:
        """Return the nodes of this flow that may follow."""
        return (self.next,)


Node = Annotated[
    SayNode
    | MenuNode
    | CollectNode
    | ChooseNode
    | SetLanguageNode
    | SetNode
    | LookUpNode
    | CallBackNode
    | MessageNode
    | SurveyNode
    | FlowNode
    | ReturnNode
    | QueueNode
    | TransferNode
    | HangUpNode,
    Field(discriminator="kind"),
]
