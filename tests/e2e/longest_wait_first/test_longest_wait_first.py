"""Three citizens wait for one operator, who takes them in the order in which they came."""

from __future__ import annotations

from calls.events import CallEnded, OperatorAnswered
from tests.e2e.conftest import OpenTown


async def test_callers_are_served_in_the_order_of_their_waits(town: OpenTown) -> None:
    async with town() as place:
        waiting = [await place.waiting() for _ in range(3)]
        calls = [call_id for _, call_id in waiting]
        assert [place.service.room.position(call_id) for call_id in calls] == [1, 2, 3]
        phone = await place.phone("1001")
        for number, (citizen, call_id) in enumerate(waiting, start=1):
            await place.picks_up("1001")
            later = calls[number:]
            assert [place.service.room.position(c) for c in later] == list(range(1, len(later) + 1))
            await phone.hangup()
            await place.ended(call_id)
            assert (await citizen.result()).ended_by == "far_end"
        assert [e.call_id for e in place.all(OperatorAnswered)] == calls
        assert [e.outcome for e in place.all(CallEnded)] == ["answered"] * 3
        assert place.states("1001") == ["available", *["ringing", "talking", "wrap_up", "available"] * 3]
