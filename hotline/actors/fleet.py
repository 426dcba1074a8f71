"""Many actors at once: started side by side, always stopped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from hotline.actors.citizens import Citizen, CitizenResult
from hotline.actors.operators import Habit, OperatorRole
from hotline.actors.phones import OperatorPhone, PhoneAccount

FIRST_VOICE_HZ = 400
VOICE_STEP_HZ = 40
"Operators' voices: 400, 440, 480, ... Hz, far enough apart to be told from each other in a recording."

_STARTS_AT_ONCE = 8


@asynccontextmanager
async def phone_fleet(
    accounts: Sequence[PhoneAccount], *, folder: Path, record: bool = False
) -> AsyncIterator[list[OperatorPhone]]:
    """Register one phone for each account, side by side; switch all of them off at the end."""
    phones = [
        OperatorPhone(account, folder=folder / account.user, voice_hz=FIRST_VOICE_HZ + VOICE_STEP_HZ * n, record=record)
        for n, account in enumerate(accounts)
    ]
    gate = asyncio.Semaphore(_STARTS_AT_ONCE)

    async def start(phone: OperatorPhone) -> None:
        async with gate:
            await phone.start()

    try:
        async with asyncio.TaskGroup() as group:
            for phone in phones:
                group.create_task(start(phone), name=f"start {phone.account.user}")
        yield phones
    finally:
        await _all_stopped(phone.stop() for phone in phones)


@asynccontextmanager
async def staffed(
    phones: Sequence[OperatorPhone], habits: Habit | Sequence[Habit] = ()
) -> AsyncIterator[list[OperatorRole]]:
    """Let an operator with these habits sit at each phone for the duration of the block."""
    roles = [OperatorRole(phone, habits) for phone in phones]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(role.run(), name=f"operator {role.phone.account.user}") for role in roles]
        try:
            yield roles
        finally:
            for task in tasks:
                task.cancel()


async def place_calls(citizens: Iterable[tuple[float, Citizen]]) -> list[CitizenResult]:
    """Let each citizen dial at its time (seconds from now) and return what became of all of them, in this order."""

    async def place(after_seconds: float, citizen: Citizen) -> CitizenResult:
        await asyncio.sleep(after_seconds)
        return await citizen.call()

    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(place(after_seconds, citizen), name=f"citizen {citizen.script.ani}")
            for after_seconds, citizen in citizens
        ]
    return [task.result() for task in tasks]


async def _all_stopped(stops: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Stop everything, even if one stop fails or we are cancelled meanwhile."""
    outcomes = await asyncio.shield(asyncio.gather(*stops, return_exceptions=True))
    failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    if failures:
        raise failures[0]
