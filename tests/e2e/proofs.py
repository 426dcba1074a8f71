"""What a town proves when it closes: nobody was forgotten, nothing is left behind, nobody complained."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from calls.events import (
    CallEnded,
    CallStarted,
    OfferEnded,
    OperatorAnswered,
    OperatorOffered,
    RecordingCompleted,
    RecordingDiscarded,
    RecordingStarted,
    TransferEnded,
    TransferStarted,
)
from hotline.settings import Settings
from storage.database import open_database
from storage.rebuild import rebuild

if TYPE_CHECKING:
    from tests.e2e.town import Town

IDLE_SECONDS = 10.0
"""How long Asterisk and the service may take to come to rest after the last caller has left."""

HARMLESS = ("Session already DISCONNECTED",)
"""What Asterisk says when both sides hang up in the same millisecond."""

_COMPLAINT = re.compile(r"\] (WARNING|ERROR)\[")


async def assert_idle(town: Town) -> None:
    """Wait until Asterisk has no channel and the service no call, then count every call, offer and attempt."""
    service = town.service
    async with asyncio.timeout(IDLE_SECONDS):
        while await service.link.core_show_channels() or service.agi.open_sessions:  # noqa: ASYNC110
            await asyncio.sleep(0.02)  # asks another program, which tells nobody when it is done
    await town.until(lambda: _ids(town, CallEnded) == _ids(town, CallStarted), "every call has exactly one end")
    assert not service.office.open_calls
    assert _attempts(town, TransferEnded) == _attempts(town, TransferStarted), "one ledger row for each attempt"
    offered = sorted(event.offer_id for event in town.all(OperatorOffered))
    ended = [event.offer_id for event in town.all(OfferEnded)] + [e.offer_id for e in town.all(OperatorAnswered)]
    assert sorted(ended) == offered, "every offer is answered or ended, once"
    await town.until(lambda: _recordings_settled(town), "every recording is finished or discarded, once")
    states = {operator_id: town.state_of(operator_id) for operator_id in town.phones}
    assert not {"ringing", "talking"} & set(states.values()), f"an operator is stuck: {states}"


def assert_nobody_complained(town: Town) -> None:
    """Check that Asterisk logged no warning that the scenario did not announce, and the service met no fault."""
    service = town.service
    assert service.link.counters.handler_errors == 0
    assert service.agi.counters.sessions_failed == 0
    assert service.journal.healthy, service.journal.last_error
    complaints = asterisk_complaints(service.prepared.settings, town.announced)
    assert not complaints, "Asterisk complains:\n" + "\n".join(complaints)


def asterisk_complaints(settings: Settings, announced: Iterable[str] = ()) -> list[str]:
    """Return the warnings and errors in Asterisk's log that hold none of the announced texts."""
    log = settings.asterisk_dir / "log" / "messages.log"
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    known = (*announced, *HARMLESS)
    return [line for line in lines if _COMPLAINT.search(line) and not any(text in line for text in known)]


async def assert_rebuilt(settings: Settings) -> None:
    """Compute every projection again from the journal and find no difference."""
    database = await open_database(settings.effective_database_url)
    try:
        report = await rebuild(database)
    finally:
        await database.close()
    assert report.differing_rows == 0, report.differences


def open_files() -> set[str]:
    """Return this process's open files and sockets."""
    found = set()
    for number in os.listdir("/proc/self/fd"):
        try:
            name = os.readlink(f"/proc/self/fd/{number}")
        except OSError:
            continue  # the handle of this very listing
        if name.startswith(("/", "socket:")) and not name.startswith(("/dev/", "/proc/")):
            found.add(name)
    return found


def recording_files(folder: Path) -> list[Path]:
    """Return every file in the recordings folder, finished or not."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _ids(town: Town, kind: type[CallStarted] | type[CallEnded]) -> list[str]:
    return sorted(event.call_id for event in town.all(kind))


def _attempts(town: Town, kind: type[TransferStarted] | type[TransferEnded]) -> list[str]:
    return sorted(event.transfer_id for event in town.all(kind))


def _recordings_settled(town: Town) -> bool:
    settled = [e.recording_id for e in town.all(RecordingCompleted)]
    settled += [e.recording_id for e in town.all(RecordingDiscarded)]
    return sorted(settled) == sorted(e.recording_id for e in town.all(RecordingStarted))
