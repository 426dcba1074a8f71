"""What is still to be done: messages, callers who are to be called back, missed calls."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, select

from storage.database import Database
from storage.tables import calls, duties, recordings

Row = dict[str, Any]


KINDS = ("message", "callback", "missed")
"""A message was left; somebody asked to be called back; a call was missed."""


async def list_duties(
    database: Database, *, open_only: bool = True, limit: int | None = 100, kinds: Collection[str] = KINDS
) -> list[Row]:
    """Return the duties, the most urgent first, each with the path of its recording and what is known of its call."""
    return await database.read(lambda connection: duties_in(connection, open_only=open_only, limit=limit, kinds=kinds))


async def find_duty(database: Database, duty_id: str) -> Row | None:
    """Return a duty; None where there is none."""
    return await database.read(lambda connection: _find(connection, duty_id))


def duties_in(
    connection: Connection, *, open_only: bool = True, limit: int | None = 100, kinds: Collection[str] = KINDS
) -> list[Row]:
    """Return the same in an open transaction."""
    joined = duties.outerjoin(
        recordings,
        (recordings.c.call_id == duties.c.call_id) & (recordings.c.recording_id == duties.c.recording_id),
    )
    joined = joined.outerjoin(calls, calls.c.call_id == duties.c.call_id)
    known = (calls.c.case_id, calls.c.line_id, calls.c.dnis, calls.c.language)
    statement = select(duties, recordings.c.path, *known).select_from(joined)
    if set(kinds) != set(KINDS):
        statement = statement.where(duties.c.kind.in_(tuple(kinds)))
    if open_only:
        statement = statement.where(duties.c.status == "open")
    rows = connection.execute(statement.order_by(duties.c.due_at, duties.c.duty_id).limit(limit)).mappings()
    return [dict(row) for row in rows]


def _find(connection: Connection, duty_id: str) -> Row | None:
    row = connection.execute(select(duties).where(duties.c.duty_id == duty_id).limit(1)).mappings().first()
    return dict(row) if row is not None else None
