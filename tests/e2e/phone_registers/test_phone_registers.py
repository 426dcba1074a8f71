"""A citizen waits and nobody is there; the moment a phone registers, it rings."""

from __future__ import annotations

from calls.events import CallQueued, OperatorOffered, OperatorStateChanged
from tests.e2e.conftest import OpenTown
from tests.e2e.town import AT_ONCE


async def test_a_waiting_caller_is_connected_the_moment_a_phone_registers(town: OpenTown) -> None:
    async with town() as place:
        citizen, call_id = await place.waiting()
        await place.talk(1)
        phone = await place.phone("1001")
        await place.picks_up("1001")
        available = await place.happened(OperatorStateChanged, lambda e: e.operator_id == "1001")
        (offer,) = place.of_call(call_id, OperatorOffered)
        assert str(available.state) == "available"
        assert (offer.at - available.at).total_seconds() < AT_ONCE
        (queued,) = place.of_call(call_id, CallQueued)
        await phone.hangup()
        assert (await citizen.result()).ended_by == "far_end"
        assert (await place.ended(call_id)).outcome == "answered"
        row = (await place.record_of(call_id)).call
        assert row["queued_at"] == queued.queued_at
        assert 1.0 < row["wait_seconds"] < 10, "no later than the phone"
