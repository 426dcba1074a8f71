"""A question for the gas experts rings only where there is the skill, however long others are idle."""

from __future__ import annotations

from calls.events import CallQueued, OperatorOffered
from tests.e2e.conftest import OpenTown
from tests.e2e.town import MENU, PressKey


async def test_only_an_expert_is_rung(town: OpenTown) -> None:
    async with town() as place:
        idle = await place.phone("1001")
        first, first_id = await place.waiting(MENU, PressKey("4"), dialled="12345")
        assert place.service.room.position(first_id) == 1, "waits although an operator is idle"
        expert = await place.phone("1002")
        await place.picks_up("1002")
        (queued,) = place.of_call(first_id, CallQueued)
        assert (queued.queue_id, queued.skills) == ("gas_experts", {"zh": 1, "gas": 3})
        await expert.hangup()
        await place.ended(first_id)

        second, second_id = await place.waiting()  # anybody will do: 1001 has been idle for longer
        await place.picks_up("1001")
        await idle.hangup()
        await place.ended(second_id)
        assert [e.operator_id for e in place.all(OperatorOffered)] == ["1002", "1001"]
        assert [(await c.result()).ended_by for c in (first, second)] == ["far_end", "far_end"]
