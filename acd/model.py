"""Who answers and where calls wait: operators' profiles and call queues. Definitions only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from acd.overflow import OverflowRules
from calls.patterns import ID_PATTERN, LANGUAGE_PATTERN, NAME_PATTERN, OPERATOR_ID_PATTERN

Id = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
Language = Annotated[str, StringConstraints(pattern=LANGUAGE_PATTERN)]
Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
OperatorId = Annotated[str, StringConstraints(pattern=OPERATOR_ID_PATTERN)]
Level = Annotated[int, Field(ge=1, le=5)]
SIP_URI_PATTERN = "^sip:[A-Za-z0-9._-]{1,64}@[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?$"
SipUri = Annotated[str, StringConstraints(pattern=SIP_URI_PATTERN)]


class _Definition(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_by_name=True)


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
    queues: tuple[Id, ...] | None = Field(
        default=None, description="Call queues that this operator serves; all that the skills fit where left out."
    )

    def level_of(self, skill: str) -> int:
        """Return the operator's level in a skill, 0 where they lack it."""
        return self.skills.get(skill, 0)


class CallQueue(_Definition):
    """A place where calls wait, and what they need."""

    queue_id: Id = Field(validation_alias="id", description="Id of the queue.")
    name: Mapping[Language, Name] = Field(description="Name in each language of the city.")
    skills: Mapping[Id, Level] = Field(
        description="What an operator must have to serve this queue: skill to least level, 1 to 5."
    )
    priority: int = Field(
        default=0, ge=0, le=100, description="Calls of the higher priority are served first, 0 to 100."
    )
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
        """Tell whether the operator has every skill at the level that this queue needs."""
        if operator.queues is not None and self.queue_id not in operator.queues:
            return False
        return all(operator.level_of(skill) >= level for skill, level in self.skills.items())
