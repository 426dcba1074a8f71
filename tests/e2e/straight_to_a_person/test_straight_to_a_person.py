"""A line without a menu: the citizen dials and an operator's phone rings."""

from __future__ import annotations

from calls.events import CallStarted, MenuEntered, OperatorRang
from tests.e2e.conftest import OpenTown
from tests.e2e.town import AT_ONCE, STRAIGHT


async def test_a_line_without_a_menu(town: OpenTown) -> None:
    async with town() as place:
        phone = await place.phone("1001")
        citizen = await place.citizen(dialled=STRAIGHT)
        call_id = await place.call_of(citizen)
        await place.picks_up("1001")
        await phone.hangup()
        assert (await citizen.result()).ended_by == "far_end"
        ended = await place.ended(call_id)
        assert (ended.outcome, ended.ended_by) == ("answered", "operator")
        assert not place.of_call(call_id, MenuEntered)
        started, rang = place.of_call(call_id, CallStarted)[0], place.of_call(call_id, OperatorRang)[0]
        assert (started.line_id, started.language) == ("straight", "zh")
        assert (rang.at - started.at).total_seconds() < AT_ONCE
