"""Who is calling, and on which number: blocked callers, emergencies, retired numbers, hostile numbers and names."""

from __future__ import annotations

import pytest

from calls.events import CallbackAsked, CallEnded, CallerClassified, CallQueued, CallStarted, TopicSet
from tests.e2e.conftest import OpenTown

BLOCKED = "13900139000"


async def test_a_blocked_caller_hears_why_and_passes_in_an_emergency(menu_town: OpenTown) -> None:
    async with menu_town() as place:
        citizen = await place.citizen(dialled="12345", ani=BLOCKED)
        call_id = await place.call_of(citizen)
        assert (await citizen.result()).ended_by == "far_end"
        ended = await place.ended(call_id)
        assert (ended.outcome, ended.ended_by) == ("closed", "service")
        assert [e.kind for e in place.of_call(call_id, CallerClassified)] == ["blocked"]
        assert not place.all(CallQueued)
        urgent, _ = await place.waiting(dialled="20012")
        await urgent.hang_up()
        in_need = await place.citizen(dialled="20012", ani=BLOCKED)
        await place.happened(CallQueued, count=2)
        await in_need.hang_up()


async def test_a_retired_number_arrives_with_its_topic(menu_town: OpenTown) -> None:
    async with menu_town() as place:
        citizen = await place.citizen(dialled="96310")
        queued = await place.happened(CallQueued)
        started = place.all(CallStarted)[0]
        assert (started.dnis, started.line_id, started.language) == ("96310", "menu", "en")
        assert [(e.topic, e.source) for e in place.of_call(queued.call_id, TopicSet)] == [("city_management", "alias")]
        await citizen.hang_up()


@pytest.mark.parametrize(
    "number", ["${SHELL(id)}", 'a"b', "1&2,3", "x" * 2000], ids=["expression", "quote", "separators", "long"]
)
async def test_hostile_numbers_and_names(menu_town: OpenTown, number: str) -> None:
    async with menu_town() as place:
        name = number.replace('"', "'")[:200]
        place.announced.append("CallerID Name")
        citizen = await place.citizen(dialled="20005", ani="138" + "0" * 8, name=name)
        queued = await place.happened(CallQueued)
        assert queued.queue_id == "general"
        await citizen.hang_up()


HOSTILE_USERS = ["138%22%24%7BSHELL(id)%7D", "138%0AHANGUP", "1%262%2C3", "%27%5C%25%3B", "9" * 1500]


@pytest.mark.parametrize("user", HOSTILE_USERS, ids=["expression", "newline", "separators", "quotes", "long"])
async def test_a_hostile_number_in_a_look_up_and_a_call_back(menu_town: OpenTown, user: str) -> None:
    """What came as a number is looked up and would be called back; it is never more than a text on the way."""
    async with menu_town() as place:
        place.announced.append("CallerID")
        await place.citizen(dialled="20005", ani=user)
        queued = await place.happened(CallQueued)
        assert queued.queue_id == "general"
        await place.citizen(dialled="20008", ani=user)
        started = await place.happened(CallStarted, count=2)
        ended = await place.happened(CallEnded, lambda e: e.call_id == started.call_id)
        assert ended.ended_by == "service"
        assert all(event.number.isdigit() for event in place.all(CallbackAsked))
        assert len(started.ani) <= 32
