"""A town for one scenario: the whole service on a real Asterisk, phones, hotlines and citizens over SIP.

Everything that happens is read from the journal; every wait has a deadline. When the town closes it proves that
nothing is left (proofs.py): no channel, session, task, connection or file handle, no call without an end, no ledger
row too many, no complaint in Asterisk's log.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from hotline.actors.scripts import HangUp, PressKey, WaitForHangup, WaitSeconds
from hotline.actors.target_scenario import Behaviour
from hotline.actors.targets import HotlineTarget
from hotline.prepare import prepare
from hotline.service import Service
from hotline.settings import Settings
from storage.queries import CallRecord
from tests.e2e import proofs
from tests.e2e.people import (
    AT_ONCE,
    CALLER_HZ,
    HOTLINE_HZ,
    MENU,
    MUSIC,
    STRAIGHT,
    VOICES_HZ,
    WITHIN,
    Hears,
    People,
    Talk,
    free_port_base,
)

CITY = Path(__file__).parent / "city"


class Town(People):
    """The people, and the service in this very process."""

    def __init__(self, service: Service, target: HotlineTarget, folder: Path) -> None:
        super().__init__(service.prepared.settings, service.prepared.secrets, target, folder)
        self.service = service
        service.journal.subscribe(self.take)

    async def record_of(self, call_id: str) -> CallRecord:
        """Return a call as the database has it."""
        await self.service.journal.flush()
        record = await self.service.queries.show_call(call_id)
        assert record is not None
        return record

    def recording(self, path: str) -> Path:
        """Return a finished recording's file."""
        return self.settings.recordings_dir / path


@asynccontextmanager
async def open_town(
    folder: Path, prompts: Path, *, numbers: Mapping[str, Behaviour] | None = None, config: Path = CITY
) -> AsyncIterator[Town]:
    """Open a town and close it again, with every proof that nothing is left behind."""
    tasks_before, files_before = set(asyncio.all_tasks()), proofs.open_files()
    state = folder / "state"
    state.mkdir(parents=True)
    (state / "prompts").symlink_to(prompts)
    target = HotlineTarget(numbers or {}, folder=folder / "target", voice_hz=HOTLINE_HZ, listens=True)
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
            await town.send_everybody_home()
            await proofs.assert_idle(town)
            proofs.assert_nobody_complained(town)
        finally:  # also where the scenario failed: its own error is the one that counts
            await town.send_everybody_home()
    finally:
        await service.stop()
        await target.stop()
    await proofs.assert_rebuilt(settings)
    left = {task for task in asyncio.all_tasks() - tasks_before if not task.done()}
    assert not left, f"tasks left behind: {left}"
    assert proofs.open_files() - files_before == set(), "file handles or connections left behind"


__all__ = [
    "AT_ONCE",
    "CALLER_HZ",
    "HOTLINE_HZ",
    "MENU",
    "MUSIC",
    "STRAIGHT",
    "VOICES_HZ",
    "WITHIN",
    "HangUp",
    "Hears",
    "PressKey",
    "Talk",
    "Town",
    "WaitForHangup",
    "WaitSeconds",
    "open_town",
]
