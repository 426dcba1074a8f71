"""Keys without a meaning are no dead end: asked twice, then a person."""

from __future__ import annotations

from calls.events import MenuEntered, MenuLeft
from tests.e2e.conftest import OpenTown
from tests.e2e.town import MENU, PressKey, WaitSeconds


async def test_two_wrong_keys_are_a_person(town: OpenTown) -> None:
    async with town() as place:
        await place.phone("1001")
        await place.phone("1003")
        citizens = [
            await place.citizen(MENU, PressKey(first), WaitSeconds(0.6), PressKey(second))
            for first, second in (("0", "0"), ("*", "7"))
        ]
        for operator_id in ("1001", "1003"):
            await place.picks_up(operator_id)
        for citizen in citizens:
            call_id = await place.call_of(citizen)
            (left,) = place.of_call(call_id, MenuLeft)
            assert (left.input, left.next_node_id) == ("invalid_input", "person")
            assert len(place.of_call(call_id, MenuEntered)) == 1, "asked again in the same menu"
            await citizen.hang_up()
            assert (await place.ended(call_id)).outcome == "answered"
