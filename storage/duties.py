"""What is still to be done: messages and callers who are to be called back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from storage.database import Database
from storage.tables import duties, recordings

Row = dict[str, Any]


async def list_duties(database: Database, *, open_only: bool = True, limit: int = 100) -> list[Row]:
    """Return the duties, the most urgent first, each with the path of its recording."""
    return await database.read(lambda connection: _list(connection, open_only, limit))


async def find_duty(database: Database, duty_id: str) -> Row | None:
    """Return a duty; None where there is none."""
    return await database.read(lambda connection: _find(connection, duty_id))


def _list(connection: Connection, open_only: bool, limit: int) -> list[Row]:
    joined = duties.outerjoin(
        recordings,
        (recordings.c.call_id == duties.c.call_id) & (recordings.c.recording_id == duties.c.recording_id),
    )
    statement = select(duties, recordings.c.path).select_from(joined)
    if open_only:
        statement = statement.where(duties.c.status == "open")
    rows = connection.execute(statement.order_by(duties.c.due_at, duties.c.duty_id).limit(limit)).mappings()
    return [dict(row) for row in rows]


def _find(connection: Connection, duty_id: str) -> Row | None:
    row = connection.execute(select(duties).where(duties.c.duty_id == duty_id).limit(1)).mappings().first()
    return dict(row) if row is not None else None
