"""A citizen who hangs up before asking for a person is no abandon, and costs no operator anything."""

from __future__ import annotations

from calls.events import MenuLeft, OperatorOffered
from tests.e2e.conftest import OpenTown
from tests.e2e.town import MENU, HangUp, PressKey


async def test_leaving_while_the_menu_is_read(town: OpenTown) -> None:
    async with town() as place:
        await place.phone("1001")
        citizen = await place.citizen(MENU, HangUp())
        call_id = await place.call_of(citizen)
        result = await citizen.result()
        assert (result.answered_200, result.ended_by) == (True, "caller")
        ended = await place.ended(call_id)
        assert (ended.outcome, ended.ended_by) == ("left_in_menu", "caller")
        assert place.story(call_id) == ["CallStarted", "MenuEntered", "GreetingStarted", "MenuLeft", "CallEnded"]
        assert place.of_call(call_id, MenuLeft)[0].input == "hung_up"
        assert not place.all(OperatorOffered)
        assert place.states("1001") == ["available"]
        row = (await place.record_of(call_id)).call
        assert (row["asked_for_person"], row["wait_seconds"], row["talk_seconds"]) == (False, None, 0)


async def test_the_menu_says_goodbye(town: OpenTown) -> None:
    async with town() as place:
        citizen = await place.citizen(MENU, PressKey("9"))
        call_id = await place.call_of(citizen)
        assert (await citizen.result()).ended_by == "far_end"
        ended = await place.ended(call_id)
        assert (ended.outcome, ended.ended_by) == ("left_in_menu", "service")
