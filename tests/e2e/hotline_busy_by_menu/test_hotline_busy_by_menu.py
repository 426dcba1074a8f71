"""The hotline that a citizen chose is busy: nobody is dropped, they wait for an operator, ahead of everybody else."""

from __future__ import annotations

from calls.events import CallQueued, OperatorAnswered, TransferEnded, TransferReturned
from hotline.actors.target_scenario import Refuses
from tests.e2e.conftest import OpenTown
from tests.e2e.town import MENU, PressKey


async def test_back_to_the_head_of_the_queue(town: OpenTown) -> None:
    async with town(numbers={"96777": Refuses(486)}) as place:
        earlier, earlier_id = await place.waiting()
        citizen, call_id = await place.waiting(MENU, PressKey("2"), dialled="12345")
        (over,), (back,) = place.of_call(call_id, TransferEnded), place.of_call(call_id, TransferReturned)
        assert (over.outcome, over.sip_status, over.short) == ("busy", 486, False)
        assert back.returned_to == "queue:general"
        (queued,) = place.of_call(call_id, CallQueued)
        assert (queued.queue_id, queued.at_head) == ("general", True)
        assert place.service.room.position(call_id) == 1, "ahead of who waits for longer"

        phone = await place.phone("1001")
        for its_call in (call_id, earlier_id):
            await place.picks_up("1001")
            await phone.hangup()
            assert (await place.ended(its_call)).outcome == "answered"
        assert [e.call_id for e in place.all(OperatorAnswered)] == [call_id, earlier_id]
        assert [(await c.result()).ended_by for c in (earlier, citizen)] == ["far_end", "far_end"]
