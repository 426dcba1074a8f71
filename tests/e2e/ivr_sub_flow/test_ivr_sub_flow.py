"""A flow goes through another one and comes back with what it found."""

from __future__ import annotations

from calls.events import CallQueued, NodeEntered
from tests.e2e.conftest import OpenTown
from tests.e2e.town import MENU, PressKey


async def test_a_sub_flow_comes_back(menu_town: OpenTown) -> None:
    async with menu_town() as place:
        citizen = await place.citizen(MENU, PressKey("77"), dialled="20010")
        queued = await place.happened(CallQueued)
        assert queued.queue_id == "gas_experts"
        entered = [(e.flow_id, e.node_id) for e in place.of_call(queued.call_id, NodeEntered)]
        assert entered == [("sub_flow", "sub"), ("inner", "back"), ("sub_flow", "which"), ("sub_flow", "experts")]
        await citizen.hang_up()
