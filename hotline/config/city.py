"""A city's whole configuration as one frozen object, and the models of what only city.yaml holds."""

from __future__ import annotations

import ipaddress
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from acd.callback_policy import CallbackPolicy, MissedPolicy
from acd.desks import PauseReason, SharedPhone
from acd.model import CallQueue, OperatorProfile
from calls.patterns import ID_PATTERN, LANGUAGE_PATTERN, TEXT_PATTERN
from ivr.lookup import Table
from ivr.model import Calendar, Callers, Flow, Hours, Line, Notice
from recording.policy import RecordingPolicy
from transfer.directory import HotlineDirectory
from transfer.rules import TransferRules

Id = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
Language = Annotated[str, StringConstraints(pattern=LANGUAGE_PATTERN)]
Text = Annotated[str, StringConstraints(pattern=TEXT_PATTERN)]
ADDRESS_PATTERN = "^[A-Za-z0-9][A-Za-z0-9.-]{0,252}:[0-9]{1,5}$"
URL_PATTERN = r"^https?://[^\s\x00-\x1f\x7f]+$"
VOICE_PATTERN = "^[A-Za-z0-9][A-Za-z0-9_+.-]{0,60}$"
TIMEZONE_PATTERN = "^[A-Za-z0-9_+/-]{1,60}$"


def _check_address(value: str) -> str:
    port = int(value.rsplit(":", 1)[1])
    if not 1 <= port <= 65535:
        raise ValueError("the port must be from 1 to 65535")
    return value


def _check_network(value: str) -> str:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise ValueError("must be an IP address or network, such as 192.0.2.10 or 192.0.2.0/24") from None
    return value


def _check_command(value: str) -> str:
    try:
        words = shlex.split(value)
    except ValueError as error:
        raise ValueError(f"is no command: {error}") from None
    if not any("{output}" in word for word in words):
        raise ValueError("must hold {output}, the WAV file that the engine writes")
    if not any("{text}" in word or "{text_file}" in word for word in words):
        raise ValueError("must hold {text_file} or {text}, what the engine speaks")
    return value


Address = Annotated[
    str,
    StringConstraints(pattern=ADDRESS_PATTERN),
    AfterValidator(_check_address),
]
Network = Annotated[str, AfterValidator(_check_network)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_by_name=True)


class Figures(_Section):
    """The terms that the city's figures are counted by."""

    service_level_seconds: int = Field(
        default=15, ge=1, le=600, description="Answered within this many seconds counts for the service level."
    )
    short_abandon_seconds: int = Field(
        default=5, ge=0, le=60, description="A caller who leaves within this many seconds is a short abandon."
    )


class Limits(_Section):
    """Longest times, where a queue or hotline says nothing else."""

    ring_seconds: int = Field(default=15, ge=3, le=120, description="Seconds that one operator's phone rings.")
    max_wait_seconds: int = Field(default=600, ge=10, le=7200, description="Longest wait in a call queue, in seconds.")
    missed_in_a_row: int = Field(
        default=3, ge=1, le=20, description="Missed calls in a row after which an operator counts as not responding."
    )
    wrap_up_extension_seconds: int = Field(
        default=30, ge=5, le=600, description="Seconds that an operator gets who asks for more time for notes (*65)."
    )
    wrap_up_limit_seconds: int = Field(
        default=300, ge=5, le=3600, description="Longest wrap-up in seconds, extensions included."
    )
    priority_point_seconds: int = Field(
        default=60, ge=1, le=3600, description="Seconds of waiting that one point of priority is worth."
    )
    hotline_ring_seconds: int = Field(default=20, ge=3, le=120, description="Seconds that a hotline rings.")
    redial_minutes: int = Field(
        default=5, ge=0, le=120, description="A caller who hung up and calls again within this regains the place."
    )
    prefer_hours: int = Field(
        default=24,
        ge=0,
        le=720,
        description="Hours in which a caller who calls again goes to the operator they talked to; 0 is never.",
    )
    prefer_seconds: int = Field(
        default=0,
        ge=0,
        le=120,
        description="Seconds that such a caller waits for that operator; 0: only an operator who is free is preferred.",
    )


class Trunk(_Section):
    """A connection to a telephone network or another exchange."""

    trunk_id: Id = Field(validation_alias="id", description="Id of the trunk.")
    address: Address = Field(description="Where calls go out to: host:port (SIP over UDP).")
    inbound_from: tuple[Network, ...] = Field(
        default=(), description="IP addresses or networks whose calls are taken in; none where left out."
    )


class Speech(_Section):
    """The speech engine that speaks prompts without a recorded file: a command, or an HTTP address."""

    command: Annotated[Text, AfterValidator(_check_command)] | None = Field(
        default=None,
        description="Program and arguments, run without a shell. {text_file} or {text}: what to speak;"
        " {output}: WAV file to write; {lang}: language; {voice}, {rate}: its entries below. espeak-ng where left out.",
    )
    url: Annotated[str, StringConstraints(pattern=URL_PATTERN)] | None = Field(
        default=None,
        description="HTTP address that is sent the text (POST, text/plain, UTF-8) and answers with a WAV file;"
        " {lang}, {voice} and {rate} are replaced. Used instead of `command`.",
    )
    voices: Mapping[Language, Annotated[str, StringConstraints(pattern=VOICE_PATTERN)]] = Field(
        default={"zh": "cmn", "en": "en-gb"}, description="Language to the engine's name of a voice."
    )
    rates: Mapping[Language, Annotated[int, Field(ge=80, le=450)]] = Field(
        default={"zh": 205, "en": 155},
        description="Language to words a minute, 80 to 450; 170 where left out. The defaults suit espeak-ng.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """Everything that an admin writes, checked. Never changed: a new version is a new City."""

    config_dir: Path
    version: str
    "First 12 hex digits of the SHA-256 of the files: the same files, the same version."
    city_id: str
    name: Mapping[str, str]
    "Language to name, as in every `name` of the configuration."
    timezone: str
    languages: tuple[str, ...]
    default_language: str
    figures: Figures
    limits: Limits
    recording: RecordingPolicy
    speech: Speech
    trunks: Mapping[str, Trunk]
    lines: Mapping[str, Line]
    flows: Mapping[str, Flow]
    queues: Mapping[str, CallQueue]
    "Their times are filled in from `limits` where the queue says nothing."
    skills: tuple[str, ...]
    operators: Mapping[str, OperatorProfile]
    hotlines: HotlineDirectory
    hotlines_are_example: bool
    "The hotline numbers are examples and not the city's official list."
    prompts: Mapping[str, Mapping[str, str]]
    "Name to language to text, `connecting_<hotline_id>` of each hotline included."
    music: tuple[str, ...]
    "Names of the music classes: `default` and the folders in `music/`."
    hours: Mapping[str, Hours] = field(default_factory=dict)
    "Opening hours by name."
    calendar: Calendar = field(default_factory=Calendar)
    callers: Callers = field(default_factory=Callers)
    "The numbers of `enterprise_file` are among `enterprise_numbers`."
    transfer: TransferRules = field(default_factory=TransferRules)
    service_away: str | None = None
    "Hotline that Asterisk itself turns to while the service is away and no operator answers."
    callbacks: CallbackPolicy = field(default_factory=CallbackPolicy)
    missed: MissedPolicy = field(default_factory=MissedPolicy)
    notices: tuple[Notice, ...] = ()
    "Of notices.yaml, in its order; their texts are prompts as well (`Notice.prompt_name`)."
    shared_phones: Mapping[str, SharedPhone] = field(default_factory=dict)
    "By the name that Asterisk knows them by: desk7."
    pause_reasons: Mapping[str, PauseReason] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    "File name to the table that menus look things up in."

    @property
    def zone(self) -> ZoneInfo:
        """The city's time zone."""
        return ZoneInfo(self.timezone)

    def line_for(self, dnis: str) -> Line | None:
        """Return the line that this dialled number belongs to, or None."""
        return next((line for line in self.lines.values() if dnis in line.numbers), None)

    def language_of(self, line: Line) -> str:
        """Return the language in which a call on this line begins."""
        return line.language or self.default_language
