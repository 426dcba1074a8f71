"""A citizen gives up while the hotline rings: soon, and it does not count against the hotline, or later."""

from __future__ import annotations

import pytest

from calls.events import TransferEnded
from hotline.actors.target_scenario import NoAnswer
from tests.e2e.conftest import OpenTown
from tests.e2e.town import HangUp, PressKey, WaitSeconds


@pytest.mark.parametrize(("patience", "short", "outcome"), [(0.6, True, "short_abandon"), (2.4, False, "abandoned")])
async def test_giving_up(town: OpenTown, patience: float, short: bool, outcome: str) -> None:
    async with town(numbers={"96777": NoAnswer()}) as place:
        citizen = await place.citizen(WaitSeconds(0.2), PressKey("2"), WaitSeconds(patience), HangUp())
        call_id = await place.call_of(citizen)
        assert (await citizen.result()).ended_by == "caller"
        ended = await place.ended(call_id)
        assert (ended.outcome, ended.ended_by) == (outcome, "caller")
        (over,) = place.of_call(call_id, TransferEnded)
        assert (over.outcome, over.short, over.ended_by) == ("caller_left", short, "caller")
        (rung,) = place.target.calls_to("96777")
        assert rung.ended_by == "caller", "the hotline stops ringing"
        assert place.story(call_id)[-3:] == ["TransferRang", "TransferEnded", "CallEnded"]
        (summary,) = await place.service.queries.transfer_summary()
        assert (summary.attempts, summary.left_at_once) == (1, int(short))
        assert summary.connect_rate == (None if short else 0.0)
