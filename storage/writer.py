"""One batch of events into the database: journal rows and the projected rows they change, in one transaction.

Synchronous on purpose. SQLite runs it in one thread (one hop for a batch, not one for each statement), PostgreSQL
through SQLAlchemy's `run_sync`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, Table, and_, bindparam, delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from calls.event_records import event_type
from calls.events import CallEvent, Event
from storage.projections import rollups
from storage.projections.projector import Loaded, Missing, Projector
from storage.projections.state import CallState, Row
from storage.tables import PROJECTIONS, call_events, projection_state

TableSet = Mapping[str, Table]
"The projections' tables by their plain names. `hotline rebuild` has a temporary set of the same shape."

LIVE: TableSet = {table.name: table for table in PROJECTIONS}

_CHILDREN = (
    ("offers", "offer_id"),
    ("transfers", "transfer_id"),
    ("recordings", "recording_id"),
    ("duties", "duty_id"),
    ("callbacks", "callback_id"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """An event on its way into the journal."""

    event_id: str
    "32 hexadecimal digits."
    event: Event
    data: dict[str, Any]
    "The event's own fields, JSON-ready."


class UnfitEvent(ValueError):
    """An event that the projections cannot take: a field has a value of the wrong type."""

    def __init__(self, seq: int) -> None:
        super().__init__(f"event {seq} cannot be projected")
        self.seq = seq


class ProjectionStore:
    """Reads and writes projected rows in one set of tables."""

    def __init__(self, dialect: str, tables: TableSet = LIVE) -> None:
        self._tables = tables
        self._upserts = {name: _upsert(dialect, table, added=name in rollups.TABLES) for name, table in tables.items()}
        self._drop_empty = {name: _drop_empty(tables[name]) for name in rollups.TABLES}

    def load(self, connection: Connection, missing: Missing) -> Loaded:
        """Fetch the rows that a projector lacks."""
        loaded = Loaded()
        for row in self._rows_of_calls(connection, "calls", missing.call_ids):
            loaded.calls[row["call_id"]] = CallState(call=row)
        # a call without a row has no other rows either: every event of a call makes one
        known = list(loaded.calls)
        for name, key in _CHILDREN:
            for row in self._rows_of_calls(connection, name, known):
                getattr(loaded.calls[row["call_id"]], name)[row[key]] = row
        if missing.operator_ids:
            table = self._tables["operator_intervals"]
            now = table.c.operator_id.in_(missing.operator_ids) & table.c.ended_at.is_(None)
            for row in _rows(connection, select(table).where(now)):
                loaded.operators[row["operator_id"]] = row
        if missing.service:
            table = self._tables["service_runs"]
            for row in _rows(connection, select(table).order_by(table.c.started_seq.desc()).limit(1)):
                loaded.service = row
        return loaded

    def write(self, connection: Connection, rows: Mapping[str, Sequence[Row]]) -> None:
        """Insert the rows, or put them in the place of those with the same key; rows of sums are added to them."""
        for name, changed in rows.items():
            connection.execute(self._upserts[name], changed)
        for name, drop_empty in self._drop_empty.items():
            fewer = [row for row in rows.get(name, ()) if row["attempts"] < 0]
            if fewer:
                connection.execute(drop_empty, [{f"the_{key}": value for key, value in row.items()} for row in fewer])

    def _rows_of_calls(self, connection: Connection, name: str, call_ids: list[str]) -> Iterable[Row]:
        if not call_ids:
            return []
        table = self._tables[name]
        return _rows(connection, select(table).where(table.c.call_id.in_(call_ids)))


class BatchWriter:
    """Appends batches to the journal and keeps the projections in step. One thread at a time."""

    def __init__(self, dialect: str, projector: Projector | None = None) -> None:
        self._projector = projector or Projector()
        self._store = ProjectionStore(dialect)
        self._seen = (-1, -1)
        # one statement answers both: where the journal ends, and whether the projections were replaced
        self._end = select(
            select(func.coalesce(func.max(call_events.c.seq), 0)).scalar_subquery(),
            select(projection_state.c.epoch).scalar_subquery(),
        )
        self._append = insert(call_events)

    def write(
        self, connection: Connection, entries: Sequence[Entry], *, check_known: bool, project: bool = True
    ) -> int:
        """Append the entries that the journal does not have yet and return the last row's number.

        Runs inside the writer's transaction. `check_known` looks for entries that are there already: after a commit
        whose answer was lost, and for events whose id was given from outside.
        """
        last: int
        last, epoch = connection.execute(self._end).one()
        if (last, epoch) != self._seen:
            # someone else wrote, or `hotline rebuild --write` replaced rows
            self._projector.forget()
        if check_known:
            entries = _unknown(connection, entries)
        if entries:
            connection.execute(self._append, [_journal_row(last + n, entry) for n, entry in enumerate(entries, 1)])
            if project:
                self._project(connection, last, entries)
            last += len(entries)
        self._seen = (last, epoch) if project else (-1, -1)
        return last

    def forget(self) -> None:
        """Forget what was remembered; to be called when a transaction was rolled back."""
        self._seen = (-1, -1)
        self._projector.forget()

    def _project(self, connection: Connection, last: int, entries: Sequence[Entry]) -> None:
        events = [entry.event for entry in entries]
        self._store.write(connection, fold(self._projector, self._store, connection, enumerate(events, last + 1)))
        self._projector.trim()


def fold(
    projector: Projector, store: ProjectionStore, connection: Connection, numbered: Iterable[tuple[int, Event]]
) -> dict[str, list[Row]]:
    """Apply events to a projector, loading what it lacks; return each changed row once, by table.

    Raises UnfitEvent for an event that no projection can take; the projector must then forget.
    """
    numbered = list(numbered)
    missing = projector.missing(event for _, event in numbered)
    if missing.call_ids or missing.operator_ids or missing.service:
        projector.load(missing, store.load(connection, missing))
    changed: dict[str, dict[tuple[Any, ...], Row]] = {}
    for seq, event in numbered:
        try:
            changes = projector.apply(seq, event)
        except Exception as error:  # a value of the wrong type, or a defect of ours: either way this event is the cause
            raise UnfitEvent(seq) from error
        for name, key, row in changes:
            rows = changed.setdefault(name, {})
            if name in rollups.TABLES and key in rows:
                rollups.add(rows[key], row)
            else:
                rows[key] = row
    found = {name: list(rows.values()) for name, rows in changed.items()}
    for name in rollups.TABLES:
        # all but those to which nothing was added, or as much as was taken back
        if moved := [row for row in found.pop(name, ()) if any(row[column] for column in rollups.ADDED)]:
            found[name] = moved
    return found


def _journal_row(seq: int, entry: Entry) -> Row:
    event = entry.event
    return {
        "seq": seq,
        "event_id": entry.event_id,
        "at": event.at,
        "call_id": event.call_id if isinstance(event, CallEvent) else None,
        "type": event_type(event),
        "data": entry.data,
    }


def _unknown(connection: Connection, entries: Sequence[Entry]) -> list[Entry]:
    wanted = select(call_events.c.event_id).where(call_events.c.event_id.in_([entry.event_id for entry in entries]))
    known = set(connection.scalars(wanted))
    unknown: dict[str, Entry] = {}
    for entry in entries:
        if entry.event_id not in known:
            unknown.setdefault(entry.event_id, entry)
    return list(unknown.values())


def _rows(connection: Connection, statement: Select[Any]) -> list[Row]:
    return [dict(row) for row in connection.execute(statement).mappings()]


def _drop_empty(table: Table) -> Any:
    """Return a statement that deletes a row of sums in which nothing is counted any more."""
    same = (column == bindparam(f"the_{column.name}", type_=column.type) for column in table.primary_key)
    return delete(table).where(and_(*same), table.c.attempts == 0)


def _upsert(dialect: str, table: Table, *, added: bool) -> Any:
    insert_into = postgresql_insert if dialect == "postgresql" else sqlite_insert
    statement = insert_into(table)
    keys = [column.name for column in table.primary_key]
    others: dict[str, Any] = {}
    for column in table.c:
        if not column.primary_key:
            new = statement.excluded[column.name]
            others[column.name] = column + new if added else new
    return statement.on_conflict_do_update(index_elements=keys, set_=others)
