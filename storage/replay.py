"""Reading the journal again from a moment on: what the live board is fed at start."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from sqlalchemy import Connection, select

from calls.event_records import from_record
from calls.events import Event
from storage.database import Database
from storage.tables import call_events

_BATCH = 2_000


async def events_since(database: Database, since: datetime) -> AsyncIterator[Event]:
    """Yield the journal's events from about `since` on, in order; those of a newer version's types are left out."""
    after = await database.read(lambda connection: last_before(connection, since))
    while True:
        seen = after
        batch = await database.read(lambda connection, after=seen: _batch(connection, after))  # type: ignore[misc]
        for seq, event in batch:
            after = seq
            if event is not None:
                yield event
        if len(batch) < _BATCH:
            return


def last_before(connection: Connection, since: datetime) -> int:
    """Return the number of the last event before a moment, 0 where there is none."""
    # walks back from the newest row: as many rows as there are to replay
    statement = select(call_events.c.seq).where(call_events.c.at < since).order_by(call_events.c.seq.desc()).limit(1)
    return connection.scalar(statement) or 0


def _batch(connection: Connection, after: int) -> list[tuple[int, Event | None]]:
    rows = connection.execute(
        select(call_events).where(call_events.c.seq > after).order_by(call_events.c.seq).limit(_BATCH)
    )
    return [(row.seq, event_of(row.type, row.at, row.call_id, row.data)) for row in rows]


def event_of(name: str, at: datetime, call_id: str | None, data: dict[str, object]) -> Event | None:
    """Return a row of the journal as an event; None for a type that this version does not know."""
    try:
        return from_record(name, at, call_id, data)
    except (KeyError, TypeError, ValueError):
        return None
