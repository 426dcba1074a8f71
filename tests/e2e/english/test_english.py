"""A visitor presses 8 and goes on in English, to the end of the call."""

from __future__ import annotations

from calls.events import LanguageChosen, MenuEntered
from tests.e2e.conftest import OpenTown
from tests.e2e.town import MENU, PressKey


async def test_the_call_goes_on_in_english(town: OpenTown) -> None:
    async with town() as place:
        phone = await place.phone("1001")
        citizen = await place.citizen(MENU, PressKey("8"), MENU, PressKey("1"))
        call_id = await place.call_of(citizen)
        await place.picks_up("1001")
        await phone.hangup()
        assert (await place.ended(call_id)).outcome == "answered"
        assert [e.language for e in place.of_call(call_id, LanguageChosen)] == ["en"]
        assert len(place.of_call(call_id, MenuEntered)) == 2, "the same menu again, in the other language"
        assert (await place.record_of(call_id)).call["language"] == "en"
