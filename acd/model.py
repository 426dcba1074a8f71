"""Who answers and where calls wait: operators' profiles and call queues. Definitions only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    StringConstraints,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from acd.desks import LogIn, Pin
from acd.overflow import OverflowRules
from acd.requirement import ANYONE, Requirement
from acd.routing import OperatorRules, QueueEntry, QueueRules, Step
from calls.patterns import ID_PATTERN, LANGUAGE_PATTERN, NAME_PATTERN, OPERATOR_ID_PATTERN, SIP_URI_PATTERN

Id = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
Language = Annotated[str, StringConstraints(pattern=LANGUAGE_PATTERN)]
Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
OperatorId = Annotated[str, StringConstraints(pattern=OPERATOR_ID_PATTERN)]
Level = Annotated[int, Field(ge=1, le=5)]
SipUri = Annotated[str, StringConstraints(pattern=SIP_URI_PATTERN)]


ANYONE_WORD = "anyone"
"""The need of a step that drops every need."""


def _check_need(value: str) -> str:
    Requirement.parse(value)
    return value


Need = Annotated[str, StringConstraints(max_length=500), AfterValidator(_check_need)]
StrategyName = Literal["longest_idle", "least_occupied", "best_skilled", "fewest_calls"]


class _Definition(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_by_name=True)


class OperatorQueue(_Definition):
    """A queue that an operator serves, and how; a bare id is a queue without anything said about it."""

    queue_id: Id = Field(validation_alias="id", description="Call queue in queues.yaml.")
    priority: int = Field(
        default=0,
        ge=0,
        le=100,
        description="Points added to this queue's calls for this operator, who also comes before those with fewer.",
    )
    delay_seconds: int = Field(
        default=0, ge=0, le=3600, description="The operator takes only calls that have waited this long in the queue."
    )

    @model_validator(mode="before")
    @classmethod
    def _read_bare_id(cls, value: Any) -> Any:
        return {"id": value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Offer the bare id beside the mapping."""
        mapping = handler.resolve_ref_schema(handler(schema))
        return {"anyOf": [{"type": "string", "pattern": ID_PATTERN}, mapping], "description": mapping["description"]}


class OperatorProfile(_Definition):
    """A person who answers calls, and what they can do."""

    operator_id: OperatorId = Field(
        validation_alias="id", description="The operator's number, 2 to 8 digits; the phone's user name is op<id>."
    )
    name: Name = Field(description="Name that colleagues and supervisors see.")
    skills: Mapping[Id, Level] = Field(description="Skill to level, 1 (least) to 5 (best).", min_length=1)
    contact: SipUri | None = Field(
        default=None,
        description="Fixed SIP address of a phone that does not register, such as sip:1001@192.0.2.7:5060.",
    )
    pin: Pin | None = Field(
        default=None,
        description="PIN for logging in at any phone with *60: what `hotline operators pin` prints, or 4 to 12 digits.",
        repr=False,
    )
    log_in: LogIn = Field(
        default="phone",
        description="phone: the operator's own phone logs them in by registering. code: offline until they log in.",
    )
    queues: tuple[OperatorQueue, ...] | None = Field(
        default=None,
        description="The only call queues that this operator serves: ids, or mappings of id, priority, delay_seconds;"
        " all that the skills fit where left out.",
    )

    def rules(self) -> OperatorRules:
        """Return what routing goes by."""
        if self.queues is None:
            return OperatorRules(self.skills)
        return OperatorRules(self.skills, {q.queue_id: QueueEntry(q.priority, q.delay_seconds) for q in self.queues})


class RoutingStep(_Definition):
    """What a queue's calls need for a time."""

    needs: Need = Field(
        description="Beside the queue's own skills and needs: gas >= 3 and (zh or en); anyone drops every need."
    )
    for_seconds: int | None = Field(
        default=None, ge=1, le=3600, description="How long; the last step has none and lasts to the end."
    )


class RoutedQueue(_Definition):
    """By which rules a queue's calls find their operators."""

    queue_id: Id = Field(validation_alias="id", description="Id of the queue.")
    skills: Mapping[Id, Level] = Field(
        default={}, description="What an operator must have to serve this queue: skill to least level, 1 to 5."
    )
    needs: Need | None = Field(
        default=None, description="What they must have beside, as an expression: gas >= 3 and (zh or en)."
    )
    steps: tuple[RoutingStep, ...] = Field(
        default=(),
        max_length=10,
        description="Needs that change while a call waits, counted from when it entered the queue.",
    )
    strategy: StrategyName = Field(
        default="longest_idle", description="Which of several free operators who are equally flexible takes a call."
    )
    priority: int = Field(
        default=0, ge=0, le=100, description="Points, each worth `limits.priority_point_seconds` of waiting, 0 to 100."
    )

    @field_validator("steps")
    @classmethod
    def _check_steps(cls, steps: tuple[RoutingStep, ...]) -> tuple[RoutingStep, ...]:
        if any(step.for_seconds is None for step in steps[:-1]):
            raise ValueError("has a step without for_seconds that is not the last; say how long it lasts")
        if steps and steps[-1].for_seconds is not None:
            raise ValueError("must end with a step without for_seconds: what holds from then on")
        return steps

    def rules(self) -> QueueRules:
        """Return what routing goes by."""
        needs = Requirement.of_levels(self.skills)
        steps = tuple(
            Step(None if step.needs.strip() == ANYONE_WORD else Requirement.parse(step.needs), step.for_seconds)
            for step in self.steps
        )
        return QueueRules(needs if self.needs is None else needs & Requirement.parse(self.needs), steps, self.strategy)

    def needs_in_steps(self) -> tuple[Requirement, ...]:
        """Return what its calls need in each step, when they need nothing of their own; one need without steps."""
        rules = self.rules()
        return tuple(rules.need_in(number, ANYONE) for number in range(max(1, len(self.steps))))


class CallQueue(RoutedQueue):
    """A place where calls wait, and what they need."""

    name: Mapping[Language, Name] = Field(description="Name in each language of the city.")
    music: Id = Field(default="default", description="Music while waiting: a music class of Asterisk.")
    wrap_up_seconds: int = Field(
        default=0, ge=0, le=3600, description="Seconds that an operator has for notes after a call from this queue."
    )
    announcement: Id = Field(default="please_wait", description="Prompt spoken to the caller on entering the queue.")
    comfort: Id | None = Field(
        default=None,
        description="Prompt spoken each `announce_seconds` while the caller waits; all_busy_wait between two pieces"
        " of music where left out.",
    )
    announce_position: bool = Field(
        default=False,
        description="Whether callers are told their place and the expected wait, on entering and each"
        " `announce_seconds`.",
    )
    announce_seconds: int = Field(
        default=45, ge=5, le=600, description="Seconds from one spoken announcement to the next."
    )
    max_wait_seconds: int = Field(
        default=600, ge=10, le=7200, description="Longest wait in seconds; city.yaml `limits` where left out."
    )
    ring_seconds: int = Field(
        default=15,
        ge=3,
        le=120,
        description="Seconds that one operator's phone rings; city.yaml `limits` where left out.",
    )
    prefer_seconds: int = Field(
        default=0,
        ge=0,
        le=120,
        description="Seconds that a caller waits for the operator who knows them; city.yaml `limits` where left out.",
    )
    max_length: int | None = Field(
        default=None, ge=1, le=10000, description="Calls at most that wait in the queue; any number where left out."
    )
    hours: Id | None = Field(
        default=None, description="Opening hours that `overflow.closed` goes by; the line's where left out."
    )
    overflow: OverflowRules = Field(
        default=OverflowRules(), description="Where calls go that the queue does not keep; goodbye where left out."
    )
    callback: bool = Field(
        default=False,
        description="Whether a waiting caller can ask to be called back (city.yaml `callbacks`, which names the key).",
    )

    @property
    def announces(self) -> bool:
        """Whether something is spoken to callers while they wait, beside what is part of the music."""
        return self.announce_position or self.comfort is not None

    def is_served_by(self, operator: OperatorProfile) -> bool:
        """Tell whether the operator may get calls of this queue, in whatever step."""
        if operator.queues is not None and self.queue_id not in (queue.queue_id for queue in operator.queues):
            return False
        return any(needs.fits(operator.skills) for needs in self.needs_in_steps())
