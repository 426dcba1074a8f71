"""Takes the calls that the emergency script handled into the journal: at the start, and whenever there are new ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from agi_scripts.orphans import OpenCall
from hotline.emergency_spool import event_ids, facts_of, read_notes
from storage.journal import Journal
from storage.queries import Queries

log = structlog.get_logger(__name__)

SPOOL_SECONDS = 5.0
"""Between two looks for calls that the emergency script handled."""


@dataclass(frozen=True, slots=True)
class SpoolWatch:
    """Looks into the spool folder."""

    folder: Path
    queries: Queries
    journal: Journal
    open_calls: dict[str, OpenCall]
    operator_at: Callable[[str], str | None]
    "Who works at a phone."

    async def watch(self) -> None:
        """Take in what comes, for as long as the service runs."""
        while True:
            try:
                await self.take_in()
            except Exception:  # the database is away: the notes wait for it, and calls go on
                log.exception("emergency_notes_not_taken_in")
            await asyncio.sleep(SPOOL_SECONDS)

    async def take_in(self) -> None:
        """Record each finished note once, then remove it."""
        notes = await asyncio.to_thread(read_notes, self.folder)
        for _, row in notes:
            known = await self.queries.show_call(row["call_id"])
            if known is None or known.call["ended_at"] is None:
                facts = facts_of(row, known=known is not None, operator_at=self.operator_at)
                for fact, event_id in zip(facts, event_ids(row), strict=False):
                    self.journal.record(fact, event_id)
            self.open_calls.pop(row["call_id"], None)
        if notes:
            await self.journal.flush()
        for path, _ in notes:
            path.unlink(missing_ok=True)
