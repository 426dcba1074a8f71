"""A softphone's attended transfer: a second line to the hotline, dialled by hand, then REFER with Replaces."""

from __future__ import annotations

import asyncio

from calls.events import ConversationEnded, TransferStarted
from hotline.actors.target_scenario import Answers, Refuses
from tests.e2e.conftest import OpenTown
from tests.e2e.desk import Desk, at_desk
from tests.e2e.raw_line import Line
from tests.e2e.town import HOTLINE_HZ


async def test_second_line(town: OpenTown) -> None:
    numbers = {"96777": Answers(after_seconds=0.3), "96116": Refuses(486), "95598": Refuses(603)}
    async with town(numbers=numbers) as place, at_desk(place) as desk:
        nobody = await desk.phone.call("96777")
        assert nobody.refused.startswith("SIP/2.0 480"), "without a citizen there is nobody to ask for"
        assert not place.all(TransferStarted)

        first = await desk.talk()
        await desk.phone.hold(first)
        # never 403, which Linphone takes for a wrong password: it would forget the right one
        for stranger in ("10010", "*99", "+8610010"):
            assert (await desk.phone.call(stranger)).refused.startswith("SIP/2.0 404")
        busy = await desk.phone.call("96116")
        assert busy.refused.startswith("SIP/2.0 486")
        assert (await desk.ended(1)).outcome == "busy"
        rejecting = await desk.phone.call("95598")
        assert rejecting.refused.startswith("SIP/2.0 480")
        assert (await desk.ended(2)).outcome == "rejected"

        await _is_put_through(desk, first)
        ended = await desk.ended(3)
        assert (ended.outcome, ended.ended_by) == ("answered", "caller")
        assert ended.talk_seconds > 0.5
        (left,) = place.all(ConversationEnded)
        assert left.ended_by == "operator"

        first = await desk.talk()
        await desk.phone.hold(first)
        await _is_put_through(desk, first, backwards=True)
        ended = await desk.ended()
        assert (ended.outcome, ended.ended_by) == ("answered", "caller")
        assert ended.talk_seconds > 0.5
        record = await place.record_of(desk.call_id)
        assert [row["party"] for row in record.recordings] == ["1001", "hotline:gas"]
        assert place.all(ConversationEnded)[-1].ended_by == "operator"
        assert len(place.target.calls_to("96777")) == 2

        async with at_desk(place, "1003") as colleague:
            own_call = asyncio.create_task(desk.phone.call("1003"))
            colleague.phone.refuse(await colleague.phone.rings(), "603 Decline")
            assert (await own_call).refused.startswith("SIP/2.0 480")


async def _is_put_through(desk: Desk, first: Line, *, backwards: bool = False) -> None:
    """Ask the gas company on a second line and put the citizen through.

    Backwards, the phone sends the hotline to the citizen: what softphones do that transfer the line in front.
    """
    place = desk.place
    talks = len(place.all(ConversationEnded))
    second = await desk.phone.call("**02")
    await desk.operator_hears(HOTLINE_HZ, second)
    assert len(place.all(ConversationEnded)) == talks
    await (desk.phone.join(second, first) if backwards else desk.phone.join(first, second))
    await desk.citizen_hears(HOTLINE_HZ)
    await place.until(lambda: place.state_of("1001") == "available", "the operator is free")
    started = place.all(TransferStarted)[-1]
    assert (started.way, started.door, started.initiator) == ("attended", "refer", "1001")
    await place.talk(0.5)
    await desk.all_over()
