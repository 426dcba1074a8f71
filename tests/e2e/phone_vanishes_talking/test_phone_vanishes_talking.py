"""An operator's phone loses its power in the middle of a conversation."""

from __future__ import annotations

from calls.events import ConversationEnded, RecordingCompleted
from tests.e2e.conftest import OpenTown
from tests.e2e.town import AT_ONCE


async def test_the_caller_hangs_up_and_is_counted(town: OpenTown) -> None:
    async with town() as place:
        await place.phone("1001")
        talk = await place.talking("1001")
        await place.talk(1)
        await talk.phone.kill()
        await place.talk(0.5)
        await talk.citizen.hang_up()
        assert (await talk.citizen.result()).ended_by == "caller"
        ended = await place.ended(talk.call_id)
        assert (ended.outcome, ended.ended_by) == ("answered", "caller")
        (conversation,) = place.of_call(talk.call_id, ConversationEnded)
        assert 1.3 < conversation.talk_seconds < 1.5 + AT_ONCE
        recording = await place.happened(RecordingCompleted)
        assert recording.duration_seconds > 1
        assert place.states("1001")[-2:] == ["wrap_up", "available"]

        await place.phone("1001")  # a new phone takes the old one's place
        again = await place.talking("1001")
        await again.phone.hangup()
        assert (await place.ended(again.call_id)).outcome == "answered"
