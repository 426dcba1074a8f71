"""An operator's phone that sends its keys as SIP INFO passes a citizen on as any other."""

from __future__ import annotations

import pytest

from calls.events import TransferAnswered
from hotline.actors.target_scenario import Answers
from tests.e2e.conftest import OpenTown
from tests.e2e.desk import at_desk
from tests.e2e.hearing import comes_to_hear
from tests.e2e.town import HOTLINE_HZ

BETWEEN_KEYS = 0.15


@pytest.mark.parametrize("kind", ["dtmf-relay", "dtmf"])
async def test_passed_on(town: OpenTown, kind: str) -> None:
    async with town(numbers={"96777": Answers()}) as place, at_desk(place) as desk:
        line = await desk.talk()
        for key in "*102":
            await desk.phone.press_as_info(line, key, kind)
            await place.talk(BETWEEN_KEYS)
        await place.happened(TransferAnswered)
        assert desk.ear is not None
        await comes_to_hear(desk.ear, HOTLINE_HZ, place.folder)
        assert desk.citizen is not None
        await desk.citizen.hang_up()
        ended = await place.ended(desk.call_id)
        assert ended.outcome == "answered"
        (row,) = (await place.record_of(desk.call_id)).transfers
        assert (row["door"], row["outcome"], row["number"]) == ("operator_key", "answered", "96777")
