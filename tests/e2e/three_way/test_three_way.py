"""Operator, citizen and hotline speak together; any of them may leave and the other two go on."""

from __future__ import annotations

from calls.events import TransferStarted
from hotline.actors.target_scenario import Answers
from tests.e2e.conftest import OpenTown
from tests.e2e.desk import Desk, at_desk
from tests.e2e.town import CALLER_HZ, HOTLINE_HZ, VOICES_HZ


async def all_three(desk: Desk, keys: str) -> None:
    """Begin a conversation of three from one of two."""
    await desk.press(keys)
    await desk.citizen_hears(HOTLINE_HZ)
    await desk.citizen_hears(VOICES_HZ["1001"])
    await desk.operator_hears(HOTLINE_HZ)
    await desk.operator_hears(CALLER_HZ)


async def test_any_of_them_may_leave(town: OpenTown) -> None:
    numbers = {"96777": Answers(after_seconds=0.3), "96116": Answers(after_seconds=0.3, talk_seconds=4.0)}
    async with town(numbers=numbers) as place, at_desk(place) as desk:
        # the operator leaves
        await desk.talk()
        await all_three(desk, "*302")
        await desk.hang_up()
        await place.until(lambda: place.state_of("1001") == "available", "the operator is free")
        await desk.citizen_hears(HOTLINE_HZ)
        await desk.all_over()
        ended = await desk.ended()
        assert (ended.outcome, ended.ended_by) == ("answered", "caller")
        assert place.all(TransferStarted)[0].way == "three_way"

        # the hotline leaves
        await desk.talk()
        await all_three(desk, "*301")
        ended = await desk.ended()
        assert (ended.outcome, ended.ended_by) == ("answered", "target")
        await desk.both_hear()

        # joined with a key after asking first; then the citizen leaves
        await desk.consulting("*202")
        await all_three(desk, "*8")
        await desk.all_over()
        await desk.operator_hears(HOTLINE_HZ)
        assert place.state_of("1001") == "talking"
        await desk.hang_up()
        await place.until(lambda: place.state_of("1001") == "available", "the operator is free")
        assert (await desk.ended(2)).outcome == "answered"
