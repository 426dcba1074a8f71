"""An operator presses *199, which is nobody's: nothing happens, and the talk goes on."""

from __future__ import annotations

from calls.events import TransferAnswered, TransferStarted
from hotline.actors.target_scenario import Answers
from tests.e2e.conftest import OpenTown
from tests.e2e.hearing import comes_to_hear
from tests.e2e.town import HOTLINE_HZ, VOICES_HZ


async def test_nothing_happens(town: OpenTown) -> None:
    async with town(numbers={"96777": Answers()}) as place:
        phone = await place.phone("1001")
        ear = await place.ear()
        talk = await place.talking("1001", ear=ear)
        await phone.press("*199")
        await comes_to_hear(ear, VOICES_HZ["1001"], place.folder)
        assert place.state_of("1001") == "talking"
        assert not place.all(TransferStarted)
        await place.talk(1.6)  # the wrong keys are forgotten after 1.5 s
        await phone.press("*102")  # and the right ones still work
        await place.happened(TransferAnswered)
        await comes_to_hear(ear, HOTLINE_HZ, place.folder)
        await talk.citizen.hang_up()
        assert (await place.ended(talk.call_id)).outcome == "answered"
