"""The whole service in a process of its own, operators' phones, and nothing left behind at the end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.city import BenchCity
from bench.phones import Phones
from hotline.actors.processes import ActorError, ActorProcess
from hotline.actors.target_scenario import Answers
from hotline.settings import Settings
from storage.database import open_database
from storage.queries import Queries, Row, Totals
from storage.rebuild import RebuildReport, rebuild

CITIZEN_HZ, OPERATOR_HZ = 500, 1000
"""Voices. Their periods divide a packet's 160 samples, so every packet of a voice is the same bytes."""

_START_SECONDS = 60.0
_STOP_SECONDS = 30.0
_SETTLE_SECONDS = 30.0
_SERVE = Path(__file__).with_name("serve.py")
_BASES = range(20000, 25700, 10)
"Port bases whose RTP ports lie below the kernel's own range."


def note(text: str) -> None:
    """Say how it goes, on standard error."""
    print(f"bench: {text}", file=sys.stderr, flush=True)


@dataclass(frozen=True, slots=True)
class Stage:
    """What a benchmark works with."""

    settings: Settings
    folder: Path
    service_pid: int
    asterisk_pid: int
    phones: Phones

    @property
    def sip_address(self) -> str:
        """Where citizens call."""
        return f"{self.settings.bind}:{self.settings.sip_port}"

    async def totals(self) -> Totals:
        """Return the figures of all calls, from the database."""
        async with self._queries() as queries:
            return await queries.totals()

    async def calls(self) -> list[Row]:
        """Return all calls, from the database."""
        async with self._queries() as queries:
            return await queries.list_calls(limit=1_000_000)

    async def settled(self) -> None:
        """Wait until every call has its end and every recording is finished; go on at the deadline all the same."""
        deadline = asyncio.get_running_loop().time() + _SETTLE_SECONDS
        async with self._queries() as queries:
            while asyncio.get_running_loop().time() < deadline:
                if not (await queries.totals()).unfinished and not await queries.open_recordings():
                    return
                await asyncio.sleep(0.25)
        note("some calls or recordings have no end in the database")

    async def rebuilt(self) -> RebuildReport:
        """Compute every table again from the journal and compare."""
        database = await open_database(self.settings.effective_database_url)
        try:
            return await rebuild(database)
        finally:
            await database.close()

    @asynccontextmanager
    async def _queries(self) -> AsyncIterator[Queries]:
        database = await open_database(self.settings.effective_database_url)
        try:
            yield Queries(database)
        finally:
            await database.close()


@asynccontextmanager
async def open_stage(*, operators: int, answers: Answers) -> AsyncIterator[Stage]:
    """Start phones and the service; stop both at the end."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hotline-bench-")))
        phones = Phones(answers, folder=folder / "phones", voice_hz=OPERATOR_HZ)
        await phones.start()
        stack.push_async_callback(phones.stop)
        city = BenchCity(operators, phones.address).write(folder / "city")
        service = await stack.enter_async_context(start_service(city, folder))
        asterisk = int((service.settings.asterisk_dir / "run" / "asterisk.pid").read_text())
        yield Stage(service.settings, folder, service.pid, asterisk, phones)


@dataclass(frozen=True, slots=True)
class Running:
    """A service that takes calls."""

    settings: Settings
    pid: int


@asynccontextmanager
async def start_service(city: Path, folder: Path) -> AsyncIterator[Running]:
    """Run the service for a city in a process of its own, its files below `folder`."""
    settings = Settings(state_dir=folder / "state", config_dir=city, port_base=free_port_base())
    note("starting the service and Asterisk")
    (folder / "service").mkdir()
    process = await _start(settings, folder / "service")
    try:
        yield Running(settings, process.pid)
    finally:
        await process.stop(_STOP_SECONDS)


async def _start(settings: Settings, folder: Path) -> ActorProcess:
    argv = [sys.executable, "-P", str(_SERVE), "run", "--state-dir", str(settings.state_dir)]
    argv += ["--config", str(settings.config_dir), "--port-base", str(settings.port_base)]
    process = await ActorProcess.start(argv, name="the service", folder=folder)
    try:
        async with asyncio.timeout(_START_SECONDS):
            while not await asyncio.to_thread(_is_healthy, settings):
                if process.returncode is not None:
                    raise ActorError(f"the service did not start: {process.output_tail()}")
                await asyncio.sleep(0.1)
    except TimeoutError:
        await process.stop()
        raise ActorError(f"the service was not up in {_START_SECONDS:g} s: {process.output_tail()}") from None
    except BaseException:
        await process.stop()
        raise
    return process


def _is_healthy(settings: Settings) -> bool:
    with contextlib.suppress(urllib.error.URLError, OSError, ValueError):
        address = f"http://{settings.bind}:{settings.http_port}/healthz"
        with urllib.request.urlopen(address, timeout=2) as reply:
            return bool(json.load(reply)["ok"])
    return False


def free_port_base() -> int:
    """Return a port base whose ports are free."""
    for base in random.sample(_BASES, 50):
        if not Settings(port_base=base).ports_in_use():
            return base
    raise ActorError("no free ports for a benchmark")
