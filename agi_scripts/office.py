"""What a call's coroutine works with: the city's definitions and the services, put together once at start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from acd.model import CallQueue
from acd.waiting_room import WaitingRoom
from agi_scripts.orphans import OpenCall
from calls.ports import Clock, Record
from ivr.model import Flow, Line
from ivr.runner import FlowRunner
from recording.policy import RecordingPolicy
from recording.recorder import RecordingPlan
from telephony.tracker import CallTracker
from transfer.directory import HotlineDirectory


@dataclass(frozen=True, slots=True)
class Definitions:
    """The part of a city's configuration that a call meets. A call keeps the version it began with."""

    city_id: str
    default_language: str
    lines: Mapping[str, Line]
    "By dialled number."
    flows: Mapping[str, Flow]
    queues: Mapping[str, CallQueue]
    hotlines: HotlineDirectory
    recording: RecordingPolicy
    short_abandon_seconds: float


class Switchboard(Protocol):
    """What a call's coroutine asks of Asterisk beyond its own channel."""

    def hang_up_leg(self, channel: str) -> None:
        """Release a leg. Returns at once; a failure is logged."""
        ...


@dataclass(slots=True)
class Office:
    """Everything that a call's coroutine is given."""

    definitions: Definitions
    clock: Clock
    record: Record
    flows: FlowRunner
    room: WaitingRoom
    tracker: CallTracker
    switchboard: Switchboard
    finish_recording: Callable[[str, RecordingPlan], None]
    "Finishes a recording in the background."
    recordings_dir: Path
    prompts_dir: Path
    open_calls: dict[str, OpenCall] = field(default_factory=dict)
    "By call id."
    closing: bool = False
    "The service ends and Asterisk with it: who is on the line now is cut off by us, and did not leave."


def case_id_of(call_id: str, started_at: datetime) -> str:
    """Return the case number of a call: the day, the second of the day and Asterisk's counter; digits only.

    Made from the call's own id, so that it is the same wherever it is made.
    """
    counter = "".join(c for c in call_id.rpartition(".")[2] if c.isdigit()) or "0"
    second = started_at.hour * 3600 + started_at.minute * 60 + started_at.second
    return f"{started_at:%Y%m%d}{second:05d}{int(counter) % 10_000:04d}"
