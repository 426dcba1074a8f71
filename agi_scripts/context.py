"""One call in one AGI session, and the few things that every step of its path does with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from agi_scripts.definitions import Definitions
from agi_scripts.office import Office
from agi_scripts.orphans import OpenTransfer
from calls.events import RecordingStarted, TransferDoor
from calls.legs import LegFact, LegResult, TransferAsked
from calls.model import Call
from recording.recorder import RecordingPlan, channels_of, plan_recording
from telephony.agi.session import AgiSession
from telephony.dialling import Dialling, DialRequest
from telephony.tracker import CallFeed
from telephony.voice import AgiVoice, Sounds


@dataclass(slots=True)
class CallContext:
    """Given to every step of a call's path."""

    office: Office
    session: AgiSession
    feed: CallFeed
    call: Call
    definitions: Definitions
    "The configuration that the call began with; it keeps it to its end."
    moves_on: bool = False
    "Asterisk took the caller elsewhere: this session can do no more, the next one goes on."
    session_free: asyncio.Event = field(default_factory=asyncio.Event)
    "Set when this session is not needed any more, although a leg that it dialled goes on."
    open_transfer: OpenTransfer | None = None
    "The attempt to reach a hotline that is under way: whoever finds the call without an owner ends it."
    voice: AgiVoice = field(init=False)
    _used: set[str] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        sounds: Sounds = self.definitions.prompts.files
        self.voice = AgiVoice(self.session, self.definitions.prompts_dir, sounds, self.office.prompt_files)

    def once(self, rule: Literal["overflow", "after_call"]) -> str | None:
        """Return the line's flow for this, the first time; None after that, or where the line has none."""
        line = self.definitions.lines.get(self.call.dnis)
        if line is None or rule in self._used:
            return None
        self._used.add(rule)
        return line.overflow if rule == "overflow" else line.after_call

    def first_time(self, rule: str) -> bool:
        """Return whether this rule is used for the first time in the call, and remember it."""
        if rule in self._used:
            return False
        self._used.add(rule)
        return True

    def values(self, more: Mapping[str, str]) -> dict[str, str]:
        """Return what prompts can speak of this call."""
        return {"case_id": self.call.case_id, "caller": self.call.ani, **more}

    async def dial(
        self,
        *,
        endpoint: str,
        ring_seconds: int,
        music: str,
        leg_context: str,
        recording: RecordingPlan | None,
        may_pass_on: bool,
        on_fact: Callable[[LegFact], None],
        whisper: Path | None = None,
        outlives: bool = False,
        note: str = "",
    ) -> LegResult:
        """Dial a leg and stay with it to its end; finish its recording in the background.

        Asterisk's own record of the leg has the `note`.
        """
        raw = str(recording.raw_path(self.office.recordings_dir)) if recording else ""
        request = DialRequest(
            endpoint=endpoint,
            ring_seconds=ring_seconds,
            music=music,
            leg_context=leg_context,
            leg_arguments=(self.call.call_id, self.call.case_id, self.call.topic, raw, *filter(None, [note])),
            may_pass_on=may_pass_on,
            outlives=outlives,
            whisper=str(whisper or ""),
        )
        dialling = Dialling(
            self.session,
            self.feed,
            hang_up_leg=self.office.switchboard.hang_up_leg,
            on_fact=on_fact,
            clock=self.office.clock,
            on_free=self.session_free.set,
        )
        try:
            return self._understood(await dialling.run(request))
        finally:
            if recording is not None:
                self.office.finish_recording(self.call.call_id, recording)

    def _understood(self, result: LegResult) -> LegResult:
        """Take in where a phone sent the caller: the hotline is asked for, and the call goes on in another session."""
        if result.referred_to is None:
            return result
        self.moves_on = True
        if result.asked is not None:  # somebody was quicker, by another door
            return result
        hotline = self.definitions.hotlines.meant_by(result.referred_to)
        asked = TransferAsked(
            at=self.office.clock(),
            call_id=self.call.call_id,
            leg_id="",
            channel="",
            target_id=hotline.hotline_id if hotline else result.referred_to,
            door=TransferDoor.REFER,
            initiator=self.call.last_operator_id or "",
        )
        return replace(result, asked=asked)

    def new_recording(self, party: str, transfer_id: str = "") -> RecordingPlan:
        """Plan the next recording of this call and write its row, before there is a file."""
        self.call.recordings += 1
        plan = plan_recording(self.call.call_id, self.call.recordings, self.office.clock(), channels_of(party))
        folder = plan.raw_path(self.office.recordings_dir).parent
        folder.mkdir(parents=True, exist_ok=True)
        self.office.record(
            RecordingStarted(
                at=self.office.clock(),
                call_id=self.call.call_id,
                recording_id=plan.recording_id,
                path=plan.path,
                party=party,
                transfer_id=transfer_id,
            )
        )
        return plan
