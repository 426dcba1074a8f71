"""The service is killed while an operator asks a hotline first: nobody notices, and the ledger has one row for each."""

from __future__ import annotations

from calls.events import CallEnded, ConversationEnded, TransferEnded, TransferRang
from hotline.actors.target_scenario import Answers, NoAnswer
from tests.e2e.conftest import SwitchOn
from tests.e2e.desk import at_desk
from tests.e2e.town import HOTLINE_HZ


async def test_the_operator_speaks_with_the_hotline(machine: SwitchOn) -> None:
    async with machine(numbers={"96777": Answers(after_seconds=0.2)}) as place, at_desk(place) as desk:
        await desk.talk()
        await place.stand_by()
        await desk.consulting("*202")
        await place.kill_service()
        await desk.operator_hears(HOTLINE_HZ)
        await place.start_service()
        await desk.operator_hears(HOTLINE_HZ)
        await place.until(lambda: place.states("1001")[-1] == "talking", "the operator is known to talk")
        await desk.press("*7")
        await desk.citizen_hears(HOTLINE_HZ)
        await place.until(lambda: place.state_of("1001") == "available", "the operator is free for others")
        assert not place.all(CallEnded)
        assert len(place.all(ConversationEnded)) == 1
        await desk.all_over()
        (row,) = (await place.record_of(desk.call_id)).transfers
        assert (row["outcome"], row["way"], row["target_id"]) == ("answered", "attended", "gas")
        assert len(place.target.calls_to("96777")) == 1


async def test_the_hotline_rings(machine: SwitchOn) -> None:
    async with machine(numbers={"96777": NoAnswer()}) as place, at_desk(place) as desk:
        await desk.talk()
        await place.stand_by()
        await desk.press("*202")
        await place.happened(TransferRang)
        await place.kill_service()
        await place.start_service()
        await desk.press("*0")
        await desk.both_hear()
        ended = await place.happened(TransferEnded)
        assert not place.all(CallEnded)
        assert (ended.outcome, len(place.target.calls_to("96777"))) == ("failed", 1)
        # and the same conversation can still be passed on, with one key
        await desk.press("*101")
        await desk.all_over()
        (row, _) = (await place.record_of(desk.call_id)).transfers
        assert row["outcome"] == "failed"
