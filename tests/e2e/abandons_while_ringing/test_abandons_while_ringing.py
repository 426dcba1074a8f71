"""A citizen hangs up while an operator's phone rings: it stops at once, and the operator is not to blame."""

from __future__ import annotations

from calls.events import OfferEnded
from hotline.actors.phones import PhoneEventKind
from tests.e2e.conftest import OpenTown


async def test_the_phone_stops_ringing_at_once(town: OpenTown) -> None:
    async with town() as place:
        phone = await place.phone("1001")
        idle_since = place.service.room.presence("1001").idle_since  # type: ignore[union-attr]
        citizen, call_id = await place.waiting()
        await place.rings("1001")
        await citizen.hang_up()
        await phone.wait_for(PhoneEventKind.CLOSED, timeout_seconds=10)
        ended = await place.ended(call_id)
        assert (ended.outcome, ended.ended_by) == ("short_abandon", "caller")
        (offer,) = place.of_call(call_id, OfferEnded)
        assert (offer.operator_id, offer.outcome) == ("1001", "caller_left")
        assert place.states("1001") == ["available", "ringing", "available"]
        presence = place.service.room.presence("1001")
        assert presence is not None
        assert (presence.missed_in_a_row, presence.idle_since) == (0, idle_since), "keeps the place among the idle"

        _, next_id = await place.waiting()
        await place.picks_up("1001")
        await phone.hangup()
        assert (await place.ended(next_id)).outcome == "answered"
