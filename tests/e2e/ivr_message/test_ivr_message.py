"""A message is recorded, linked to its call, and becomes a duty; so does a wish to be called back."""

from __future__ import annotations

from datetime import timedelta

from calls.events import CallbackAsked, MessageLeft, RecordingCompleted, RecordingDiscarded, RecordingStarted
from hotline.actors import tones
from storage.duties import list_duties
from tests.e2e.conftest import OpenTown
from tests.e2e.town import AT_ONCE, CALLER_HZ, HangUp, WaitSeconds


async def test_a_message_that_ends_with_hanging_up(menu_town: OpenTown) -> None:
    async with menu_town() as place:
        citizen = await place.citizen(WaitSeconds(4), HangUp(), dialled="20007", ani="13800990003")
        call_id = await place.call_of(citizen)
        left = await place.happened(MessageLeft)
        assert left.number == "13800990003"
        assert 1 <= left.seconds <= 4
        assert left.due_at - left.at == timedelta(minutes=60)
        done = await place.happened(RecordingCompleted)
        assert (done.call_id, done.recording_id) == (call_id, left.recording_id)
        (started,) = place.of_call(call_id, RecordingStarted)
        assert started.party == "message"
        file = place.recording(done.path)
        assert tones.hears(file, CALLER_HZ, 0)
        await place.ended(call_id)
        await place.service.journal.flush()
        (duty,) = await list_duties(place.service.database)
        assert (duty["kind"], duty["number"], duty["status"]) == ("message", "13800990003", "open")
        assert duty["recording_id"] == left.recording_id


async def test_a_message_that_lasts_as_long_as_it_may(menu_town: OpenTown) -> None:
    async with menu_town() as place:
        citizen = await place.citizen(dialled="20007")
        left = await place.happened(MessageLeft, within=15)
        assert 5.5 <= left.seconds <= 6 + AT_ONCE
        assert (await citizen.result()).ended_by == "far_end"
        assert (await place.ended(left.call_id)).ended_by == "service"


async def test_a_message_without_a_word(menu_town: OpenTown) -> None:
    async with menu_town() as place:
        citizen = await place.citizen(WaitSeconds(0.8), HangUp(), dialled="20007")
        call_id = await place.call_of(citizen)
        await place.ended(call_id)
        assert not place.all(MessageLeft)
        await place.until(
            lambda: len(place.all(RecordingDiscarded)) == len(place.all(RecordingStarted)), "nothing is kept"
        )


async def test_a_wish_to_be_called_back(menu_town: OpenTown) -> None:
    async with menu_town() as place:
        citizen = await place.citizen(dialled="20008", ani="13800990004")
        asked = await place.happened(CallbackAsked)
        assert (asked.number, asked.due_at - asked.at) == ("13800990004", timedelta(minutes=30))
        assert (await citizen.result()).ended_by == "far_end"
        await place.ended(asked.call_id)
        await place.service.journal.flush()
        (duty,) = await list_duties(place.service.database)
        assert (duty["kind"], duty["number"]) == ("callback", "13800990004")
