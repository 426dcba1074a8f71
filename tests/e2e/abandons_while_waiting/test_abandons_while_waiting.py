"""A citizen who waits in vain: within two seconds of asking it is a short abandon, later an abandon."""

from __future__ import annotations

import pytest

from calls.events import CallDequeued, CallEnded, CallQueued
from tests.e2e.conftest import OpenTown
from tests.e2e.town import STRAIGHT, HangUp, WaitSeconds


@pytest.mark.parametrize(("patience", "outcome"), [(0.8, "short_abandon"), (2.6, "abandoned")])
async def test_leaving_the_queue(town: OpenTown, patience: float, outcome: str) -> None:
    async with town() as place:
        citizen = await place.citizen(WaitSeconds(patience), HangUp(), dialled=STRAIGHT)
        call_id = await place.call_of(citizen)
        assert (await citizen.result()).ended_by == "caller"
        ended = await place.ended(call_id)
        assert (ended.outcome, ended.ended_by) == (outcome, "caller")
        assert place.story(call_id) == ["CallStarted", "CallQueued", "CallDequeued", "CallEnded"]
        (queued,), (left,) = place.of_call(call_id, CallQueued), place.of_call(call_id, CallDequeued)
        assert (left.queue_id, left.reason) == ("general", "caller_left")
        assert patience - 0.5 < (left.at - queued.at).total_seconds() < patience + 0.5
        assert place.service.room.position(call_id) is None

        phone = await place.phone("1001")  # nobody is rung for a caller who is gone
        _, next_id = await place.waiting()
        await place.picks_up("1001")
        await phone.hangup()
        await place.ended(next_id)
        assert [e.outcome for e in place.all(CallEnded)] == [outcome, "answered"]
