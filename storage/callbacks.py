"""Who waits to be called back, and who has asked lately."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from calls.event_records import from_record
from calls.events import CallEvent
from storage.database import Database
from storage.tables import call_events, callbacks

TYPES = ("callback_queued", "callback_dialled", "callback_attempted", "callback_ended")
"""Events that an entry is folded from."""


async def open_callback_events(database: Database) -> list[CallEvent]:
    """Return the events of every wish that has not ended, in order."""
    return await database.read(_open_events)


async def wishes_since(database: Database, since: datetime) -> list[tuple[str, datetime]]:
    """Return the number and time of each wish since then, in order; missed calls are no wishes."""
    return await database.read(lambda connection: _wishes(connection, since))


def _open_events(connection: Connection) -> list[CallEvent]:
    waiting = select(callbacks.c.call_id).where(callbacks.c.ended_at.is_(None))
    statement = select(call_events).where(call_events.c.call_id.in_(waiting), call_events.c.type.in_(TYPES))
    found = []
    for row in connection.execute(statement.order_by(call_events.c.seq)):
        event = from_record(row.type, row.at, row.call_id, row.data)
        if isinstance(event, CallEvent):
            found.append(event)
    return found


def _wishes(connection: Connection, since: datetime) -> list[tuple[str, datetime]]:
    statement = select(callbacks.c.number, callbacks.c.asked_at).where(
        callbacks.c.asked_at >= since, callbacks.c.number.is_not(None), callbacks.c.source != "missed"
    )
    return [(row.number, row.asked_at) for row in connection.execute(statement.order_by(callbacks.c.asked_at))]
