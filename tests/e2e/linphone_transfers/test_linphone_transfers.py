"""Linphone passes callers on: by keys, by its transfer, and after it has asked the hotline on a second line.

Debian's `linphone-cli` has the program. It is skipped without: nothing else needs it, and it brings 80 packages.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from calls.events import ConversationEnded, OperatorAnswered, TransferAnswered, TransferEnded, TransferStarted
from hotline.actors.citizens import Citizen
from hotline.actors.ears import Ear
from hotline.actors.target_scenario import Answers, Refuses
from tests.e2e.conftest import OpenTown
from tests.e2e.hearing import comes_to_hear
from tests.e2e.linphone import INSTALLED, Linphone
from tests.e2e.proofs import asterisk_complaints
from tests.e2e.town import CALLER_HZ, HOTLINE_HZ, VOICES_HZ, Town

OPERATOR = "1001"
WITHIN = 20.0
REFUSED = "attempted blind transfer to"

pytestmark = pytest.mark.skipif(not INSTALLED, reason="needs Debian's linphone-cli")


class Seat:
    """An operator at a Linphone."""

    def __init__(self, place: Town, phone: Linphone) -> None:
        self.place = place
        self.phone = phone

    async def talk(self) -> tuple[Citizen, str, Ear, str]:
        """Have a citizen call; return them, their call, their ear and the line, when they hear the operator."""
        await self.place.until(
            lambda: self.place.state_of(OPERATOR) == "available", "the operator is available", within=WITHIN
        )
        ear = await self.place.ear()
        citizen, call_id = await self.place.waiting(ear=ear)
        return citizen, call_id, ear, await self.pick_up(ear)

    async def pick_up(self, ear: Ear) -> str:
        """Pick up what rings; return the line when the caller hears the operator."""
        answered = len(self.place.all(OperatorAnswered)) + 1
        line = await self.phone.rings()
        self.phone.type(f"answer {line}")
        await self.place.happened(OperatorAnswered, count=answered, within=WITHIN)
        await self.hears(ear, VOICES_HZ[OPERATOR])
        return line

    async def hears(self, ear: Ear, hz: int) -> None:
        """Wait until the caller hears a voice."""
        await comes_to_hear(ear, hz, self.place.folder, within=WITHIN)

    async def leaves(self, citizen: Citizen, call_id: str) -> list[dict[str, Any]]:
        """Have the caller hang up; return the rows of their attempts."""
        await citizen.hang_up()
        await self.place.ended(call_id, within=WITHIN)
        return [dict(row) for row in (await self.place.record_of(call_id)).transfers]


def outcomes(rows: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """Return what is told of each attempt: door, way, number, outcome."""
    return [tuple(str(row[key]) for key in ("door", "way", "number", "outcome")) for row in rows]


async def test_linphone(town: OpenTown, tmp_path_factory: pytest.TempPathFactory) -> None:
    numbers = {"96777": Answers(after_seconds=0.3), "96116": Refuses(486)}
    async with town(numbers=numbers, changes={"transfer": {"per_operator_minute": 20}}) as place:
        account = (f"op{OPERATOR}", place.secrets.phones[OPERATOR], f"{place.settings.bind}:{place.settings.sip_port}")
        folder = tmp_path_factory.mktemp("linphone")
        async with Linphone(*account, voice_hz=VOICES_HZ[OPERATOR], folder=folder) as phone:
            seat = Seat(place, phone)
            await refused_then_by_keys(seat)
            await by_transfer(seat)
            await by_asking_first(seat)
            await by_asking_first(seat, backwards=True)


async def refused_then_by_keys(seat: Seat) -> None:
    place, phone = seat.place, seat.phone
    citizen, call_id, ear, line = await seat.talk()
    # a number that nobody may be sent to: they talk on
    phone.type("transfer 10010")
    async with asyncio.timeout(WITHIN):
        while not any(REFUSED in complaint for complaint in asterisk_complaints(place.settings)):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    place.announced.append(REFUSED)
    phone.type("calls")
    await phone.says(rf"{line} .*StreamsRunning")
    await seat.hears(ear, VOICES_HZ[OPERATOR])
    assert not place.all(ConversationEnded)

    phone.type("*102")
    await place.happened(TransferAnswered, within=WITHIN)
    await seat.hears(ear, HOTLINE_HZ)
    await phone.says(f"Call {line} .* ended")
    await phone.heard(CALLER_HZ)
    assert outcomes(await seat.leaves(citizen, call_id)) == [("operator_key", "blind", "96777", "answered")]


async def by_transfer(seat: Seat) -> None:
    place, phone = seat.place, seat.phone
    citizen, call_id, ear, _ = await seat.talk()
    phone.type("transfer 96116")
    await phone.says("has been transfered")
    await place.happened(TransferEnded, lambda e: e.call_id == call_id, within=WITHIN)
    await seat.pick_up(ear)
    phone.type("transfer **02")
    await place.happened(TransferAnswered, lambda e: e.call_id == call_id, within=WITHIN)
    await seat.hears(ear, HOTLINE_HZ)
    rows = await seat.leaves(citizen, call_id)
    assert outcomes(rows) == [("refer", "blind", "96116", "busy"), ("refer", "blind", "96777", "answered")]
    assert rows[0]["returned_to"] == OPERATOR


async def by_asking_first(seat: Seat, *, backwards: bool = False) -> None:
    """Backwards, the phone sends the hotline to the caller: what a window does that transfers the line in front."""
    place, phone = seat.place, seat.phone
    citizen, call_id, ear, line = await seat.talk()
    # a refusal must not make it forget its password, as 403 does
    phone.type("pause")
    await phone.says(f"Call {line} .* is now paused")
    assert await phone.calls("10010") is None
    assert await phone.calls("96116") is None
    phone.next_talk()
    second = await phone.calls("**02")
    assert second is not None
    await place.happened(TransferStarted, lambda e: e.call_id == call_id, count=2)
    await seat.hears(place.target.ears["96777"], VOICES_HZ[OPERATOR])
    await place.talk(1)
    assert not place.of_call(call_id, ConversationEnded)
    one, other = (second, line) if backwards else (line, second)
    phone.type(f"transfer {one} --to-call {other}")
    await seat.hears(ear, HOTLINE_HZ)
    # in either order
    await phone.says(f"Call ({one}|{other}) .* ended(.|\n)*Call ({one}|{other}) .* ended")
    await phone.heard(HOTLINE_HZ)
    rows = await seat.leaves(citizen, call_id)
    assert outcomes(rows) == [("refer", "attended", "96116", "busy"), ("refer", "attended", "96777", "answered")]
