"""The service is killed while citizens wait, and started again: everybody keeps their place and their clock."""

from __future__ import annotations

from calls.events import CallQueued, CallResumed, OperatorAnswered
from tests.e2e.conftest import SwitchOn
from tests.e2e.machine import Machine


async def test_everybody_keeps_their_place(machine: SwitchOn) -> None:
    async with machine() as place:
        waiting = [await place.waiting() for _ in range(2)]
        calls = [call_id for _, call_id in waiting]
        first_queued = [place.of_call(call_id, CallQueued)[0] for call_id in calls]
        await place.stand_by()
        await place.kill_service()
        await place.start_service()
        for call_id, before in zip(calls, first_queued, strict=True):
            again = await queued_again(place, call_id)
            assert again.queued_at == before.queued_at, "the original clock"
            assert again.at > before.at
            assert [e.stage for e in place.of_call(call_id, CallResumed)] == ["queued"]

        phone = await place.phone("1001")
        for citizen, call_id in waiting:
            await place.picks_up("1001")
            await phone.hangup()
            assert (await place.ended(call_id)).outcome == "answered"
            assert (await citizen.result()).ended_by == "far_end"
        assert [e.call_id for e in place.all(OperatorAnswered)] == calls, "in the order in which they came"
        for call_id, before in zip(calls, first_queued, strict=True):
            row = (await place.record_of(call_id)).call
            assert (row["queued_at"], row["resumed"], row["handled_by"]) == (before.queued_at, 1, "service")


async def queued_again(place: Machine, call_id: str) -> CallQueued:
    """Wait until a call stands in a queue for the second time."""
    return await place.happened(CallQueued, lambda e: e.call_id == call_id, count=2)
