"""What the records say of a caller's number. Asked while a call comes in: one row, by an index."""

from __future__ import annotations

from sqlalchemy import Connection, select

from ivr.callers import PastCalls
from storage.database import Database
from storage.tables import calls, duties


class PastCallsOfNumbers:
    """Looks a number up."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, number: str, call_id: str) -> PastCalls:
        """Return when this number called last, apart from the call with this id, and what is still to be done."""
        return await self._database.read(lambda connection: _past_calls(connection, number, call_id))


def _past_calls(connection: Connection, number: str, call_id: str) -> PastCalls:
    last = connection.execute(
        select(calls.c.started_at, calls.c.language)
        .where(calls.c.ani == number, calls.c.call_id != call_id)
        .order_by(calls.c.started_at.desc())
        .limit(1)
    ).first()
    if last is None:
        return PastCalls()
    # until there are cases: a duty to call back is one
    waiting = select(duties.c.duty_id).where(duties.c.number == number, duties.c.status == "open").limit(1)
    return PastCalls(last.started_at, last.language, connection.scalar(waiting) is not None)
