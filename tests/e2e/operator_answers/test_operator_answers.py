"""A citizen presses 1, an operator answers, both hear each other, and the conversation is on record."""

from __future__ import annotations

from calls.events import CallEnded, OperatorAnswered, RecordingCompleted
from hotline.actors.phones import PhoneEventKind
from hotline.actors.tones import hears
from tests.e2e.conftest import OpenTown
from tests.e2e.town import CALLER_HZ, MENU, VOICES_HZ, PressKey


async def test_operator_answers_and_both_hear_each_other(town: OpenTown) -> None:
    async with town() as place:
        phone = await place.phone("1001", record=True)
        citizen = await place.citizen(MENU, PressKey("1"))
        await phone.wait_for(PhoneEventKind.INCOMING, timeout_seconds=10)
        await phone.answer()
        answered = await place.happened(OperatorAnswered)
        assert answered.operator_id == "1001"
        await phone.wait_for(PhoneEventKind.ESTABLISHED, timeout_seconds=10)
        await place.talk(2)
        await phone.hangup()
        result = await citizen.result()
        assert result.ended_by == "far_end"
        ended = await place.happened(CallEnded)
        assert (ended.outcome, ended.ended_by) == ("answered", "operator")

        recording = await place.happened(RecordingCompleted)
        sound = place.recording(recording.path)
        talked = (await place.record_of(ended.call_id)).call["talk_seconds"]
        assert abs(recording.duration_seconds - talked) < 0.5
        left, right = hears(sound, VOICES_HZ["1001"], channel=0), hears(sound, CALLER_HZ, channel=1)
        assert (left, right) == (True, True), "operator on the left, citizen on the right"
        assert hears(phone.heard()[0], CALLER_HZ), "the operator hears the citizen"
