"""Who waits to be called back, and who has asked lately."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from calls.event_records import from_record
from calls.events import CallEvent
from storage.database import Database
from storage.tables import call_events, callbacks

Row = dict[str, Any]

TYPES = ("callback_queued", "callback_dialled", "callback_attempted", "callback_ended")
"""Events that an entry is folded from."""


async def open_callback_events(database: Database) -> list[CallEvent]:
    """Return the events of every wish that has not ended, in order."""
    return await database.read(_open_events)


async def wishes_since(database: Database, since: datetime) -> list[tuple[str, datetime]]:
    """Return the number and time of each wish since then, in order; missed calls are no wishes."""
    return await database.read(lambda connection: _wishes(connection, since))


async def list_callbacks(database: Database, *, open_only: bool = True, limit: int = 100) -> list[Row]:
    """Return the wishes, the oldest first."""
    return await database.read(lambda connection: _list(connection, open_only, limit))


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


def _list(connection: Connection, open_only: bool, limit: int) -> list[Row]:
    statement = select(callbacks)
    if open_only:
        statement = statement.where(callbacks.c.ended_at.is_(None))
    rows = connection.execute(statement.order_by(callbacks.c.asked_at, callbacks.c.callback_id).limit(limit))
    return [dict(row) for row in rows.mappings()]
