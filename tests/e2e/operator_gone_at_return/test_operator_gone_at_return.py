"""A transfer fails and the operator who asked for it has gone home: the citizen waits at the head of the queue."""

from __future__ import annotations

from datetime import UTC, datetime

from calls.events import CallQueued, OperatorOffered, TransferRang, TransferReturned
from hotline.actors.target_scenario import NoAnswer
from tests.e2e.conftest import OpenTown


async def test_to_the_head_of_the_queue(town: OpenTown) -> None:
    async with town(numbers={"96777": NoAnswer()}) as place:
        goes = await place.phone("1001")
        talk = await place.talking("1001")
        earlier, earlier_id = await place.waiting()
        await goes.press("*102")
        await place.happened(TransferRang)
        await goes.stop()
        returned = await place.happened(TransferReturned)
        assert returned.returned_to == "queue:general", "to where the call really goes"
        again = await place.happened(CallQueued, lambda e: e.call_id == talk.call_id, count=2)
        assert (again.queue_id, again.at_head) == ("general", True)
        assert again.queued_at == place.of_call(talk.call_id, CallQueued)[0].queued_at, "the call's own clock"
        assert place.service.room.position(talk.call_id) == 1
        board = place.service.board.snapshot(datetime.now(UTC)).waiting
        assert {row.call_id: (row.position, row.at_head) for row in board} == {
            talk.call_id: (1, True),
            earlier_id: (2, False),
        }
        stays = await place.phone("1003")
        for call_id in (talk.call_id, earlier_id):
            await place.picks_up("1003")
            await stays.hangup()
            assert (await place.ended(call_id)).outcome == "answered"
        offers = [(e.operator_id, e.call_id) for e in place.all(OperatorOffered)]
        assert offers == [("1001", talk.call_id), ("1003", talk.call_id), ("1003", earlier_id)]
        assert place.state_of("1001") == "offline"
        assert (await earlier.result()).ended_by == "far_end"
