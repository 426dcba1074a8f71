"""Digits are asked for, read back, and lead on; they stand in no record that did not ask to keep them."""

from __future__ import annotations

from calls.events import CallQueued, DigitsCollected, MenuLeft
from hotline.actors.scripts import Step
from tests.e2e.conftest import OpenTown
from tests.e2e.town import MENU, Hears, PressKey, WaitSeconds


async def test_digits_that_are_confirmed(menu_town: OpenTown) -> None:
    async with menu_town() as place:
        steps = (MENU, PressKey("1234"), WaitSeconds(1.2), PressKey("1"))
        citizen = await place.citizen(*steps, dialled="20002")
        queued = await place.happened(CallQueued)
        assert queued.queue_id == "gas_experts"
        (collected,) = place.of_call(queued.call_id, DigitsCollected)
        assert (collected.into, collected.length, collected.value) == ("pin", 4, "")
        record = await place.record_of(queued.call_id)
        assert not [event for event in record.events if "1234" in str(event.data)]
        await citizen.hang_up()


async def test_digits_that_are_wrong_twice_are_a_person(menu_town: OpenTown) -> None:
    async with menu_town() as place:
        once: list[Step | Hears] = [PressKey("12#"), WaitSeconds(1.2), PressKey("2"), WaitSeconds(1.2)]
        citizen = await place.citizen(MENU, *once, *once, dialled="20002")
        queued = await place.happened(CallQueued)
        assert queued.queue_id == "general"
        (left,) = place.of_call(queued.call_id, MenuLeft)
        assert (left.input, left.key) == ("invalid_input", "")
        assert not place.all(DigitsCollected)
        await citizen.hang_up()


async def test_no_digit_is_a_person(menu_town: OpenTown) -> None:
    async with menu_town() as place:
        citizen, call_id = await place.waiting(dialled="20002")
        assert place.of_call(call_id, MenuLeft)[0].input == "no_input"
        await citizen.hang_up()
