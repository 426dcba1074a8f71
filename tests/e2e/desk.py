"""An operator at a phone of several lines who talks to a citizen: where every transfer with asking first begins."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from calls.events import OperatorAnswered, TransferEnded
from hotline.actors.citizens import Citizen
from hotline.actors.ears import Ear
from tests.e2e.hearing import comes_to_hear
from tests.e2e.people import CALLER_HZ, HOTLINE_HZ, VOICES_HZ
from tests.e2e.raw_phone import Line, RawPhone
from tests.e2e.town import Town


@dataclass(slots=True)
class Desk:
    """An operator, the citizen they talk to, and what each of them hears."""

    place: Town
    phone: RawPhone
    operator_id: str
    line: Line | None = None
    citizen: Citizen | None = None
    ear: Ear | None = None
    call_id: str = ""

    async def talk(self) -> Line:
        """Have the next citizen call and the operator pick up; return when both hear each other."""
        self.ear = await self.place.ear()
        self.citizen, self.call_id = await self.place.waiting(ear=self.ear)
        return await self.pick_up()

    async def pick_up(self) -> Line:
        """Pick up what rings; return when both hear each other."""
        answered = len(self.place.all(OperatorAnswered)) + 1
        self.line = await self.phone.rings()
        self.phone.answer(self.line)
        await self.place.happened(OperatorAnswered, count=answered)
        await self.both_hear()
        return self.line

    async def both_hear(self) -> None:
        """Wait until citizen and operator hear each other."""
        await self.citizen_hears(VOICES_HZ[self.operator_id])
        await self.operator_hears(CALLER_HZ)

    async def citizen_hears(self, hz: int) -> None:
        """Wait until the citizen hears a voice."""
        assert self.ear is not None
        await comes_to_hear(self.ear, hz, self.place.folder)

    async def operator_hears(self, hz: int, line: Line | None = None) -> None:
        """Wait until the operator hears a voice."""
        heard = line or self.line
        assert heard is not None
        await comes_to_hear(heard.ear, hz, self.place.folder)

    async def press(self, keys: str) -> None:
        """Press keys in the conversation."""
        assert self.line is not None
        await self.phone.press(self.line, keys)

    async def hang_up(self) -> None:
        """End the operator's part."""
        assert self.line is not None
        await self.phone.hang_up(self.line)

    async def ended(self, count: int = 1) -> TransferEnded:
        """Return the end of the call's attempt with this number."""
        return await self.place.happened(TransferEnded, lambda e: e.call_id == self.call_id, count=count)

    async def all_over(self) -> None:
        """Have the citizen hang up, and wait for the end of the call."""
        assert self.citizen is not None
        await self.citizen.hang_up()
        await self.place.ended(self.call_id)

    async def consulting(self, keys: str) -> None:
        """Ask a hotline first; return when the operator hears it."""
        await self.press(keys)
        await self.operator_hears(HOTLINE_HZ)


@asynccontextmanager
async def at_desk(place: Town, operator_id: str = "1001") -> AsyncIterator[Desk]:
    """Seat an operator at a registered phone."""
    password, port = place.secrets.phones[operator_id], place.settings.sip_port
    folder = place.folder / f"raw-{operator_id}"
    async with RawPhone(f"op{operator_id}", password, port, voice_hz=VOICES_HZ[operator_id], folder=folder) as phone:
        await place.until(lambda: place.state_of(operator_id) == "available", f"{operator_id} is ready")
        yield Desk(place, phone, operator_id)
