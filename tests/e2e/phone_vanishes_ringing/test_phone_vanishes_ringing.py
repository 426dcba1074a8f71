"""A phone loses its power while it rings: the caller hears music a little longer, then the next phone rings."""

from __future__ import annotations

from calls.events import OfferEnded, OperatorOffered
from tests.e2e.conftest import OpenTown


async def test_the_next_operator_is_rung(town: OpenTown) -> None:
    async with town(changes={"limits": {"ring_seconds": 3}}) as place:
        dies = await place.phone("1001")
        await place.phone("1003")
        citizen, call_id = await place.waiting()
        await place.rings("1001")
        await dies.kill()
        await place.picks_up("1003")
        (lost,) = place.of_call(call_id, OfferEnded)
        assert (lost.operator_id, lost.outcome) == ("1001", "missed")
        assert [e.operator_id for e in place.of_call(call_id, OperatorOffered)] == ["1001", "1003"]
        await citizen.hang_up()
        assert (await citizen.result()).ended_by == "caller"
        assert (await place.ended(call_id)).outcome == "answered"


async def test_a_phone_that_logs_off_while_it_rings(town: OpenTown) -> None:
    async with town() as place:
        goes = await place.phone("1001")
        _, call_id = await place.waiting()
        await place.rings("1001")
        await goes.stop()
        await place.happened(OfferEnded, lambda e: e.operator_id == "1001")
        await place.until(lambda: place.state_of("1001") == "offline", "who logged off is offline")
        assert place.service.room.position(call_id) == 1
        await place.phone("1003")
        await place.picks_up("1003")
        await place.phones["1003"].hangup()
        assert (await place.ended(call_id)).outcome == "answered"
