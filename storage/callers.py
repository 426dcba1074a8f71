"""What the records say of a caller's number. Asked while a call comes in: one row, by an index."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, select

from ivr.callers import PastCalls
from storage.database import Database
from storage.tables import calls, duties

TALKED_WITHIN = timedelta(days=31)
"""How far before a number's last call it is looked for who talked to the caller."""


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
    # until there are cases: a duty to call back is one, of the operator who had the call that it comes from
    to_do = duties.c.number == number, duties.c.status == "open"
    waiting = connection.scalar(select(duties.c.duty_id).where(*to_do).limit(1)) is not None
    owner = select(calls.c.operator_id).join(duties, duties.c.call_id == calls.c.call_id)
    owner = owner.where(*to_do, calls.c.operator_id.is_not(None)).order_by(duties.c.asked_at.desc()).limit(1)
    talked = connection.execute(
        select(calls.c.operator_id, calls.c.answered_at)
        .where(calls.c.ani == number, calls.c.call_id != call_id, calls.c.operator_id.is_not(None))
        .where(calls.c.started_at > last.started_at - TALKED_WITHIN)
        .order_by(calls.c.started_at.desc())
        .limit(1)
    ).first()
    return PastCalls(
        last.started_at,
        last.language,
        waiting,
        operator_id=talked.operator_id if talked is not None else None,
        talked_at=talked.answered_at if talked is not None else None,
        case_operator_id=connection.scalar(owner) if waiting else None,
    )
