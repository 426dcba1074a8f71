"""An operator lets it ring: at once the next one's phone rings, and the caller's clock goes on."""

from __future__ import annotations

from calls.events import CallQueued, OfferEnded, OperatorOffered
from hotline.actors.phones import PhoneEventKind
from tests.e2e.conftest import OpenTown
from tests.e2e.town import AT_ONCE


async def test_the_next_operator_is_rung_at_once(town: OpenTown) -> None:
    async with town(changes={"limits": {"ring_seconds": 3}}) as place:
        silent = await place.phone("1001")
        await place.phone("1003")
        citizen, call_id = await place.waiting()
        await place.rings("1001")
        await place.picks_up("1003")
        await silent.wait_for(PhoneEventKind.CLOSED, timeout_seconds=10)
        missed = place.of_call(call_id, OfferEnded)[0]
        assert (missed.operator_id, missed.outcome) == ("1001", "missed")
        assert 2.8 < missed.ring_seconds < 3 + AT_ONCE
        _, second = place.of_call(call_id, OperatorOffered)
        assert second.operator_id == "1003"
        assert (second.at - missed.at).total_seconds() < AT_ONCE
        assert len(place.of_call(call_id, CallQueued)) == 1
        assert place.states("1001") == ["available", "ringing", "available"]
        await citizen.hang_up()
        assert (await place.ended(call_id)).outcome == "answered"
        record = await place.record_of(call_id)
        assert [(o["operator_id"], o["outcome"]) for o in record.offers] == [("1001", "missed"), ("1003", "answered")]
        assert 2.8 < record.call["wait_seconds"] < 3 + 2 * AT_ONCE
