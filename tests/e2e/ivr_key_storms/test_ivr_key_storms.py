"""Callers who press anything, in any menu, and leave whenever they like: every call ends in a recorded outcome."""

from __future__ import annotations

import asyncio
import random

from calls.events import CallEnded, CallStarted
from hotline.actors.scripts import HangUp, PressKey, Step, WaitSeconds
from tests.e2e.conftest import OpenTown
from tests.e2e.raw_caller import RawCaller

LINES = ("12345", "20002", "20004", "20005", "20007", "20008", "20010", "96310")
SEED = 12345


def storm(dice: random.Random) -> list[Step]:
    """Some keys with pauses between them, then the end, perhaps in the middle of a prompt."""
    steps: list[Step] = []
    for _ in range(dice.randint(1, 6)):
        steps.append(WaitSeconds(dice.choice((0.05, 0.2, 0.6))))
        steps.append(PressKey("".join(dice.choice("0123456789*#") for _ in range(dice.randint(1, 4)))))
    return [*steps, HangUp()]


async def test_every_call_ends_in_an_outcome(menu_town: OpenTown) -> None:
    dice = random.Random(SEED)
    async with menu_town() as place:
        citizens = [await place.citizen(*storm(dice), dialled=line) for line in LINES * 2]
        calls = [await place.call_of(citizen) for citizen in citizens]
        await asyncio.gather(*(citizen.result() for citizen in citizens))
        for call_id in calls:
            await place.ended(call_id, within=20)
        assert len(place.all(CallEnded)) == len(place.all(CallStarted)) == len(citizens)
        outcomes = {str(event.outcome) for event in place.all(CallEnded)}
        assert outcomes <= {"left_in_menu", "short_abandon", "abandoned", "callback"}, outcomes


async def test_keys_before_the_call_stands_and_after_it_is_over(menu_town: OpenTown) -> None:
    async with menu_town() as place, RawCaller(place.settings.sip_port, "12345", name="early") as caller:
        await caller.call(keys_before_ack="15*#")
        started = await place.happened(CallStarted)
        await caller.hang_up()
        caller.press("28#*0")
        ended = await place.ended(started.call_id)
        assert str(ended.outcome) in ("left_in_menu", "short_abandon")
        caller.press("1")
        assert len(place.all(CallEnded)) == len(place.all(CallStarted)) == 1
