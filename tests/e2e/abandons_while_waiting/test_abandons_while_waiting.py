"""A citizen who waits in vain: within two seconds of asking it is a short abandon, later an abandon."""

from __future__ import annotations

from calls.events import CallDequeued, CallEnded, CallQueued
from tests.e2e.conftest import OpenTown
from tests.e2e.town import STRAIGHT, HangUp, WaitSeconds


async def test_leaving_the_queue(town: OpenTown) -> None:
    patience = {"short_abandon": 0.8, "abandoned": 2.6}
    async with town() as place:
        citizens = {
            outcome: await place.citizen(WaitSeconds(seconds), HangUp(), dialled=STRAIGHT)
            for outcome, seconds in patience.items()
        }
        for outcome, citizen in citizens.items():
            call_id = await place.call_of(citizen)
            assert (await citizen.result()).ended_by == "caller"
            ended = await place.ended(call_id)
            assert (ended.outcome, ended.ended_by) == (outcome, "caller")
            assert place.story(call_id) == ["CallStarted", "CallQueued", "CallDequeued", "CallEnded"]
            (queued,), (left,) = place.of_call(call_id, CallQueued), place.of_call(call_id, CallDequeued)
            assert (left.queue_id, left.reason) == ("general", "caller_left")
            assert abs((left.at - queued.at).total_seconds() - patience[outcome]) < 0.5
            assert place.service.room.position(call_id) is None

        phone = await place.phone("1001")  # nobody is rung for callers who are gone
        _, next_id = await place.waiting()
        await place.picks_up("1001")
        await phone.hangup()
        await place.ended(next_id)
        assert [e.outcome for e in place.all(CallEnded)] == [*patience, "answered"]
