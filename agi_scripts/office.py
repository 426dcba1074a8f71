"""What a call's coroutine works with: the city's definitions and the services, put together once at start."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from acd.dispatcher import Assignment
from acd.ports import ExpectedWait
from acd.redial import RedialMemory
from acd.waiting_room import WaitingRoom
from agi_scripts.conversation import Conversation
from agi_scripts.definitions import Definitions
from agi_scripts.orphans import OpenCall
from calls.events import CallbackQueued, CallbackSource
from calls.model import Call
from calls.ports import Clock, Record
from ivr.callers import PastCalls
from ivr.fetch import Fetcher
from ivr.model import Notice
from ivr.runner import FlowRunner
from recording.recorder import RecordingPlan
from telephony.prompt_files import PromptFiles
from telephony.tracker import CallTracker
from transfer.directory import Hotline
from transfer.health import Health
from transfer.limits import TransferLimits


class Switchboard(Protocol):
    """What a call's coroutine asks of Asterisk beyond its own channel."""

    def hang_up_leg(self, channel: str) -> None:
        """Release a leg. Returns at once; a failure is logged."""
        ...

    def ask_first(self, channel: str, exten: str) -> None:
        """Have an operator's leg ask this extension while its caller is held. Returns at once."""
        ...

    def send_on(self, call_id: str, hotline: Hotline) -> None:
        """Have a caller whom no session owns begin one in which the hotline is dialled. Returns at once."""
        ...

    def press(self, channel: str, keys: str) -> None:
        """Take keys for pressed by the party of this channel. Returns at once."""
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


@dataclass(frozen=True, slots=True)
class PlacedCall:
    """A call that we placed and that a citizen has picked up."""

    asked: CallbackQueued
    offer: Assignment | None
    "The operator who is kept for it; None where the service has started again meanwhile."


class Callbacks(Protocol):
    """What a call's coroutine asks of those who call citizens back."""

    def note(self, call: Call, number: str, queue_id: str, source: CallbackSource, due_at: datetime) -> bool:
        """Let this number, as it is dialled, wait to be called back with the call's place; False where it can't."""
        ...

    def take_place(self, call: Call) -> datetime | None:
        """Return the place of this caller's wish to be called back, which ends: the call has it now; None for none."""
        ...

    def placed(self, call_id: str) -> PlacedCall | None:
        """Return the call that we placed under this id, and take it as picked up; None where nobody waits for it."""
        ...


class NoCallbacks:
    """A city that calls nobody back."""

    def note(self, call: Call, number: str, queue_id: str, source: CallbackSource, due_at: datetime) -> bool:
        """Note nothing."""
        return False

    def take_place(self, call: Call) -> datetime | None:
        """Return no place."""
        return None

    def placed(self, call_id: str) -> PlacedCall | None:
        """Know of no call."""
        return None


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
    callbacks: Callbacks = field(default_factory=NoCallbacks)
    limits: TransferLimits = field(default_factory=TransferLimits)
    "What is under way to hotlines."
    health: Health = field(default_factory=Health)
    "Which numbers of hotlines can't be reached."
    conversations: dict[str, Conversation] = field(default_factory=dict)
    "Who talks to an operator now, by call id."
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
