"""A citizen who presses nothing is not told off: after a moment's silence they are on their way to a person."""

from __future__ import annotations

from calls.events import CallQueued, MenuLeft
from tests.e2e.conftest import OpenTown


async def test_no_key_is_a_person(town: OpenTown) -> None:
    async with town() as place:
        await place.phone("1001")
        citizen = await place.citizen()
        call_id = await place.call_of(citizen)
        await place.picks_up("1001")
        (left,) = place.of_call(call_id, MenuLeft)
        assert (left.node_id, left.input, left.key, left.next_node_id) == ("main", "no_input", "", "person")
        await citizen.hang_up()
        result = await citizen.result()
        assert (result.answered_200, result.ended_by) == (True, "caller")
        ended = await place.ended(call_id)
        assert (ended.outcome, ended.ended_by) == ("answered", "caller")
        assert place.story(call_id) == [
            "CallStarted",
            "MenuEntered",
            "GreetingStarted",
            "MenuLeft",
            "CallQueued",
            "OperatorOffered",
            "OperatorRang",
            "OperatorAnswered",
            "ConversationEnded",
            "CallEnded",
        ]
        assert place.of_call(call_id, CallQueued)[0].queue_id == "general"
        row = (await place.record_of(call_id)).call
        assert (row["queue_id"], row["operator_id"], row["asked_for_person"]) == ("general", "1001", True)
