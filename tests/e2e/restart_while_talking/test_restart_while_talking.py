"""The service is killed during a conversation: nobody notices; it is taken over, and counted when it ends."""

from __future__ import annotations

from calls.events import ConversationEnded, OperatorAnswered, RecordingCompleted, ServiceStarted
from tests.e2e.conftest import SwitchOn
from tests.e2e.hearing import comes_to_hear, hears_now
from tests.e2e.town import VOICES_HZ


async def test_the_conversation_goes_on(machine: SwitchOn) -> None:
    async with machine() as place:
        await place.phone("1001")
        ear = await place.ear()
        talk = await place.talking("1001", ear=ear)
        await comes_to_hear(ear, VOICES_HZ["1001"], place.folder)
        asterisk = place.asterisk_pid
        await place.stand_by()
        await place.kill_service()
        heard = len(ear.packets)
        await place.start_service()
        assert place.asterisk_pid == asterisk, "Asterisk was taken over"
        await place.talk(0.6)
        assert len(ear.packets) > heard + 20, "the operator was heard all the time"
        assert hears_now(ear, VOICES_HZ["1001"], place.folder)
        gap = (await place.happened(ServiceStarted, count=2)).gap_from
        assert gap is not None, "the gap is marked"
        await place.until(lambda: place.states("1001")[-1] == "talking", "the operator is known to talk")

        await talk.citizen.hang_up()
        ended = await place.ended(talk.call_id)
        assert (ended.outcome, ended.ended_by) == ("answered", "caller")
        (answered,), (over,) = place.all(OperatorAnswered), place.of_call(talk.call_id, ConversationEnded)
        assert abs(over.talk_seconds - (over.at - answered.at).total_seconds()) < 0.5
        await place.until(lambda: place.state_of("1001") == "available", "the operator is free")
        recording = await place.happened(RecordingCompleted)
        assert abs(recording.duration_seconds - over.talk_seconds) < 1, "one recording, without a hole"

        again = await place.talking("1001")
        await again.phone.hangup()
        assert (await place.ended(again.call_id)).outcome == "answered"


async def test_it_ends_while_the_service_is_away(machine: SwitchOn) -> None:
    async with machine() as place:
        await place.phone("1001")
        talk = await place.talking("1001")
        await place.talk(0.5)
        await place.stand_by()
        await place.kill_service()
        await talk.citizen.hang_up()
        assert (await talk.citizen.result()).ended_by == "caller"
        await place.start_service()
        ended = await place.ended(talk.call_id)
        assert ended.outcome == "answered"
        await place.until(lambda: place.state_of("1001") == "available", "the operator is free")
        assert (await place.record_of(talk.call_id)).recordings[0]["status"] in ("started", "completed")
        await place.happened(RecordingCompleted)
