"""A machine for scenarios in which the service dies: `hotline run` as a process of its own, with its Asterisk.

The journal is read from the database, as it grows. When the machine is switched off it proves the same as a town:
every call has one end, the projections can be computed again, Asterisk is gone and did not complain.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import delete

from calls.events import CallEnded, CallStarted, Event
from hotline.actors.target_scenario import Behaviour
from hotline.actors.targets import HotlineTarget
from hotline.config import load_city
from hotline.settings import Settings
from storage.database import open_database
from storage.queries import CallRecord, Queries
from storage.rebuild import rebuild
from storage.replay import events_since
from storage.tables import call_events
from telephony.asterisk.running import find_running
from telephony.asterisk.secrets import load_secrets
from tests.e2e import proofs
from tests.e2e.people import HOTLINE_HZ, People, free_port_base

CITY = Path(__file__).parent / "city"
START_SECONDS = 30.0
STOP_SECONDS = 20.0
POLL_SECONDS = 0.05
_STAND_BY = """
import sys
import hotline.cli, hotline.cli.main, hotline.service
print("standing by", flush=True)
sys.stdin.read()
sys.exit(hotline.cli.main())
"""
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class Machine(People):
    """The people, and a service that can be killed and started again while its Asterisk goes on."""

    def __init__(self, settings: Settings, target: HotlineTarget, folder: Path) -> None:
        operators = load_city(settings.config_dir).operators
        super().__init__(settings, load_secrets(settings.secrets_path, operators), target, folder)
        self._process: asyncio.subprocess.Process | None = None
        self._next: asyncio.subprocess.Process | None = None
        self._runs = 0
        self._reader: asyncio.Task[None] | None = None

    async def stand_by(self) -> None:
        """Have the next service ready to start: loaded, so that a slow machine does not make its start slow."""
        self._runs += 1
        command = [sys.executable, "-c", _STAND_BY, "run", "--state-dir", str(self.settings.state_dir)]
        command += ["--port-base", str(self.settings.port_base), "--config", str(self.settings.config_dir)]
        command += ["--trunk", f"carrier={self.target.address}"]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("HOTLINE_")}
        with self._log.open("wb") as file:
            self._next = await asyncio.create_subprocess_exec(
                *command, stdin=asyncio.subprocess.PIPE, stdout=file, stderr=file, env=environment
            )
        await self._says(self._next, b"standing by")

    async def start_service(self) -> None:
        """Start the service; return when it takes calls."""
        if self._next is None:
            await self.stand_by()
        assert self._next is not None
        self._process, self._next = self._next, None
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._says(self._process, b"Ctrl-C")
        if self._reader is None:
            self._reader = asyncio.create_task(self._read_journal(), name="journal reader")

    @property
    def _log(self) -> Path:
        return self.folder / f"run-{self._runs}.log"

    async def _says(self, process: asyncio.subprocess.Process, words: bytes) -> None:
        """Wait until the process has printed something."""
        try:
            async with asyncio.timeout(START_SECONDS):
                while words not in self._log.read_bytes():
                    assert process.returncode is None, self._log.read_text()
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError:
            raise AssertionError(f"the service did not start: {self._log.read_text()}") from None

    async def kill_service(self) -> None:
        """Let the service die without a chance to do anything; Asterisk goes on."""
        assert self._process is not None
        self.announced += ["Connection refused", "Couldn't connect to any host"]  # of each try to reach it
        self._process.send_signal(signal.SIGKILL)
        await self._process.wait()

    async def lose_what_followed(self, last: Event) -> None:
        """Take from a dead service's journal all that came after this, as if it had died before writing it."""
        await self._stop_reading()
        self.events = self.events[: self.events.index(last) + 1]
        database = await open_database(self.settings.effective_database_url)
        try:
            kept = len(self.events)
            await database.write(
                lambda connection: connection.execute(delete(call_events).where(call_events.c.seq > kept))
            )
            await rebuild(database, write=True)
        finally:
            await database.close()

    async def stop_service(self) -> None:
        """Stop the service in order, and Asterisk with it."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        async with asyncio.timeout(STOP_SECONDS):
            assert await self._process.wait() == 0, self._log.read_text()
        assert self.asterisk_pid is None, "the service stops its Asterisk, also one that it took over"

    async def clear_away(self) -> None:
        """End what this machine started, whatever state it is in."""
        await self._stop_reading()
        for process in (self._process, self._next):
            if process is not None and process.returncode is None:
                process.kill()
                await process.wait()
        pid = self.asterisk_pid
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                await asyncio.to_thread(os.waitpid, pid, 0)

    @property
    def asterisk_pid(self) -> int | None:
        """Process id of this machine's Asterisk while it runs."""
        folder = self.settings.asterisk_dir
        return find_running(folder / "run", folder / "etc" / "asterisk.conf")

    async def record_of(self, call_id: str) -> CallRecord:
        """Return a call as the database has it."""
        database = await open_database(self.settings.effective_database_url)
        try:
            record = await Queries(database).show_call(call_id)
        finally:
            await database.close()
        assert record is not None
        return record

    async def every_call_has_one_end(self) -> None:
        """Wait until the journal tells one end of every call."""
        started = sorted(event.call_id for event in self.all(CallStarted))
        await self.until(
            lambda: sorted(e.call_id for e in self.all(CallEnded)) == started, "every call has exactly one end"
        )

    async def _stop_reading(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
            self._reader = None

    async def _read_journal(self) -> None:
        database = await open_database(self.settings.effective_database_url)
        try:
            while True:
                events = [event async for event in events_since(database, _BEGINNING)]
                for event in events[len(self.events) :]:
                    self.take(event)
                await asyncio.sleep(POLL_SECONDS)
        finally:
            await database.close()


@asynccontextmanager
async def switched_on(
    folder: Path, prompts: Path, *, numbers: Mapping[str, Behaviour] | None = None, config: Path = CITY
) -> AsyncIterator[Machine]:
    """Switch a machine on and off again, with the proof that it left nothing behind."""
    files_before = proofs.open_files()
    state = folder / "state"
    state.mkdir(parents=True)
    (state / "prompts").symlink_to(prompts)
    target = HotlineTarget(numbers or {}, folder=folder / "target", voice_hz=HOTLINE_HZ, listens=True)
    await target.start()
    settings = Settings(state_dir=state, config_dir=config, port_base=free_port_base())
    machine = Machine(settings, target, folder)
    try:
        await machine.start_service()
        yield machine
        await machine.send_everybody_home()
        await machine.every_call_has_one_end()
        await machine.stop_service()
        complaints = proofs.asterisk_complaints(settings, machine.announced)
        assert not complaints, "Asterisk complains:\n" + "\n".join(complaints)
    finally:
        await machine.send_everybody_home()
        await machine.clear_away()
        await target.stop()
    await proofs.assert_rebuilt(settings)
    assert proofs.open_files() - files_before == set(), "file handles or connections left behind"
