"""A phone rings three times and nobody is there: it is rung no more until its operator says so."""

from __future__ import annotations

from calls.events import CallQueued, OfferEnded, OperatorStateChanged
from tests.e2e.conftest import OpenTown
from tests.e2e.town import AT_ONCE


async def test_three_missed_in_a_row_and_back(town: OpenTown) -> None:
    async with town(changes={"limits": {"ring_seconds": 3}}) as place:
        await place.phone("1001")
        citizen, call_id = await place.waiting()
        await place.happened(OperatorStateChanged, lambda e: e.state == "not_responding", within=12)
        assert [e.outcome for e in place.of_call(call_id, OfferEnded)] == ["missed"] * 3
        assert place.service.room.position(call_id) == 1, "the caller goes on waiting"
        phone = place.phones["1001"]
        phone.history.clear()
        assert place.service.room.resume("1001")
        for _ in range(3):
            await place.rings("1001")  # the three rings that nobody heard
        await place.picks_up("1001")
        assert place.states("1001") == [
            "available",
            *["ringing", "available"] * 2,
            "ringing",
            "not_responding",
            *["available", "ringing", "talking"],
        ]
        assert len(place.of_call(call_id, CallQueued)) == 1, "one wait, one clock"
        await citizen.hang_up()
        await place.ended(call_id)
        assert 9 < (await place.record_of(call_id)).call["wait_seconds"] < 10 + AT_ONCE
        presence = place.service.room.presence("1001")
        assert presence is not None
        assert presence.missed_in_a_row == 0
