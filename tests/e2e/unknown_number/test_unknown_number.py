"""Somebody reaches the machine by a number that is no line of the city: told so, and the line is closed."""

from __future__ import annotations

from calls.events import OperatorOffered
from tests.e2e.conftest import OpenTown


async def test_a_number_of_nobody(town: OpenTown) -> None:
    async with town() as place:
        await place.phone("1001")
        ear = await place.ear()
        citizen = await place.citizen(dialled="99999", ear=ear)
        call_id = await place.call_of(citizen)
        result = await citizen.result()
        assert (result.answered_200, result.ended_by) == (True, "far_end")
        assert ear.onsets(), "the announcement is heard"
        ended = await place.ended(call_id)
        assert (ended.outcome, ended.ended_by) == ("closed", "service")
        assert place.story(call_id) == ["CallStarted", "CallEnded"]
        assert not place.all(OperatorOffered)
        row = (await place.record_of(call_id)).call
        assert (row["dnis"], row["line_id"], row["asked_for_person"]) == ("99999", "", False)
