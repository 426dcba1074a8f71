"""A softphone's attended transfer: a second line to the hotline, dialled by hand, then REFER with Replaces."""

from __future__ import annotations

from calls.events import ConversationEnded, TransferStarted
from hotline.actors.target_scenario import Answers, Refuses
from tests.e2e.conftest import OpenTown
from tests.e2e.desk import at_desk
from tests.e2e.town import HOTLINE_HZ


async def test_second_line(town: OpenTown) -> None:
    numbers = {"96777": Answers(after_seconds=0.3), "96116": Refuses(486)}
    async with town(numbers=numbers) as place, at_desk(place) as desk:
        nobody = await desk.phone.call("96777")
        assert nobody.over, "without a citizen there is nobody to ask for"
        assert not place.all(TransferStarted)

        first = await desk.talk()
        await desk.phone.hold(first)
        stranger = await desk.phone.call("10010")
        assert stranger.over
        busy = await desk.phone.call("96116")
        assert busy.over
        assert (await desk.ended(1)).outcome == "busy"

        second = await desk.phone.call("**02")
        await desk.operator_hears(HOTLINE_HZ, second)
        assert not place.all(ConversationEnded)
        await desk.phone.join(first, second)
        await desk.citizen_hears(HOTLINE_HZ)
        await place.until(lambda: place.state_of("1001") == "available", "the operator is free")
        await place.talk(0.5)
        await desk.all_over()

        ended = await desk.ended(2)
        assert (ended.outcome, ended.ended_by) == ("answered", "caller")
        assert ended.talk_seconds > 0.5
        started = place.all(TransferStarted)[-1]
        assert (started.way, started.door, started.initiator) == ("attended", "refer", "1001")
        (left,) = place.all(ConversationEnded)
        assert left.ended_by == "operator"
        assert len(place.target.calls_to("96777")) == 1
