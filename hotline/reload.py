"""A new configuration under way to callers: on file change or command, whole or not at all.

What a call began with it keeps (`CallContext.definitions`, a folder of sounds and a copy of the files of its own).
A configuration that is refused changes nothing: not Asterisk, not a file that runs, not a call.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from agi_scripts.definitions import Definitions
from calls.errors import ConfigurationError, HotlineError
from calls.events import ConfigurationLoaded
from calls.ports import Clock, Record
from hotline.next_version import Candidate, definitions_of, forget_sounds, keep, make_ready
from hotline.prepare import Prepared, lay_out_music
from hotline.versions import Versions, digest_of, fingerprint_of
from telephony.ami.link import AmiLink
from telephony.asterisk.render import render

log = structlog.get_logger(__name__)

WATCH_SECONDS = 1.0
"""Between two looks at the files. An edit is taken in when two looks see the same."""

Swap = Callable[[Prepared, Definitions], None]


@dataclass(frozen=True, slots=True)
class ReloadReport:
    """What became of a configuration."""

    result: str
    "loaded, rolled_back, unchanged or refused."
    version: str
    "What is live now."
    by: str
    at: datetime
    note: str = ""
    problems: tuple[str, ...] = ()
    "Why it was refused, file:line:column: what."
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON-ready values."""
        return {
            "result": self.result,
            "version": self.version,
            "by": self.by,
            "at": self.at.isoformat(),
            "note": self.note,
            "problems": list(self.problems),
            "seconds": round(self.seconds, 3),
        }


@dataclass(slots=True)
class Reloader:
    """Takes in one configuration at a time."""

    prepared: Prepared
    link: AmiLink
    swap: Swap
    "Replaces what new calls meet; called in the event loop, and never fails."
    record: Record
    clock: Clock
    watch_seconds: float = WATCH_SECONDS
    last: ReloadReport = field(init=False)
    versions: Versions = field(init=False)
    _lock: asyncio.Lock = field(init=False, default_factory=asyncio.Lock)
    _offered: str = field(init=False, default="")
    "Digest of the folder when it was taken in or refused last."

    def __post_init__(self) -> None:
        """Tell what the service began with."""
        version = self.prepared.version
        self.versions = Versions(self.prepared.settings.versions_dir)
        self.last = ReloadReport("loaded", version.label, version.by, self.clock(), version.note)
        _, aside = self.versions.live()
        self._offered = aside or version.digest

    def announce(self) -> None:
        """Record what the service began with."""
        self._tell(self.last)

    def settled(self) -> asyncio.Lock:
        """Return what keeps reloads away (`async with`)."""
        return self._lock

    async def reload(self, by: str, note: str = "") -> ReloadReport:
        """Take in the configuration folder as it is now."""
        async with self._lock:
            return await self._take_in(self.prepared.settings.config_dir, by, note, "loaded", "")

    async def roll_back(self, number: int, by: str, note: str = "") -> ReloadReport:
        """Make an earlier version live again, as a new one. The folder's files wait until they change.

        Raises NotFound where there is no such version.
        """
        async with self._lock:
            version = await asyncio.to_thread(self.versions.get, number)
            aside = await asyncio.to_thread(_digest, self.prepared.settings.config_dir)
            note = note or f"back to version {number}"
            return await self._take_in(version.folder, by, note, "rolled_back", aside, f"version {number}")

    async def watch(self) -> None:
        """Take in every edit of the folder, once its files have come to rest."""
        folder = self.prepared.settings.config_dir
        seen = pending = ""  # so that an edit during the start is seen as well
        while True:
            await asyncio.sleep(self.watch_seconds)
            now = await asyncio.to_thread(fingerprint_of, folder)
            if now == seen:
                pending = now
            elif now != pending:
                pending = now  # still being written
            else:
                seen = now
                if await asyncio.to_thread(_digest, folder) != self._offered:
                    await self.reload(await asyncio.to_thread(_owner, folder), "files changed")

    # -- private -----------------------------------------------------------------------------------

    async def _take_in(
        self, source: Path, by: str, note: str, result: str, aside: str, named: str = ""
    ) -> ReloadReport:
        started, running = time.monotonic(), self.prepared
        self._offered = aside or await asyncio.to_thread(_digest, source)
        if self._offered == running.version.digest and not aside:
            await asyncio.to_thread(self.versions.set_live, running.version)
            if self.last.result == "refused":  # mended by going back to what runs
                self.last = self._report("loaded", by, note, (), started)
                self._tell(self.last)
            return self._report("unchanged", by, note, (), started)
        try:
            candidate = await asyncio.to_thread(make_ready, running, source, self.versions)
            await self._tell_asterisk(running, candidate)
            ready = await self._keep(running, candidate, by, note, named or str(source), aside)
        except ConfigurationError as error:
            self.last = self._report("refused", by, note, tuple(error.problems), started)
        except Exception as error:  # even a defect of ours must not end a service whose old configuration works
            log.exception("reload_failed")
            self.last = self._report("refused", by, note, (f"nothing was changed: {error}",), started)
        else:
            self.prepared = ready
            self.swap(ready, await asyncio.to_thread(definitions_of, ready))
            await asyncio.to_thread(forget_sounds, ready)
            self.last = self._report(result, by, note, (), started)
        self._tell(self.last)
        return self.last

    async def _tell_asterisk(self, running: Prepared, candidate: Candidate) -> None:
        """Let Asterisk read what is new to it; put everything back where it can't."""
        try:
            await asyncio.to_thread(_write, candidate.prepared)
            for module in candidate.modules:
                await self.link.module_reload(module)
        except (HotlineError, OSError):
            await self._put_back(running, candidate)
            raise

    async def _put_back(self, running: Prepared, candidate: Candidate) -> None:
        self.versions.drop(candidate.scratch)
        try:
            await asyncio.to_thread(_write, running)
            for module in candidate.modules:
                await self.link.module_reload(module)
        except (HotlineError, OSError) as error:
            # the files are the old ones again, as far as the disk goes; Asterisk reads them at its next start
            log.error("asterisk_not_put_back", error=str(error))

    async def _keep(
        self, running: Prepared, candidate: Candidate, by: str, note: str, source: str, aside: str
    ) -> Prepared:
        try:
            ready = await asyncio.to_thread(
                keep, candidate, self.versions, by=by, at=self.clock(), note=note, source=source
            )
            await asyncio.to_thread(self.versions.set_live, ready.version, aside)
        except OSError:
            await self._put_back(running, candidate)
            raise
        return ready

    def _report(self, result: str, by: str, note: str, problems: tuple[str, ...], started: float) -> ReloadReport:
        live = self.prepared.version.label
        return ReloadReport(result, live, by, self.clock(), note, problems, time.monotonic() - started)

    def _tell(self, report: ReloadReport) -> None:
        if report.result == "refused":
            log.error("configuration_refused", by=report.by, live=report.version, problems=report.problems[:20])
        else:
            log.info("configuration_loaded", result=report.result, by=report.by, version=report.version)
        self.record(
            ConfigurationLoaded(
                at=report.at,
                version=report.version,
                by=report.by,
                result=report.result,
                problems=len(report.problems),
            )
        )


def _write(prepared: Prepared) -> None:
    lay_out_music(prepared.city, prepared.settings, prepared.prompts_dir)
    render(prepared.plan)


def _digest(folder: Path) -> str:
    try:
        return digest_of(folder)
    except (OSError, ConfigurationError):
        return ""


def _owner(folder: Path) -> str:
    """Return who owns the file that was changed last."""
    try:
        newest = max(folder.rglob("*"), key=lambda path: path.stat().st_mtime_ns, default=folder)
        return pwd.getpwuid(newest.stat().st_uid).pw_name
    except (OSError, KeyError):
        return str(os.getuid())
