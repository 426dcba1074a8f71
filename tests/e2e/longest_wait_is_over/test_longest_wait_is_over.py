"""Nobody comes: after the longest wait the citizen is told so, and the line is closed."""

from __future__ import annotations

from datetime import timedelta

from calls.events import CallDequeued, CallQueued
from tests.e2e.conftest import OpenTown
from tests.e2e.town import AT_ONCE


async def test_the_caller_is_told_and_sent_out(town: OpenTown) -> None:
    async with town(changes={"limits": {"max_wait_seconds": 10}}) as place:
        ear = await place.ear()
        citizen, call_id = await place.waiting(ear=ear)
        ended = await place.ended(call_id, within=15)
        assert (ended.outcome, ended.ended_by) == ("timed_out", "service")
        (queued,), (sent,) = place.of_call(call_id, CallQueued), place.of_call(call_id, CallDequeued)
        assert sent.reason == "timed_out"
        assert 9.9 < (sent.at - queued.at).total_seconds() < 10 + AT_ONCE
        result = await citizen.result()
        assert result.ended_by == "far_end"
        told = ear.first_sound_after(sent.at + timedelta(seconds=0.05))
        assert told is not None, "an announcement before the line is closed"
        assert told < ended.at
        assert (ended.at - sent.at).total_seconds() > 0.8, "spoken to its end"
        assert place.story(call_id) == ["CallStarted", "CallQueued", "CallDequeued", "CallEnded"]
