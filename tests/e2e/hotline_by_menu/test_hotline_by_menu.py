"""A citizen presses 2 for the gas company: its person answers, both hear each other, and it is on record."""

from __future__ import annotations

from calls.events import CallQueued, RecordingCompleted, TransferEnded, TransferStarted
from hotline.actors.target_scenario import Answers
from hotline.actors.tones import hears
from tests.e2e.conftest import OpenTown
from tests.e2e.hearing import comes_to_hear
from tests.e2e.town import AT_ONCE, CALLER_HZ, HOTLINE_HZ, MENU, PressKey


async def test_the_hotline_answers(town: OpenTown) -> None:
    async with town(numbers={"96777": Answers(after_seconds=0.5)}) as place:
        await place.phone("1001")
        ear = await place.ear()
        citizen = await place.citizen(MENU, PressKey("2"), ear=ear)
        call_id = await place.call_of(citizen)
        await comes_to_hear(ear, HOTLINE_HZ, place.folder)
        await place.talk(1)
        await citizen.hang_up()
        assert (await citizen.result()).ended_by == "caller"
        (at_hotline,) = place.target.calls_to("96777")
        assert at_hotline.invite_status == 200

        ended = await place.ended(call_id)
        assert (ended.outcome, ended.ended_by) == ("answered", "caller")
        (started,), (over,) = place.of_call(call_id, TransferStarted), place.of_call(call_id, TransferEnded)
        assert (started.door, started.initiator, started.target_id) == ("menu_key", "caller", "gas")
        assert (over.outcome, over.ended_by) == ("answered", "caller")
        assert 0.4 < over.ring_seconds < 0.5 + AT_ONCE
        assert 1.0 < over.talk_seconds < 1 + 2 * AT_ONCE
        assert not place.all(CallQueued), "no operator was asked for"
        assert place.states("1001") == ["available"]

        recording = await place.happened(RecordingCompleted)
        sound = place.recording(recording.path)
        assert hears(sound, HOTLINE_HZ, channel=0), "the hotline is heard on the left"
        assert hears(sound, CALLER_HZ, channel=1), "the citizen is heard on the right"
        record = await place.record_of(call_id)
        assert record.transfers[0]["recording_id"] == recording.recording_id
        assert record.recordings[0]["party"] == "hotline:gas"


async def test_the_hotline_hangs_up(town: OpenTown) -> None:
    async with town(numbers={"96777": Answers(after_seconds=0.1, talk_seconds=0.5)}) as place:
        citizen = await place.citizen(MENU, PressKey("2"))
        call_id = await place.call_of(citizen)
        assert (await citizen.result()).ended_by == "far_end"
        ended = await place.ended(call_id)
        assert (ended.outcome, ended.ended_by) == ("answered", "target")
