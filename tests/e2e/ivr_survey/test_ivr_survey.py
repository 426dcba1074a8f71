"""After the operator has hung up the caller is asked how it was, and hears the number of the case."""

from __future__ import annotations

import pytest

from calls.events import CallEnded, ConversationEnded, FlowEntered, SurveyAnswered
from hotline.actors.scripts import WaitForCue
from tests.e2e.conftest import OpenTown
from tests.e2e.town import PressKey


@pytest.mark.parametrize(("keys", "score"), [("4", 4), ("", None)], ids=["an answer", "no answer"])
async def test_the_caller_is_asked(menu_town: OpenTown, keys: str, score: int | None) -> None:
    async with menu_town() as place:
        await place.phone("1001")
        steps = (WaitForCue(20), *(PressKey(key) for key in keys))
        citizen, call_id = await place.waiting(*steps, dialled="20009")
        await place.picks_up("1001")
        await place.phones["1001"].hangup()
        await place.happened(ConversationEnded)
        await citizen.cue()
        answered = await place.happened(SurveyAnswered)
        assert (answered.score, answered.scale, answered.operator_id) == (score, 5, "1001")
        assert [e.rule for e in place.of_call(call_id, FlowEntered)] == ["open", "after_call"]
        assert (await citizen.result()).ended_by == "far_end"
        ended = await place.happened(CallEnded)
        assert (ended.outcome, ended.ended_by) == ("answered", "operator")


async def test_a_caller_who_leaves_has_not_answered(menu_town: OpenTown) -> None:
    async with menu_town() as place:
        await place.phone("1001")
        citizen, call_id = await place.waiting(dialled="20009")
        await place.picks_up("1001")
        await place.phones["1001"].hangup()
        await place.happened(FlowEntered, lambda e: e.rule == "after_call")
        await citizen.hang_up()
        assert (await place.happened(SurveyAnswered)).score is None
        assert (await place.ended(call_id)).outcome == "answered"
