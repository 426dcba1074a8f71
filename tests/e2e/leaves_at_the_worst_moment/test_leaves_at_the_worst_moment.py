"""Citizens hang up in the very milliseconds in which something happens to their call: each call ends once, rightly."""

from __future__ import annotations

import asyncio

from calls.events import (
    CallStarted,
    Event,
    GreetingStarted,
    OperatorAnswered,
    OperatorOffered,
    OperatorRang,
    RecordingStarted,
)
from hotline.actors.citizens import Citizen
from hotline.actors.phones import OperatorPhone, PhoneEventKind, PhoneGoneError
from tests.e2e.conftest import OpenTown
from tests.e2e.town import STRAIGHT, Town

DELAYS_MS = (0, 3, 8, 20)
"""From the moment to the receiver being put down; a BYE needs about one more."""

MOMENTS: dict[type[Event], set[str]] = {
    CallStarted: {"left_in_menu"},
    GreetingStarted: {"left_in_menu"},
    OperatorOffered: {"short_abandon", "answered"},
    RecordingStarted: {"short_abandon", "answered"},
    OperatorRang: {"short_abandon", "answered"},
    OperatorAnswered: {"answered"},
}


async def picks_up_at_once(phone: OperatorPhone) -> None:
    """Answer every call until the phone is gone."""
    try:
        while True:
            if await phone.next_of(PhoneEventKind.INCOMING, timeout_seconds=60):
                await phone.answer()
    except PhoneGoneError:
        return


async def test_each_call_ends_once(town: OpenTown) -> None:
    async with town() as place:
        place.announced.append("Session already DISCONNECTED")  # Asterisk's word for CANCEL and answer that cross
        role = asyncio.create_task(picks_up_at_once(await place.phone("1001")))
        for moment, outcomes in MOMENTS.items():
            dialled = "12345" if moment in (CallStarted, GreetingStarted) else STRAIGHT
            came_out = [await leave_at(place, moment, ms / 1000, dialled) for ms in DELAYS_MS]
            assert set(came_out) <= outcomes, moment.__name__
            await place.until(lambda: place.state_of("1001") == "available", "the operator is free again")
            presence = place.service.room.presence("1001")
            assert presence is not None
            assert presence.missed_in_a_row == 0, "who was left by a caller has missed nothing"
        role.cancel()
        await asyncio.gather(role, return_exceptions=True)


async def leave_at(place: Town, moment: type[Event], delay_seconds: float, dialled: str) -> str:
    """Have a citizen call and hang up this long after a moment; return how the call ended."""
    loop, leaving = asyncio.get_running_loop(), []
    citizen: Citizen | None = None

    def hang_up() -> None:
        assert citizen is not None
        leaving.append(asyncio.ensure_future(citizen.hang_up()))

    def hear(event: Event) -> None:
        if isinstance(event, moment) and not leaving:
            loop.call_later(delay_seconds, hang_up)

    seen = len(place.all(CallStarted))
    forget = place.service.journal.subscribe(hear)
    try:
        citizen = await place.citizen(dialled=dialled)
        result = await citizen.result()
        await asyncio.gather(*leaving)
    finally:
        forget()
    assert result.ended_by == "caller"
    call_id = (await place.happened(CallStarted, count=seen + 1)).call_id
    return str((await place.ended(call_id)).outcome)
