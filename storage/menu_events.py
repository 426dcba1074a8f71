"""Reading from the journal what callers did in menus: the events that `calls.menu_figures` is computed from."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from calls.event_records import EventTypes
from calls.events import Event
from calls.menu_figures import MENU_EVENTS
from storage.database import Database
from storage.replay import event_of, last_before
from storage.tables import call_events

_BATCH = 5_000

_NAMES = [name for name, kind in EventTypes.by_name.items() if kind in MENU_EVENTS]

LONGEST_MENU = timedelta(hours=1)
"""Events of a call that began at the end of the period are read for so long after it."""


async def menu_events(
    database: Database, since: datetime | None = None, until: datetime | None = None
) -> AsyncIterator[Event]:
    """Yield the menus' events of a period in the journal's order, and those shortly after it."""
    last = None if until is None else until + LONGEST_MENU
    after = 0 if since is None else await database.read(lambda connection: last_before(connection, since))
    while True:
        seen = after
        batch = await database.read(
            lambda connection, after=seen: _batch(connection, last, after)  # type: ignore[misc]
        )
        for seq, event in batch:
            after = seq
            if event is not None:
                yield event
        if len(batch) < _BATCH:
            return


def _batch(connection: Connection, until: datetime | None, after: int) -> list[tuple[int, Event | None]]:
    statement = select(call_events).where(call_events.c.seq > after, call_events.c.type.in_(_NAMES))
    if until is not None:
        statement = statement.where(call_events.c.at < until)
    rows = connection.execute(statement.order_by(call_events.c.seq).limit(_BATCH))
    return [(row.seq, event_of(row.type, row.at, row.call_id, row.data)) for row in rows]
