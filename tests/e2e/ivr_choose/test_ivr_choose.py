"""Calls go on by who is calling, by the hours, by the language; and what a menu sets reaches the queue."""

from __future__ import annotations

from calls.events import CallerClassified, CallQueued, TopicSet
from tests.e2e.conftest import OpenTown


async def test_a_repeat_caller_and_an_enterprise(menu_town: OpenTown) -> None:
    async with menu_town() as place:
        ani = "13800990002"
        first = await place.citizen(dialled="20003", ani=ani)
        assert (await place.happened(CallQueued)).queue_id == "general"
        await first.hang_up()
        await place.ended(await place.call_of(first))
        await place.service.journal.flush()
        second = await place.citizen(dialled="20003", ani=ani)
        queued = await place.happened(CallQueued, count=2)
        assert queued.queue_id == "gas_experts"
        assert [e.kind for e in place.of_call(queued.call_id, CallerClassified)] == ["repeat"]
        await second.hang_up()
        enterprise = await place.citizen(dialled="20003", ani="01088812")
        assert (await place.ended(await place.call_of(enterprise))).ended_by == "service"


async def test_what_a_menu_sets_reaches_the_queue(menu_town: OpenTown) -> None:
    async with menu_town() as place:
        await place.phone("1001")
        citizen, call_id = await place.waiting(dialled="20004")
        (queued,) = place.of_call(call_id, CallQueued)
        assert (queued.priority, queued.skills) == (7, {"zh": 1, "gas": 3})
        assert [e.topic for e in place.of_call(call_id, TopicSet)] == ["gas_leak"]
        await place.phone("1002")
        await place.picks_up("1002")  # 1001 is free, and knows nothing of gas
        await citizen.hang_up()
