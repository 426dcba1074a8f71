"""An operator presses *102: the citizen hears the gas company, the operator is free again, both talks are on record."""

from __future__ import annotations

from calls.events import ConversationEnded, RecordingCompleted, TransferAnswered, TransferEnded, TransferStarted
from hotline.actors.phones import PhoneEventKind
from hotline.actors.target_scenario import Answers
from hotline.actors.tones import hears
from tests.e2e.conftest import OpenTown
from tests.e2e.hearing import comes_to_hear
from tests.e2e.town import AT_ONCE, CALLER_HZ, HOTLINE_HZ, VOICES_HZ


async def test_one_button(town: OpenTown) -> None:
    async with town(numbers={"96777": Answers(after_seconds=0.3)}) as place:
        phone = await place.phone("1001")
        ear = await place.ear()
        talk = await place.talking("1001", ear=ear)
        await comes_to_hear(ear, VOICES_HZ["1001"], place.folder)
        await phone.press("*102")
        await phone.wait_for(PhoneEventKind.CLOSED, timeout_seconds=10)
        await comes_to_hear(ear, HOTLINE_HZ, place.folder)
        answered = await place.happened(TransferAnswered)
        await place.until(lambda: place.state_of("1001") == "available", "the operator is free for others")
        assert place.states("1001") == ["available", "ringing", "talking", "wrap_up(transfer)", "available"]
        assert not place.all(TransferEnded), "while the citizen goes on talking to the hotline"
        await place.talk(1)
        await talk.citizen.hang_up()

        ended = await place.ended(talk.call_id)
        assert (ended.outcome, ended.ended_by) == ("answered", "caller")
        (left,) = place.of_call(talk.call_id, ConversationEnded)
        assert (left.operator_id, left.ended_by) == ("1001", "operator")
        (started,) = place.all(TransferStarted)
        assert (started.door, started.initiator, started.number) == ("operator_key", "1001", "96777")
        assert (started.at - left.at).total_seconds() < AT_ONCE
        assert answered.ring_seconds < AT_ONCE

        first, second = [await place.happened(RecordingCompleted, count=n) for n in (1, 2)]
        assert hears(place.recording(first.path), VOICES_HZ["1001"], channel=0)
        for side, hz in enumerate((HOTLINE_HZ, CALLER_HZ)):
            assert hears(place.recording(second.path), hz, channel=side)
        record = await place.record_of(talk.call_id)
        assert [r["party"] for r in record.recordings] == ["1001", "hotline:gas"]
        assert record.transfers[0]["recording_id"] == record.recordings[1]["recording_id"]
        assert record.call["operator_id"] == "1001"
