"""One call in one AGI session, and the few things that every step of its path does with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from agi_scripts.definitions import Definitions
from agi_scripts.office import Office
from calls.events import RecordingStarted
from calls.legs import LegFact, LegResult
from calls.model import Call
from recording.recorder import RecordingPlan, plan_recording
from telephony.agi.session import AgiSession
from telephony.dialling import Dialling, DialRequest
from telephony.tracker import CallFeed
from telephony.voice import AgiVoice


@dataclass(slots=True)
class CallContext:
    """Given to every step of a call's path."""

    office: Office
    session: AgiSession
    feed: CallFeed
    call: Call
    definitions: Definitions
    "The configuration that the call began with; it keeps it to its end."
    voice: AgiVoice = field(init=False)

    def __post_init__(self) -> None:
        self.voice = AgiVoice(self.session, self.definitions.prompts_dir)

    async def dial(
        self,
        *,
        endpoint: str,
        ring_seconds: int,
        music: str,
        leg_context: str,
        recording: RecordingPlan | None,
        on_fact: Callable[[LegFact], None],
    ) -> LegResult:
        """Dial a leg and stay with it to its end; finish its recording in the background."""
        raw = str(recording.raw_path(self.office.recordings_dir)) if recording else ""
        request = DialRequest(
            endpoint=endpoint,
            ring_seconds=ring_seconds,
            music=music,
            leg_context=leg_context,
            leg_arguments=(self.call.call_id, self.call.case_id, self.call.topic, raw),
        )
        dialling = Dialling(
            self.session,
            self.feed,
            hang_up_leg=self.office.switchboard.hang_up_leg,
            on_fact=on_fact,
            clock=self.office.clock,
        )
        try:
            return await dialling.run(request)
        finally:
            if recording is not None:
                self.office.finish_recording(self.call.call_id, recording)

    def new_recording(self, party: str) -> RecordingPlan:
        """Plan the next recording of this call and write its row, before there is a file."""
        self.call.recordings += 1
        plan = plan_recording(self.call.call_id, self.call.recordings, self.office.clock())
        folder = plan.raw_path(self.office.recordings_dir).parent
        folder.mkdir(parents=True, exist_ok=True)
        self.office.record(
            RecordingStarted(
                at=self.office.clock(),
                call_id=self.call.call_id,
                recording_id=plan.recording_id,
                path=plan.path,
                party=party,
            )
        )
        return plan
