"""What a call's coroutine works with: the city's definitions and the services, put together once at start."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from acd.ports import ExpectedWait
from acd.redial import RedialMemory
from acd.waiting_room import WaitingRoom
from agi_scripts.definitions import Definitions
from agi_scripts.orphans import OpenCall
from calls.ports import Clock, Record
from ivr.callers import PastCalls
from ivr.fetch import Fetcher
from ivr.model import Notice
from ivr.runner import FlowRunner
from recording.recorder import RecordingPlan
from telephony.prompt_files import PromptFiles
from telephony.tracker import CallTracker
from transfer.health import Health
from transfer.limits import TransferLimits


class Switchboard(Protocol):
    """What a call's coroutine asks of Asterisk beyond its own channel."""

    def hang_up_leg(self, channel: str) -> None:
        """Release a leg. Returns at once; a failure is logged."""
        ...

    @property
    def can_stop_playing(self) -> bool:
        """Whether `stop_playing` would be heard now."""
        ...

    def stop_playing(self, channel: str) -> None:
        """Cut off the file that is played to a channel. Returns at once; may be asked again."""
        ...

    async def read_variable(self, channel: str, variable: str) -> str | None:
        """Return a channel's variable or function; None where the channel is gone or Asterisk does not say."""
        ...


@dataclass(slots=True)
class Office:
    """Everything that a call's coroutine is given."""

    definitions: Definitions
    "What a new call meets. Replaced as a whole; calls in progress keep theirs (`CallContext.definitions`)."
    clock: Clock
    record: Record
    flows: FlowRunner
    room: WaitingRoom
    tracker: CallTracker
    switchboard: Switchboard
    finish_recording: Callable[[str, RecordingPlan], None]
    "Finishes a recording in the background."
    recordings_dir: Path
    prompt_files: PromptFiles
    past_calls: Callable[[str, str], Awaitable[PastCalls]]
    "What the records say of a number, apart from the call with this id."
    redials: RedialMemory = field(default_factory=RedialMemory)
    "The places of callers who hung up."
    expected_wait: ExpectedWait | None = None
    "None where no wait is forecast: callers are told their place only."
    fetcher: Fetcher = field(default_factory=Fetcher)
    notices: Callable[[], Sequence[Notice]] = tuple
    "The notices that were switched on by command, the newest first; their sounds are among the definitions' own."
    limits: TransferLimits = field(default_factory=TransferLimits)
    "What is under way to hotlines."
    health: Health = field(default_factory=Health)
    "Which numbers of hotlines can't be reached."
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
