"""What each file of a city's configuration holds, as models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from acd.callback_policy import CallbackPolicy, MissedPolicy
from acd.desks import PauseReason, SharedPhone
from acd.model import CallQueue, OperatorProfile
from hotline.config.city import TIMEZONE_PATTERN, Figures, Id, Language, Limits, Speech, Text, Trunk
from hotline.config.positions import Document
from hotline.config.problems import Problems
from ivr.model import Calendar, Callers, Flow, Hours, Line, Name, Notice
from recording.policy import RecordingPolicy
from transfer.directory import Hotline, OnFailure
from transfer.rules import TransferRules


def _check_timezone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, LookupError):
        hint = Problems.did_you_mean(value, available_timezones())
        raise ValueError(f"must be a time zone such as Asia/Shanghai{hint}") from None
    return value


Timezone = Annotated[str, StringConstraints(pattern=TIMEZONE_PATTERN), AfterValidator(_check_timezone)]


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_by_name=True)


class CitySection(_File):
    """The city itself."""

    city_id: Id = Field(validation_alias="id", description="Id of the city, as in topics and reports.")
    name: Mapping[Language, Name] = Field(description="Name in each language.")
    timezone: Timezone = Field(description="Time zone of hours and reports, such as Asia/Shanghai.")
    languages: tuple[Language, ...] = Field(min_length=1, description="Languages that callers are served in: [zh, en].")
    default_language: Language = Field(description="The language in which a call begins.")


class CityFile(_File):
    """city.yaml: the city, its lines and trunks, its figures and limits."""

    city: CitySection = Field(description="id, name, timezone, languages, default_language.")
    figures: Figures = Field(default=Figures(), description="Terms that figures are counted by.")
    limits: Limits = Field(default=Limits(), description="Longest times.")
    recording: RecordingPolicy = Field(
        default=RecordingPolicy(), description="What is recorded, and how long it is kept."
    )
    speech: Speech = Field(default=Speech(), description="Speech engine for prompts without a recorded file.")
    trunks: tuple[Trunk, ...] = Field(min_length=1, description="Connections to telephone networks.")
    lines: tuple[Line, ...] = Field(min_length=1, description="Dialled numbers and the flows that they lead to.")
    hours: Mapping[Id, Hours] = Field(default={}, description="Opening hours by name, in the city's time zone.")
    calendar: Calendar = Field(default=Calendar(), description="Holidays and working days.")
    callers: Callers = Field(default=Callers(), description="How callers are told apart.")
    transfer: TransferRules = Field(default=TransferRules(), description="Limits of transfers, and dead lines.")
    callbacks: CallbackPolicy = Field(default=CallbackPolicy(), description="Calling citizens back.")
    missed: MissedPolicy = Field(default=MissedPolicy(), description="Calls that were missed.")


class FlowsFile(_File):
    """flows.yaml: what callers go through."""

    flows: Mapping[Id, Flow] = Field(min_length=1, description="Flow id to flow.")


class QueuesFile(_File):
    """queues.yaml: where calls wait."""

    queues: tuple[CallQueue, ...] = Field(min_length=1, description="Call queues.")


class OperatorsFile(_File):
    """operators.yaml: who answers."""

    skills: tuple[Id, ...] = Field(min_length=1, description="All skills that queues and operators may name.")
    operators: tuple[OperatorProfile, ...] = Field(min_length=1, description="Operators.")
    phones: tuple[SharedPhone, ...] = Field(default=(), description="Phones that are nobody's own (hot desk).")
    pause_reasons: tuple[PauseReason, ...] = Field(
        default=(), description="Why operators pause; the first one where they name none."
    )


class HotlineDefaults(_File):
    """What holds for every hotline that says nothing else."""

    trunk: Id | None = Field(default=None, description="Trunk in city.yaml.")
    ring_seconds: int | None = Field(default=None, ge=3, le=120, description="Seconds to let it ring.")
    record: bool | None = Field(default=None, description="Whether conversations are recorded.")
    on_failure: OnFailure | None = Field(default=None, description="Where a caller goes on who can't be connected.")
    hours: Id | None = Field(default=None, description="Opening hours in city.yaml.")
    at_once: int | None = Field(default=None, ge=1, le=10_000, description="Calls that each takes at once.")


class HotlinesFile(_File):
    """hotlines.yaml: where callers can be passed on to."""

    example: bool = Field(default=False, description="The numbers are examples and not an official list.")
    defaults: HotlineDefaults = Field(default=HotlineDefaults(), description="What holds for every hotline.")
    hotlines: tuple[Hotline, ...] = Field(description="Hotlines.")
    service_away: Id | None = Field(
        default=None,
        description="Hotline that callers are connected to while the service is away and no operator answers.",
    )


class NoticesFile(_File):
    """notices.yaml: what callers hear before or instead of a flow, for a time. The file may be missing."""

    notices: tuple[Notice, ...] = Field(default=(), description="Notices.")


class PromptsFile(_File):
    """prompts.yaml: what callers hear, as text."""

    prompts: Mapping[Id, Mapping[Language, Text]] = Field(min_length=1, description="Prompt name to language to text.")


FILES: Mapping[str, type[BaseModel]] = {
    "city": CityFile,
    "flows": FlowsFile,
    "queues": QueuesFile,
    "operators": OperatorsFile,
    "hotlines": HotlinesFile,
    "prompts": PromptsFile,
    "notices": NoticesFile,
}
"The files of a configuration, without .yaml, in the order in which problems are found."


OPTIONAL = frozenset({"notices"})
"Files that may be missing."


def apply_hotline_defaults(document: Document) -> None:
    """Write the defaults of hotlines.yaml into each hotline that lacks them; problems point at the defaults."""
    hotlines, defaults = document.get("hotlines"), document.get("defaults")
    if not isinstance(hotlines, list) or not isinstance(defaults, dict):
        return
    for index, hotline in enumerate(hotlines):
        if not isinstance(hotline, dict):
            continue
        always = {"hours"} if hotline.get("kind") == "emergency" else set()
        for key, value in defaults.items():
            if key not in hotline and key not in always and key in HotlineDefaults.model_fields:
                hotline[key] = value
                document.put(("hotlines", index, key), document.place(("defaults", key)))
