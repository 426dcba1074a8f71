"""What a call meets of the city's configuration, as one frozen object: a call keeps the one it began with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from acd.callback_policy import CallbackPolicy, MissedPolicy
from acd.model import CallQueue, OperatorProfile
from ivr.callers import CallerBook
from ivr.lookup import Table
from ivr.model import Calendar, Flow, Hours, Line, Notice
from ivr.speaking import PromptBook
from recording.policy import RecordingPolicy
from transfer.directory import HotlineDirectory
from transfer.rules import TransferRules


@dataclass(frozen=True, slots=True)
class Definitions:
    """The part of a city's configuration that a call meets. A call keeps the version it began with."""

    version: str
    "Names the configuration, as in the journal."
    city_id: str
    default_language: str
    languages: tuple[str, ...]
    zone: ZoneInfo
    lines: Mapping[str, Line]
    "By dialled number, retired ones included."
    hours: Mapping[str, Hours]
    calendar: Calendar
    callers: CallerBook
    notices: tuple[Notice, ...]
    "Of the configuration; those that were switched on by command are the office's."
    tables: Mapping[str, Table]
    flows: Mapping[str, Flow]
    queues: Mapping[str, CallQueue]
    operators: Mapping[str, OperatorProfile]
    hotlines: HotlineDirectory
    recording: RecordingPolicy
    callbacks: CallbackPolicy
    missed: MissedPolicy
    short_abandon_seconds: float
    redial_minutes: int
    "A caller who hung up and calls again within this regains the place."
    prefer_hours: int
    "A caller who calls again within this goes to the operator they talked to."
    prompts: PromptBook
    prompts_dir: Path
    "The sounds of this version: a folder for each language."
    transfer: TransferRules = field(default_factory=TransferRules)
