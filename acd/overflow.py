"""Where a call goes that its queue does not keep: rules, looked at on entering and while the call waits. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from calls.patterns import ID_PATTERN

_Id = Annotated[str, StringConstraints(pattern=ID_PATTERN)]


class OverflowReason(StrEnum):
    """Why a call does not stay in its queue, the strongest reason first."""

    CLOSED = "closed"
    "The opening hours are over."
    NO_OPERATOR = "no_operator"
    "Nobody is on duty who could ever take the call."
    FULL = "full"
    "As many calls wait as may; on entering only."
    EXPECTED_WAIT = "expected_wait"
    "The expected wait is too long."
    MAX_WAIT = "max_wait"
    "The longest wait is over."


class _Rule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_by_name=True)


class OverflowTo(_Rule):
    """Where the call goes: to one place."""

    queue: _Id | None = Field(default=None, description="Call queue, at its head.")
    hotline: _Id | None = Field(default=None, description="Hotline.")
    flow: _Id | None = Field(default=None, description="Flow in flows.yaml.")
    message: _Id | None = Field(default=None, description="Prompt that asks for a message; a tone follows it.")
    goodbye: _Id | None = Field(default=None, description="Prompt after which the line is closed.")
    callback: bool = Field(
        default=False, description="The caller is asked whether to be called back, with their place; else they wait on."
    )

    @model_validator(mode="after")
    def _check(self) -> OverflowTo:
        if len(self.places) != 1:
            raise ValueError(f"must name one place to go to: {', '.join(PLACES)}")
        return self

    @property
    def leads_to_people(self) -> bool:
        """Whether somebody may answer there."""
        return self.queue is not None or self.hotline is not None

    @property
    def places(self) -> tuple[str, ...]:
        """The kinds of places that are named."""
        return tuple(name for name in PLACES if getattr(self, name))


PLACES = ("queue", "hotline", "flow", "message", "goodbye", "callback")
"""Where a call can go."""


class OverflowAfter(OverflowTo):
    """Where the call goes above an expected wait."""

    over_seconds: int = Field(ge=10, le=7200, description="Expected wait in seconds above which the call goes there.")


def _or_a_queue(schema: dict[str, Any]) -> None:
    rules = dict(schema)
    schema.clear()
    schema["anyOf"] = [{"type": "string", "pattern": ID_PATTERN}, rules]


class OverflowRules(_Rule):
    """Where calls go that the queue does not keep. A queue's name instead of the rules is the one for `max_wait`."""

    model_config = ConfigDict(json_schema_extra=_or_a_queue)

    closed: OverflowTo | None = Field(default=None, description="When the opening hours are over.")
    no_operator: OverflowTo | None = Field(
        default=None,
        description="When nobody is logged in who could ever take the call; who does not respond or can't be reached"
        " does not count.",
    )
    full: OverflowTo | None = Field(default=None, description="When `max_length` calls wait already.")
    expected_wait: OverflowAfter | None = Field(default=None, description="When the expected wait is too long.")
    max_wait: OverflowTo | None = Field(default=None, description="After `max_wait_seconds`.")

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        return {"max_wait": {"queue": data}} if isinstance(data, str) else data

    def place_for(self, reason: OverflowReason) -> OverflowTo | None:
        """Return where a call goes for this reason; None where nothing is said."""
        place: OverflowTo | None = getattr(self, reason)
        return place

    @property
    def looks_ahead(self) -> bool:
        """Whether a rule can send a call on before its longest wait is over."""
        return any((self.closed, self.no_operator, self.expected_wait))


@dataclass(frozen=True, slots=True)
class QueueNow:
    """What is true of a queue at one moment, for one call."""

    others: int
    "Calls that wait in it."
    staffed: bool
    "Whether somebody is on duty who could ever take the call."
    open: bool
    expected_seconds: float | None


def why_not_kept(
    rules: OverflowRules, max_length: int | None, now: QueueNow, *, entering: bool
) -> OverflowReason | None:
    """Return why the call is sent on now, or None where it stays."""
    if not now.open and rules.closed is not None:
        return OverflowReason.CLOSED
    if not now.staffed and rules.no_operator is not None:
        return OverflowReason.NO_OPERATOR
    if entering and max_length is not None and now.others >= max_length:
        return OverflowReason.FULL
    longest = rules.expected_wait.over_seconds if rules.expected_wait is not None else None
    if longest is not None and now.expected_seconds is not None and now.expected_seconds > longest:
        return OverflowReason.EXPECTED_WAIT
    return None
