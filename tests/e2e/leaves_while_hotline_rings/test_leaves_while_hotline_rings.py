"""A citizen gives up while the hotline rings: soon, and it does not count against the hotline, or later."""

from __future__ import annotations

from calls.events import TransferEnded
from hotline.actors.target_scenario import NoAnswer
from tests.e2e.conftest import OpenTown
from tests.e2e.town import MENU, HangUp, PressKey, WaitSeconds


async def test_giving_up(town: OpenTown) -> None:
    patience = {"short_abandon": 0.6, "abandoned": 2.4}
    async with town(numbers={"96777": NoAnswer()}) as place:
        citizens = {
            outcome: await place.citizen(MENU, PressKey("2"), WaitSeconds(seconds), HangUp())
            for outcome, seconds in patience.items()
        }
        for outcome, citizen in citizens.items():
            call_id = await place.call_of(citizen)
            assert (await citizen.result()).ended_by == "caller"
            ended = await place.ended(call_id)
            assert (ended.outcome, ended.ended_by) == (outcome, "caller")
            (over,) = place.of_call(call_id, TransferEnded)
            short = outcome == "short_abandon"
            assert (over.outcome, over.short, over.ended_by) == ("caller_left", short, "caller")
            assert place.story(call_id)[-3:] == ["TransferRang", "TransferEnded", "CallEnded"]
        assert [call.ended_by for call in place.target.calls_to("96777")] == ["caller"] * 2, "it stops ringing"
        await place.service.journal.flush()
        (summary,) = await place.service.queries.transfer_summary()
        assert (summary.attempts, summary.left_at_once) == (2, 1)
        assert summary.connect_rate == 0.0, "the short one does not count"
