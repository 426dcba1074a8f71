"""Twenty keys in a row, keys while nobody asked, keys while talking: the first that was asked for counts, no other."""

from __future__ import annotations

from calls.events import CallQueued, MenuLeft, TransferStarted
from tests.e2e.conftest import OpenTown
from tests.e2e.town import STRAIGHT, PressKey


async def test_a_storm_of_keys_from_the_first_moment(town: OpenTown) -> None:
    async with town() as place:
        phone = await place.phone("1001")
        citizen = await place.citizen(PressKey("12345678900987654321"))
        call_id = await place.call_of(citizen)
        await place.picks_up("1001")
        assert [(e.input, e.key) for e in place.of_call(call_id, MenuLeft)] == [("key", "1")]
        assert len(place.of_call(call_id, CallQueued)) == 1
        await place.talk(1)  # the storm goes on into the talk
        assert not place.all(TransferStarted)
        await phone.hangup()
        assert (await place.ended(call_id)).outcome == "answered"
        assert (await citizen.result()).ended_by == "far_end"


async def test_an_operators_keys_on_a_citizens_telephone(town: OpenTown) -> None:
    async with town() as place:
        phone = await place.phone("1001")
        citizen = await place.citizen(PressKey("*102*102"), dialled=STRAIGHT)
        call_id = await place.call_of(citizen)
        await place.picks_up("1001")
        await place.talk(2)
        assert not place.all(TransferStarted), "only an operator's phone can pass a caller on"
        await phone.hangup()
        ended = await place.ended(call_id)
        assert (ended.outcome, ended.ended_by) == ("answered", "operator")
