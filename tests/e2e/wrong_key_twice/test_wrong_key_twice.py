"""Keys without a meaning are no dead end: asked twice, then a person."""

from __future__ import annotations

import pytest

from calls.events import MenuEntered, MenuLeft
from tests.e2e.conftest import OpenTown
from tests.e2e.town import PressKey, WaitSeconds


@pytest.mark.parametrize("keys", ["00", "*7"])
async def test_two_wrong_keys_are_a_person(town: OpenTown, keys: str) -> None:
    async with town() as place:
        await place.phone("1001")
        first, second = keys[0], keys[1]
        citizen = await place.citizen(WaitSeconds(0.2), PressKey(first), WaitSeconds(0.6), PressKey(second))
        call_id = await place.call_of(citizen)
        await place.picks_up("1001")
        (left,) = place.of_call(call_id, MenuLeft)
        assert (left.input, left.next_node_id) == ("invalid_input", "person")
        assert len(place.of_call(call_id, MenuEntered)) == 1, "asked again in the same menu"
        await citizen.hang_up()
        assert (await place.ended(call_id)).outcome == "answered"
