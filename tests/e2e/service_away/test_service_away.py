"""The service is away and stays away: Asterisk's own script finds a person, and the call is counted later."""

from __future__ import annotations

from calls.events import CallEnded, CallStarted, OperatorAnswered
from hotline.actors.phones import PhoneEventKind
from tests.e2e.conftest import SwitchOn
from tests.e2e.hearing import comes_to_hear
from tests.e2e.town import AT_ONCE, VOICES_HZ


async def test_a_person_and_a_count(machine: SwitchOn) -> None:
    async with machine() as place:
        phone = await place.phone("1001")
        await place.kill_service()
        ear = await place.ear()
        citizen = await place.citizen(dialled="12345", ear=ear)
        await phone.wait_for(PhoneEventKind.INCOMING, timeout_seconds=15)
        await phone.answer()
        await comes_to_hear(ear, VOICES_HZ["1001"], place.folder)
        await place.talk(1)
        await phone.hangup()
        assert (await citizen.result()).ended_by == "far_end"
        assert not place.all(CallStarted), "nobody was there to note it"

        await place.start_service()
        ended = await place.happened(CallEnded)
        assert (ended.outcome, ended.ended_by, ended.handled_by) == ("answered", "operator", "emergency")
        assert place.all(OperatorAnswered)[0].operator_id == "1001"
        row = (await place.record_of(ended.call_id)).call
        assert (row["ani"], row["dnis"], row["handled_by"]) == (citizen.script.ani, "12345", "emergency")
        assert 0.5 < row["talk_seconds"] < 1.5 + AT_ONCE
        assert list(place.settings.emergency_spool_dir.iterdir()) == [], "each note is taken in once"
