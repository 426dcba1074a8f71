"""The service is killed while an operator's phone rings: it rings on, and who picks up is put through and counted."""

from __future__ import annotations

from calls.events import CallQueued, ConversationEnded, OperatorAnswered, RecordingCompleted
from hotline.actors.citizens import Citizen
from hotline.actors.phones import PhoneEventKind
from hotline.actors.tones import hears
from tests.e2e.conftest import SwitchOn
from tests.e2e.hearing import comes_to_hear
from tests.e2e.machine import Machine
from tests.e2e.people import VOICES_HZ, WITHIN


async def picked_up_while_nobody_looks(place: Machine) -> tuple[Citizen, str]:
    """Kill the service while a phone rings, and have it picked up; return when the citizen hears the operator."""
    phone = await place.phone("1001")
    await place.stand_by()
    ear = await place.ear()
    citizen, call_id = await place.waiting(ear=ear)
    await place.rings("1001")
    await place.kill_service()
    await phone.answer()
    await phone.wait_for(PhoneEventKind.ESTABLISHED, timeout_seconds=WITHIN)
    await comes_to_hear(ear, VOICES_HZ["1001"], place.folder)
    return citizen, call_id


async def test_picked_up_while_the_service_is_away(machine: SwitchOn) -> None:
    async with machine() as place:
        citizen, call_id = await picked_up_while_nobody_looks(place)
        await place.start_service()
        await place.happened(OperatorAnswered)
        await place.until(lambda: place.state_of("1001") == "talking", "the operator is known to talk")
        await citizen.hang_up()
        ended = await place.ended(call_id)
        assert (ended.outcome, ended.ended_by) == ("answered", "caller")
        (over,) = place.of_call(call_id, ConversationEnded)
        assert over.talk_seconds > 0.5
        await place.until(lambda: place.state_of("1001") == "available", "the operator is free")


async def test_the_journal_lacks_the_last_moments(machine: SwitchOn) -> None:
    async with machine() as place:
        citizen, call_id = await picked_up_while_nobody_looks(place)
        await place.lose_what_followed(place.of_call(call_id, CallQueued)[0])
        await place.start_service()
        await place.happened(OperatorAnswered)
        await place.until(lambda: place.state_of("1001") == "talking", "the operator is known to talk")
        await place.talk(0.5)
        await citizen.hang_up()
        assert (await place.ended(call_id)).outcome == "answered"
        await place.until(lambda: place.state_of("1001") == "available", "the operator is free")
        recording = await place.happened(RecordingCompleted)
        assert hears(place.settings.recordings_dir / recording.path, VOICES_HZ["1001"], channel=0)


async def test_not_picked_up(machine: SwitchOn) -> None:
    async with machine() as place:
        await place.phone("1001")
        await place.stand_by()
        citizen, call_id = await place.waiting()
        await place.rings("1001")
        await place.kill_service()
        await place.start_service()
        await place.picks_up("1001")  # asked again, once the first ring was over
        await citizen.hang_up()
        assert (await place.ended(call_id)).outcome == "answered"
        row = (await place.record_of(call_id)).call
        assert (row["handled_by"], row["resumed"]) == ("service", 1)
