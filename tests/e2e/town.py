"""A town for one scenario: the whole service on a real Asterisk, phones, hotlines and citizens over SIP.

Everything that happens is read from the journal; every wait has a deadline. When the town closes it proves that
nothing is left: no channel, session, task, connection or file handle, no call without an end, no ledger row too many.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TypeVar

from calls.events import CallEnded, CallEvent, CallStarted, Event, TransferEnded, TransferStarted
from hotline.actors.citizens import Citizen
from hotline.actors.phones import OperatorPhone, PhoneAccount
from hotline.actors.scripts import CitizenScript, HangUp, PressKey, Step, WaitForHangup, WaitSeconds
from hotline.actors.target_scenario import Behaviour
from hotline.actors.targets import HotlineTarget
from hotline.prepare import prepare
from hotline.service import Service
from hotline.settings import Settings
from storage.database import open_database
from storage.queries import CallRecord
from storage.rebuild import rebuild

CITY = Path(__file__).parent / "city"
VOICES_HZ = {"1001": 440, "1002": 560, "1003": 680}
CALLER_HZ, HOTLINE_HZ = 900, 1100
WITHIN = 10.0
"""Seconds that something may take before a scenario fails."""

E = TypeVar("E", bound=Event)


def free_port_base() -> int:
    """Return a port base whose ports are free."""
    for base in random.sample(range(30000, 56000, 10), 50):
        if not Settings(port_base=base).ports_in_use():
            return base
    raise AssertionError("no free ports for a town")


class Town:
    """What a scenario speaks to."""

    def __init__(self, service: Service, target: HotlineTarget, folder: Path) -> None:
        self.service = service
        self.target = target
        self.folder = folder
        self.events: list[Event] = []
        self.phones: dict[str, OperatorPhone] = {}
        self._news = asyncio.Condition()
        self._stack = AsyncExitStack()
        self._callers = 0
        self._notify: set[asyncio.Task[None]] = set()
        service.journal.subscribe(self._take)

    # the people

    async def phone(self, operator_id: str, *, record: bool = False) -> OperatorPhone:
        """Register an operator's phone and wait until the operator is available."""
        settings = self.service.prepared.settings
        account = PhoneAccount(
            f"op{operator_id}",
            self.service.prepared.secrets.phones[operator_id],
            f"{settings.bind}:{settings.sip_port}",
        )
        phone = OperatorPhone(
            account, folder=self.folder / f"phone-{operator_id}", voice_hz=VOICES_HZ[operator_id], record=record
        )
        await phone.start()
        self._stack.push_async_callback(phone.stop)
        self.phones[operator_id] = phone
        await self.until(lambda: self.state_of(operator_id) == "available", f"{operator_id} is available")
        return phone

    async def citizen(
        self, *steps: Step, dialled: str = "12345", ani: str = "13800138000", name: str | None = None
    ) -> Citizen:
        """Dial; the script ends with waiting for the far end, then hanging up."""
        settings = self.service.prepared.settings
        self._callers += 1
        script = CitizenScript((*steps, WaitForHangup(30), HangUp()), ani=ani, name=name, voice_hz=CALLER_HZ)
        citizen = Citizen(
            script,
            target=f"{settings.bind}:{settings.sip_port}",
            dialled=dialled,
            folder=self.folder / f"citizen-{self._callers}",
        )
        await citizen.start()
        self._stack.push_async_callback(citizen.stop)
        return citizen

    async def talk(self, seconds: float) -> None:
        """Let a conversation go on: its length is what is measured, not a wait for something."""
        await asyncio.sleep(seconds)

    # what happened

    async def happened(
        self, kind: type[E], where: Callable[[E], bool] = lambda _: True, *, count: int = 1, within: float = WITHIN
    ) -> E:
        """Return the `count`-th event of a kind, waiting for it."""

        def found() -> list[E]:
            return [event for event in self.events if isinstance(event, kind) and where(event)]

        await self.until(lambda: len(found()) >= count, f"{kind.__name__} number {count}", within=within)
        return found()[count - 1]

    async def until(self, condition: Callable[[], bool], what: str, *, within: float = WITHIN) -> None:
        """Wait until a condition holds; looked at after every event."""
        try:
            async with asyncio.timeout(within), self._news:
                await self._news.wait_for(condition)
        except TimeoutError:
            story = "\n".join(f"  {type(e).__name__} {e}" for e in self.events[-25:])
            raise AssertionError(f"not within {within:g} s: {what}; the last that happened:\n{story}") from None

    def all(self, kind: type[E]) -> list[E]:
        """Return every event of a kind so far."""
        return [event for event in self.events if isinstance(event, kind)]

    def story(self, call_id: str) -> list[str]:
        """Return the names of a call's events in order."""
        return [type(e).__name__ for e in self.events if isinstance(e, CallEvent) and e.call_id == call_id]

    def state_of(self, operator_id: str) -> str:
        """Return an operator's state now."""
        presence = self.service.room.presence(operator_id)
        assert presence is not None
        return str(presence.state)

    async def record_of(self, call_id: str) -> CallRecord:
        """Return a call as the database has it."""
        await self.service.journal.flush()
        record = await self.service.queries.show_call(call_id)
        assert record is not None
        return record

    def recording(self, path: str) -> Path:
        """Return a finished recording's file."""
        return self.service.prepared.settings.recordings_dir / path

    def _take(self, event: Event) -> None:
        self.events.append(event)
        task = asyncio.get_running_loop().create_task(self._wake(), name="town news")
        self._notify.add(task)
        task.add_done_callback(self._notify.discard)

    async def _wake(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def close(self) -> None:
        """Send everybody home and prove that nothing is left."""
        await self._stack.aclose()
        await self.service_is_idle()
        await self.target.stop()

    async def service_is_idle(self) -> None:
        """Wait until Asterisk has no channel and the service no call."""
        service = self.service
        async with asyncio.timeout(WITHIN):
            while await service.link.core_show_channels() or service.agi.open_sessions:  # noqa: ASYNC110
                await asyncio.sleep(0.02)  # asks another program, which tells nobody when it is done
        assert not service.office.open_calls
        started = sorted(e.call_id for e in self.all(CallStarted))
        await self.until(
            lambda: sorted(e.call_id for e in self.all(CallEnded)) == started, "every call has exactly one end"
        )
        attempts = sorted(e.transfer_id for e in self.all(TransferStarted))
        assert sorted(e.transfer_id for e in self.all(TransferEnded)) == attempts, "one ledger row for each attempt"


@asynccontextmanager
async def open_town(
    folder: Path, prompts: Path, *, numbers: Mapping[str, Behaviour] | None = None, config: Path = CITY
) -> AsyncIterator[Town]:
    """Open a town and close it again, with every proof that nothing is left behind."""
    tasks_before, files_before = set(asyncio.all_tasks()), _open_files()
    state = folder / "state"
    state.mkdir(parents=True)
    (state / "prompts").symlink_to(prompts)
    target = HotlineTarget(numbers or {}, folder=folder / "target", voice_hz=HOTLINE_HZ)
    await target.start()
    settings = Settings(
        state_dir=state,
        config_dir=config,
        port_base=free_port_base(),
        trunk_addresses={"carrier": target.address},
    )
    service = Service(await asyncio.to_thread(prepare, settings))
    try:
        await service.start()
        town = Town(service, target, folder)
        try:
            yield town
        finally:
            await town.close()
    finally:
        await service.stop()
        await target.stop()
    await _assert_rebuilt(settings)
    left = {task for task in asyncio.all_tasks() - tasks_before if not task.done()}
    assert not left, f"tasks left behind: {left}"
    assert _open_files() - files_before == set(), "file handles or connections left behind"


async def _assert_rebuilt(settings: Settings) -> None:
    database = await open_database(settings.effective_database_url)
    try:
        report = await rebuild(database)
    finally:
        await database.close()
    assert report.differing_rows == 0, report.differences


def _open_files() -> set[str]:
    found = set()
    for number in os.listdir("/proc/self/fd"):
        try:
            name = os.readlink(f"/proc/self/fd/{number}")
        except OSError:
            continue  # the handle of this very listing
        if name.startswith(("/", "socket:")) and not name.startswith(("/dev/", "/proc/")):
            found.add(name)
    return found


__all__ = [
    "CALLER_HZ",
    "HOTLINE_HZ",
    "VOICES_HZ",
    "HangUp",
    "PressKey",
    "Town",
    "WaitForHangup",
    "WaitSeconds",
    "open_town",
]
