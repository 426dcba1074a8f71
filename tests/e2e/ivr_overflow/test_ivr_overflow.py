"""Whoever has waited as long as the city lets them can leave a message instead."""

from __future__ import annotations

from calls.events import FlowEntered, MessageLeft
from tests.e2e.conftest import OpenTown


async def test_the_longest_wait_ends_with_a_message(menu_town: OpenTown) -> None:
    async with menu_town() as place:
        citizen, call_id = await place.waiting(dialled="20011")
        await place.happened(MessageLeft, within=25)
        assert [e.rule for e in place.of_call(call_id, FlowEntered)] == ["open", "overflow"]
        assert (await citizen.result()).ended_by == "far_end"
        assert (await place.ended(call_id)).outcome == "timed_out"
