"""The service is killed while a citizen who is called back hears it ring: nobody is forgotten, nobody dialled twice."""

from __future__ import annotations

from calls.events import CallbackAttempted, CallbackDialled, CallbackEnded, CallbackQueued
from hotline.actors.target_scenario import Answers, NoAnswer
from tests.e2e.conftest import SwitchOn
from tests.e2e.town import MUSIC, STRAIGHT, PressKey, WaitSeconds

ASKS = (MUSIC, PressKey("5"), WaitSeconds(1.2), PressKey("1"))
FIRST, SECOND = "13900139001", "13900139002"


async def test_entries_and_attempts_outlive_the_service(machine: SwitchOn) -> None:
    async with machine(numbers={FIRST: NoAnswer(), SECOND: Answers(after_seconds=0.2)}) as place:
        for number in (FIRST, SECOND):
            citizen = await place.citizen(*ASKS, dialled=STRAIGHT, ani=number)
            await place.happened(CallbackQueued, lambda e, number=number: e.number == number)
            await citizen.result()
        first, second = place.all(CallbackQueued)
        await place.stand_by()
        phone = await place.phone("1001")
        under_way = await place.happened(CallbackDialled)
        assert under_way.callback_id == first.callback_id, "the older place comes first"
        await place.kill_service()
        await place.start_service()

        over = await place.happened(CallbackAttempted)
        assert over.placed_call_id == under_way.placed_call_id
        assert over.outcome in ("lost", "no_answer")
        await place.picks_up("1001")
        done = await place.happened(CallbackEnded, lambda e: e.callback_id == second.callback_id)
        assert done.outcome == "answered"
        await phone.hangup()
        given_up = await place.happened(CallbackEnded, lambda e: e.callback_id == first.callback_id, within=20)
        assert given_up.outcome == "failed"
        for asked in (first, second):
            attempts = [e for e in place.all(CallbackDialled) if e.callback_id == asked.callback_id]
            assert len(place.target.calls_to(asked.number)) == len(attempts)
        assert len(place.target.calls_to(SECOND)) == 1
