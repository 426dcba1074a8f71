"""A citizen who waits in vain: within two seconds of asking it is a short abandon, later an abandon."""

from __future__ import annotations

from calls.events import CallDequeued, CallEnded, CallQueued
from hotline.actors.scripts import Step
from tests.e2e.conftest import OpenTown
from tests.e2e.town import MUSIC, STRAIGHT, HangUp, Hears, WaitSeconds


async def test_leaving_the_queue(town: OpenTown) -> None:
    patience: dict[str, tuple[Step | Hears, ...]] = {
        "short_abandon": (MUSIC, HangUp()),
        "abandoned": (MUSIC, WaitSeconds(2), HangUp()),
    }
    async with town() as place:
        citizens = {outcome: await place.citizen(*steps, dialled=STRAIGHT) for outcome, steps in patience.items()}
        for outcome, citizen in citizens.items():
            call_id = await place.call_of(citizen)
            assert (await citizen.result()).ended_by == "caller"
            ended = await place.ended(call_id)
            assert (ended.outcome, ended.ended_by) == (outcome, "caller")
            assert place.story(call_id) == ["CallStarted", "CallQueued", "CallDequeued", "CallEnded"]
            (queued,), (left,) = place.of_call(call_id, CallQueued), place.of_call(call_id, CallDequeued)
            assert (left.queue_id, left.reason) == ("general", "caller_left")
            assert ((left.at - queued.at).total_seconds() < 2) is (outcome == "short_abandon")
            assert place.service.room.position(call_id) is None

        phone = await place.phone("1001")  # nobody is rung for callers who are gone
        _, next_id = await place.waiting()
        await place.picks_up("1001")
        await phone.hangup()
        await place.ended(next_id)
        assert [e.outcome for e in place.all(CallEnded)] == [*patience, "answered"]
