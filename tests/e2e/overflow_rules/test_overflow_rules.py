"""A queue does not keep every call: nobody is logged in, too many wait already, one waits too long."""

from __future__ import annotations

from calls.events import CallDequeued, CallQueued, TransferStarted
from tests.e2e.conftest import OpenTown

RULES = {
    "general": {
        "max_length": 1,
        "max_wait_seconds": 10,
        "overflow": {
            "no_operator": {"hotline": "water"},
            "full": {"goodbye": "all_busy_wait"},
            "max_wait": {"queue": "gas_experts"},
        },
    }
}


async def test_calls_go_where_the_queue_sends_them(town: OpenTown) -> None:
    async with town(queues=RULES) as place:
        # nobody is logged in
        citizen, call_id = await place.waiting()
        passed_on = await place.happened(TransferStarted)
        assert (passed_on.call_id, passed_on.target_id, passed_on.door) == (call_id, "water", "overflow")
        assert [e.rule for e in place.of_call(call_id, CallDequeued)] == ["no_operator"]
        await citizen.hang_up()
        await place.ended(call_id)

        # somebody is, and talks; one more may wait
        phone = await place.phone("1001")
        talk = await place.talking("1001")
        waiting, waiting_id = await place.waiting()
        refused, refused_id = await place.waiting()
        assert (await place.ended(refused_id)).outcome == "not_connected"
        assert [e.rule for e in place.of_call(refused_id, CallDequeued)] == ["full"]
        assert (await refused.result()).ended_by == "far_end"

        # the one who waits goes to another queue at last
        moved = await place.happened(
            CallQueued, lambda e: e.call_id == waiting_id and e.queue_id == "gas_experts", within=15
        )
        (sent,) = place.of_call(waiting_id, CallDequeued)
        assert (sent.reason, sent.rule) == ("overflowed", "max_wait")
        assert moved.queued_at == place.of_call(waiting_id, CallQueued)[0].at, "the clock is the call's"
        await phone.hangup()
        await place.ended(talk.call_id)
        await waiting.hang_up()
        await place.ended(waiting_id)
