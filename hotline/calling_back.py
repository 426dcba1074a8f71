"""Calling back, put together: the entries, the missed calls, and what the journal says of both at the start."""

from __future__ import annotations

from dataclasses import dataclass

from acd.callbacks import DAY, entries_of
from agi_scripts.office import Office
from calls.events import Event
from hotline.callbacks import CallbackDesk
from hotline.control import Control
from hotline.missed import IdleOffers, MissedBook
from storage.callbacks import open_callback_events, wishes_since
from storage.database import Database
from storage.duties import list_duties
from storage.journal import Journal
from storage.queries import Queries


@dataclass(frozen=True, slots=True)
class CallingBack:
    """What runs."""

    desk: CallbackDesk
    idle: IdleOffers

    async def close(self) -> None:
        """End what is under way; everything stays in the journal."""
        await self.desk.close()


async def start_calling_back(
    office: Office, control: Control, journal: Journal, database: Database, missed: MissedBook
) -> CallingBack:
    """Take up who waits to be called back and who was missed; `missed` has seen the journal's last hours."""
    desk = CallbackDesk(office, control.link, journal.flush)
    office.callbacks = control.callbacks = desk

    def on_event(event: Event) -> None:
        desk.on_event(event)
        for fact in missed.apply(event):
            journal.record(fact)

    owed = missed.begin(await list_duties(database, limit=None, kinds=("callback", "missed")))
    journal.subscribe(on_event)
    for fact in owed:
        journal.record(fact)
    queries = Queries(database)
    for number, at in await wishes_since(database, office.clock() - DAY):
        desk.limits.note(number, at)
    for entry in entries_of(await open_callback_events(database)):
        placed = await queries.show_call(entry.placed_call_id) if entry.placed_call_id else None
        desk.take_up(entry, placed.call if placed is not None else None)
    return CallingBack(desk, IdleOffers(office, desk, missed))
