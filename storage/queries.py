"""What the command line, the pages and the service ask the database. Rows are dicts, times are in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, case, func, literal_column, select

from storage.database import Database
from storage.tables import (
    call_events,
    calls,
    offers,
    operator_intervals,
    operator_seats,
    recordings,
    service_runs,
    transfers,
)

Row = dict[str, Any]
Statement = Select[*tuple[Any, ...]]

_ALIVE_ROWS = 1000  # late facts carry earlier times, so the last row is not always the latest moment


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """A row of the journal."""

    seq: int
    at: datetime
    type: str
    call_id: str | None
    data: Row
    "The event's own fields."


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call with everything that belongs to it."""

    call: Row
    events: list[StoredEvent]
    "In the journal's order."
    offers: list[Row]
    transfers: list[Row]
    recordings: list[Row]


@dataclass(frozen=True, slots=True)
class TargetSummary:
    """How well one hotline can be reached."""

    target_id: str
    attempts: int
    answered: int
    left_at_once: int
    "The caller left within the first seconds of the attempt; the connect rate leaves them out."
    outcomes: dict[str, int]
    "Outcome to number of attempts; attempts under way are under `open`."

    @property
    def connect_rate(self) -> float | None:
        """Answered ÷ (attempts that ended − left at once); None when there were none."""
        tried = self.attempts - self.left_at_once - self.outcomes.get("open", 0)
        return self.answered / tried if tried > 0 else None


@dataclass(frozen=True, slots=True)
class Totals:
    """The figures of a period."""

    calls: int
    unfinished: int
    asked_for_person: int
    outcomes: dict[str, int]
    transfers: dict[str, int]
    "Outcome to number of attempts; those under way are under `open`."
    returned: int
    "Attempts after which the caller came back."
    recorded: int
    waits_seconds: list[float]
    "Each answered call's wait, ascending."

    @property
    def connect_rate(self) -> float | None:
        """Calls that a person answered ÷ calls that asked for one and have ended, but for those called back."""
        asked = self.asked_for_person - self.outcomes.get("callback", 0)
        return self.outcomes.get("answered", 0) / asked if asked else None


class Queries:
    """Reading. Every method sees one moment of the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_calls(
        self,
        limit: int = 50,
        since: datetime | None = None,
        until: datetime | None = None,
        outcome: str | None = None,
        unfinished: bool = False,
    ) -> list[Row]:
        """Return calls, the latest first; `since` is inside the period, `until` is not."""
        statement = select(calls).where(*_during(calls.c.started_at, since, until))
        if outcome is not None:
            statement = statement.where(calls.c.outcome == outcome)
        if unfinished:
            statement = statement.where(calls.c.ended_at.is_(None))
        return await self._rows(statement.order_by(calls.c.started_at.desc(), calls.c.call_id).limit(limit))

    async def show_call(self, id_: str) -> CallRecord | None:
        """Return a call by its call id or its case id, with all that belongs to it; None when there is none."""
        return await self._database.read(lambda connection: _show_call(connection, id_))

    async def events(self, call_id: str) -> list[StoredEvent]:
        """Return a call's events in the journal's order."""
        return await self._database.read(lambda connection: _events(connection, call_id))

    async def unfinished_calls(self) -> list[Row]:
        """Return the calls without a last event, the oldest first: after a restart, the ones to account for."""
        return await self._rows(select(calls).where(calls.c.ended_at.is_(None)).order_by(calls.c.started_at))

    async def open_recordings(self) -> list[Row]:
        """Return the recordings that were begun and neither completed nor discarded, the oldest first."""
        return await self._rows(
            select(recordings).where(recordings.c.status == "started").order_by(recordings.c.started_at)
        )

    async def operators_now(self) -> list[Row]:
        """Return each operator's present state, as the journal last heard of it."""
        table = operator_intervals
        return await self._rows(select(table).where(table.c.ended_at.is_(None)).order_by(table.c.operator_id))

    async def operator_seats(self) -> list[Row]:
        """Return where each operator logged in or out last."""
        return await self._rows(select(operator_seats).order_by(operator_seats.c.operator_id))

    async def operator_intervals(
        self, operator_id: str, since: datetime | None = None, until: datetime | None = None
    ) -> list[Row]:
        """Return what an operator did, in order; intervals that reach into the period are whole."""
        table = operator_intervals
        statement = select(table).where(table.c.operator_id == operator_id)
        if since is not None:
            statement = statement.where(table.c.ended_at.is_(None) | (table.c.ended_at > since))
        if until is not None:
            statement = statement.where(table.c.started_at < until)
        return await self._rows(statement.order_by(table.c.started_seq))

    async def last_alive(self) -> datetime | None:
        """Return the latest moment in the journal; None when it is empty."""
        recent = select(call_events.c.at).order_by(call_events.c.seq.desc()).limit(_ALIVE_ROWS).subquery()
        return await self._database.read(lambda connection: connection.scalar(select(func.max(recent.c.at))))

    async def last_run(self) -> Row | None:
        """Return the service's latest run; without `stopped_at` it did not stop in order."""
        rows = await self._rows(select(service_runs).order_by(service_runs.c.started_seq.desc()).limit(1))
        return rows[0] if rows else None

    async def gaps(self) -> list[Row]:
        """Return the runs that began with a gap in the figures, in order."""
        table = service_runs
        return await self._rows(select(table).where(table.c.gap_from.is_not(None)).order_by(table.c.started_seq))

    async def transfer_summary(
        self, since: datetime | None = None, until: datetime | None = None
    ) -> list[TargetSummary]:
        """Return one summary for each hotline that was tried in the period, by id."""
        return await self._database.read(lambda connection: _transfer_summary(connection, since, until))

    async def totals(self, since: datetime | None = None, until: datetime | None = None) -> Totals:
        """Return the figures of the calls that began in a period."""
        return await self._database.read(lambda connection: _totals(connection, since, until))

    async def _rows(self, statement: Statement) -> list[Row]:
        return await self._database.read(lambda connection: _rows(connection, statement))


def _rows(connection: Connection, statement: Statement) -> list[Row]:
    return [dict(row) for row in connection.execute(statement).mappings()]


def _events(connection: Connection, call_id: str) -> list[StoredEvent]:
    rows = _rows(connection, select(call_events).where(call_events.c.call_id == call_id).order_by(call_events.c.seq))
    return [StoredEvent(row["seq"], row["at"], row["type"], row["call_id"], row["data"]) for row in rows]


def _show_call(connection: Connection, id_: str) -> CallRecord | None:
    found = _rows(connection, select(calls).where(calls.c.call_id == id_))
    found = found or _rows(connection, select(calls).where(calls.c.case_id == id_).limit(1))
    if not found:
        return None
    call_id: str = found[0]["call_id"]

    def of_call(table: Table, order: ColumnElement[Any]) -> list[Row]:
        return _rows(connection, select(table).where(table.c.call_id == call_id).order_by(order))

    return CallRecord(
        call=found[0],
        events=_events(connection, call_id),
        offers=of_call(offers, offers.c.offered_at),
        transfers=of_call(transfers, transfers.c.started_at),
        recordings=of_call(recordings, recordings.c.started_at),
    )


def _transfer_summary(connection: Connection, since: datetime | None, until: datetime | None) -> list[TargetSummary]:
    outcome = func.coalesce(transfers.c.outcome, literal_column("'open'"))
    left = and_(transfers.c.outcome == "caller_left", transfers.c.short)
    statement = (
        select(transfers.c.target_id, outcome, func.count(), func.sum(case((left, 1), else_=0)))
        .where(transfers.c.target_id.is_not(None), *_during(transfers.c.started_at, since, until))
        .group_by(transfers.c.target_id, outcome)
    )
    by_target: dict[str, list[tuple[str, int, int]]] = {}
    for target_id, name, count, left_count in connection.execute(statement):
        by_target.setdefault(target_id, []).append((name, count, int(left_count)))
    return [_summary(target_id, counted) for target_id, counted in sorted(by_target.items())]


def _totals(connection: Connection, since: datetime | None, until: datetime | None) -> Totals:
    begun = _during(calls.c.started_at, since, until)
    asked = case((and_(calls.c.asked_for_person, calls.c.ended_at.is_not(None)), 1), else_=0)
    per_outcome = connection.execute(
        select(calls.c.outcome, func.count(), func.sum(asked), func.sum(calls.c.recordings))
        .where(*begun)
        .group_by(calls.c.outcome)
    ).all()
    waited = select(calls.c.wait_seconds).where(
        *begun, calls.c.wait_seconds.is_not(None), calls.c.answered_at.is_not(None)
    )
    state = func.coalesce(transfers.c.outcome, literal_column("'open'"))
    attempts = connection.execute(
        select(state, func.count(), func.count(transfers.c.returned_to))
        .where(*_during(transfers.c.started_at, since, until))
        .group_by(state)
    ).all()
    return Totals(
        calls=sum(count for _, count, _, _ in per_outcome),
        unfinished=sum(count for outcome, count, _, _ in per_outcome if outcome is None),
        asked_for_person=sum(int(asking) for _, _, asking, _ in per_outcome),
        outcomes={outcome: count for outcome, count, _, _ in per_outcome if outcome is not None},
        transfers={name: count for name, count, _ in attempts},
        returned=sum(count for _, _, count in attempts),
        recorded=sum(int(recorded) for _, _, _, recorded in per_outcome),
        waits_seconds=list(connection.scalars(waited.order_by(calls.c.wait_seconds))),
    )


def _during(column: ColumnElement[Any], since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    bounds: list[ColumnElement[bool]] = []
    if since is not None:
        bounds.append(column >= since)
    if until is not None:
        bounds.append(column < until)
    return bounds


def _summary(target_id: str, counted: list[tuple[str, int, int]]) -> TargetSummary:
    return TargetSummary(
        target_id=target_id,
        attempts=sum(count for _, count, _ in counted),
        answered=sum(count for name, count, _ in counted if name == "answered"),
        left_at_once=sum(left for _, _, left in counted),
        outcomes={name: count for name, count, _ in counted},
    )
