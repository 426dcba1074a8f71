"""An operator refuses: at once the next one's phone rings, and who refused is left alone for a moment."""

from __future__ import annotations

from calls.events import OfferEnded, OperatorOffered
from tests.e2e.conftest import OpenTown


async def test_the_next_operator_is_rung_at_once(town: OpenTown) -> None:
    async with town() as place:
        refuses = await place.phone("1001")
        await place.phone("1003")
        citizen, call_id = await place.waiting()
        await place.rings("1001")
        await refuses.decline()
        await place.picks_up("1003")
        (refused,) = place.of_call(call_id, OfferEnded)
        assert (refused.operator_id, refused.outcome, refused.hangup_cause) == ("1001", "busy", 17)
        assert place.of_call(call_id, OperatorOffered)[1].operator_id == "1003"
        assert place.states("1001") == ["available", "ringing", "paused(busy)"]

        waiting, waiting_id = await place.waiting()
        assert place.service.room.position(waiting_id) == 1, "who has just refused is not asked again"
        assert place.service.room.resume("1001"), "but may say: ready"
        await place.picks_up("1001")
        for one, its_call in ((citizen, call_id), (waiting, waiting_id)):
            await one.hang_up()
            assert (await place.ended(its_call)).outcome == "answered"
