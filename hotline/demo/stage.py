"""Plays the demo: the service, eight operators, thirty citizens, the hotlines; then counts."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from calls.board_model import BoardSnapshot
from hotline.actors.citizens import Citizen, CitizenResult
from hotline.actors.fleet import phone_fleet, place_calls, staffed
from hotline.actors.phones import PhoneAccount
from hotline.actors.targets import HotlineTarget
from hotline.demo import script
from hotline.demo.figures import DemoFigures, count
from hotline.prepare import Prepared, prepare
from hotline.service import Service, utc_now
from hotline.settings import Settings
from ivr.model import Hours

RECORDS_SECONDS = 15.0
"""How long after the last call its last records may take."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the demo is."""

    snapshot: BoardSnapshot
    to_place: int
    finished: int


Show = Callable[[Progress], None]


def at_any_hour(prepared: Prepared) -> Prepared:
    """Return the city as it is on an ordinary day in its opening hours: the demo is played at night as well."""
    city = prepared.city
    hours = dict.fromkeys(city.hours, Hours(always=True))
    lines = {line_id: line.model_copy(update={"holiday": None}) for line_id, line in city.lines.items()}
    return replace(prepared, city=replace(city, hours=hours, lines=lines, notices=()))


async def play(settings: Settings, show: Show, say: Callable[[str], None]) -> DemoFigures:
    """Play the demo and return its figures. Leaves nothing running, however it ends."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hotline-demo-")))
        target = HotlineTarget(script.HOTLINES, folder=folder / "hotlines")
        await target.start()
        stack.push_async_callback(target.stop)
        settings = replace(settings, trunk_addresses={**settings.trunk_addresses, "carrier": target.address})
        prepared = at_any_hour(await asyncio.to_thread(prepare, settings, say))
        say("starting Asterisk and the service")
        service = Service(prepared)
        await service.start()
        stack.push_async_callback(service.stop)
        began = utc_now()
        say(f"registering {len(script.OPERATORS)} operators' phones")
        phones = await stack.enter_async_context(phone_fleet(_accounts(prepared), folder=folder / "phones"))
        for phone, habits in zip(phones, script.OPERATORS.values(), strict=True):
            await stack.enter_async_context(staffed([phone], habits))
        say(f"{len(script.VISITS)} citizens call; the live page: http://{settings.bind}:{settings.http_port}/")
        results = await _watched(service, _citizens(settings, folder), show)
        await _records_are_complete(service, began)
        return await _count(service, began, results, target)


def _accounts(prepared: Prepared) -> list[PhoneAccount]:
    server = f"{prepared.settings.bind}:{prepared.settings.sip_port}"
    return [PhoneAccount(f"op{who}", prepared.secrets.phones[who], server) for who in script.OPERATORS]


def _citizens(settings: Settings, folder: Path) -> list[tuple[float, Citizen]]:
    address = f"{settings.bind}:{settings.sip_port}"
    return [
        (
            visit.at_seconds,
            Citizen(visit.script(number), target=address, dialled=visit.dialled, folder=folder / f"citizen-{number}"),
        )
        for number, visit in enumerate(script.VISITS, start=1)
    ]


async def _watched(
    service: Service, citizens: list[tuple[float, Citizen]], show: Show
) -> list[tuple[str, CitizenResult]]:
    """Let everybody call, and show how it goes."""
    finished: list[None] = []

    async def place(after_seconds: float, citizen: Citizen) -> CitizenResult:
        (result,) = await place_calls([(after_seconds, citizen)])
        finished.append(None)
        return result

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(place(at, citizen), name="demo citizen") for at, citizen in citizens]
        while any(not task.done() for task in tasks):
            _fail_with(service)
            show(Progress(service.board.snapshot(utc_now()), len(citizens), len(finished)))
            await asyncio.wait(tasks, timeout=0.25, return_when=asyncio.ALL_COMPLETED)
    show(Progress(service.board.snapshot(utc_now()), len(citizens), len(finished)))
    return [(citizen.script.ani, task.result()) for (_, citizen), task in zip(citizens, tasks, strict=True)]


def _fail_with(service: Service) -> None:
    if service.failed.is_set():
        raise RuntimeError(service.failure)


async def _records_are_complete(service: Service, began: datetime) -> None:
    """Wait until every call has its end and every recording is finished, at most so long."""
    deadline = asyncio.get_running_loop().time() + RECORDS_SECONDS
    while asyncio.get_running_loop().time() < deadline:
        await service.journal.flush()
        totals = await service.queries.totals(since=began)
        if not totals.unfinished and not await service.queries.open_recordings():
            return
        await asyncio.sleep(0.1)


async def _count(
    service: Service, began: datetime, results: Sequence[tuple[str, CitizenResult]], target: HotlineTarget
) -> DemoFigures:
    calls = await service.queries.list_calls(limit=10_000, since=began)
    transfers = []
    for row in calls:
        if row["transfers"]:
            record = await service.queries.show_call(row["call_id"])
            transfers += record.transfers if record is not None else []
    totals = await service.queries.totals(since=began)
    return count(results, calls, transfers, totals.recorded, Counter(fate.dialled for fate in target.calls()))
