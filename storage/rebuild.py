"""Computing every projection again from the journal, and comparing with what stands in the tables.

Works while the service writes. The comparison sees one moment: the journal up to a row that the report names, and the
projections as they were then. Replacing first catches up under the writer's lock, so nothing falls between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    MetaData,
    Select,
    Table,
    and_,
    delete,
    exists,
    func,
    insert,
    not_,
    or_,
    select,
    update,
)

from calls.event_records import from_record
from calls.events import Event
from storage.database import Database, lock_for_writing, see_one_moment
from storage.projections.projector import Projector
from storage.projections.state import Row
from storage.tables import PROJECTIONS, call_events, projection_state
from storage.writer import ProjectionStore, UnfitEvent, fold

Statement = Select[*tuple[Any, ...]]

Progress = Callable[[int, int], None]
"Called with the events read so far and the events in all."

SHOWN_DIFFERENCES = 20
_BATCH = 2000


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where a table does not say what the journal says."""

    table: str
    key: tuple[Any, ...]
    column: str | None
    "None when the whole row is missing or too much."
    journal_says: Any
    table_says: Any


@dataclass(slots=True)
class RebuildReport:
    """What was computed and what differed."""

    up_to_seq: int = 0
    "The last journal row that was read."
    events: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    "Computed rows of each table."
    differing_rows: int = 0
    differences: list[Difference] = field(default_factory=list)
    "The first ones, column by column."
    missing_seqs: int = 0
    "Numbers without a row in the journal: it was tampered with or damaged."
    unreadable: int = 0
    "Events of types that this version does not know, or with values that no projection can take."
    written: bool = False
    "The tables were made to say what the journal says."


async def rebuild(database: Database, *, write: bool = False, progress: Progress | None = None) -> RebuildReport:
    """Recompute the projections and compare; with `write`, put right what differs.

    For the command line: it computes in the caller's event loop. Rows go into temporary tables, so memory stays flat
    whatever the journal's length.
    """
    report = RebuildReport()
    fresh = _Fresh(database.dialect, report, progress)
    async with database.session() as connection:
        async with connection.begin():
            await connection.run_sync(fresh.compare)
        if write:
            async with connection.begin():
                await connection.run_sync(fresh.replace)
    return report


class _Fresh:
    """Temporary tables that say what the journal says."""

    def __init__(self, dialect: str, report: RebuildReport, progress: Progress | None) -> None:
        self._report = report
        self._progress = progress
        self._metadata = MetaData()
        self._tables = {table.name: _temporary(table, self._metadata) for table in PROJECTIONS}
        self._store = ProjectionStore(dialect, self._tables)
        self._projector = Projector()

    def compare(self, connection: Connection) -> None:
        """Fill the tables and report where the live ones differ."""
        report = self._report
        see_one_moment(connection)
        self._metadata.create_all(connection)
        self._catch_up(connection)
        for live in PROJECTIONS:
            fresh = self._tables[live.name]
            report.rows[live.name] = connection.scalar(select(func.count()).select_from(fresh)) or 0
            for differing, look in (
                (_changed(fresh, live), _look_at_changed),
                (_without(fresh, live), _look_at_missing),
                (_without(live, fresh), _look_at_excess),
            ):
                report.differing_rows += connection.scalar(select(func.count()).select_from(differing.subquery())) or 0
                room = SHOWN_DIFFERENCES - len(report.differences)
                for row in connection.execute(differing.limit(max(room, 0))).mappings():
                    report.differences.extend(look(live, dict(row)))

    def replace(self, connection: Connection) -> None:
        """Make the live tables say the same, while no writer can write."""
        lock_for_writing(connection)
        self._catch_up(connection)
        for live in PROJECTIONS:
            fresh = self._tables[live.name]
            same = and_(_same_key(fresh, live), not_(_other_values(fresh, live)))
            connection.execute(delete(live).where(~exists(select(fresh).where(same))))
            names = [column.name for column in live.c]
            connection.execute(insert(live).from_select(names, _without(fresh, live)))
        # a running service remembers rows: this tells it to read them again
        connection.execute(update(projection_state).values(epoch=projection_state.c.epoch + 1))
        self._report.written = True

    def _catch_up(self, connection: Connection) -> None:
        report = self._report
        last = connection.scalar(select(func.max(call_events.c.seq))) or 0
        after = select(call_events).order_by(call_events.c.seq).limit(_BATCH)
        while rows := connection.execute(after.where(call_events.c.seq > report.up_to_seq)).all():
            numbered = list(self._readable(rows))
            self._store.write(connection, self._fold(connection, numbered))
            self._projector.trim()
            report.events += len(rows)
            report.up_to_seq = rows[-1].seq
            if self._progress is not None:
                self._progress(report.up_to_seq, last)
        report.missing_seqs = report.up_to_seq - report.events

    def _fold(self, connection: Connection, numbered: list[tuple[int, Event]]) -> dict[str, list[Row]]:
        while True:
            try:
                return fold(self._projector, self._store, connection, numbered)
            except UnfitEvent as error:
                # the journal's writer left it out of the projections, too
                self._report.unreadable += 1
                self._projector.forget()
                numbered = [(seq, event) for seq, event in numbered if seq != error.seq]

    def _readable(self, rows: Sequence[Any]) -> Iterator[tuple[int, Event]]:
        for row in rows:
            try:
                event = from_record(row.type, row.at, row.call_id, row.data)
            except (KeyError, TypeError, ValueError):
                self._report.unreadable += 1
            else:
                yield row.seq, event


def _temporary(table: Table, metadata: MetaData) -> Table:
    columns = [Column(column.name, column.type, primary_key=column.primary_key) for column in table.c]
    return Table(f"rebuilt_{table.name}", metadata, *columns, prefixes=["TEMPORARY"])


def _same_key(one: Table, other: Table) -> ColumnElement[bool]:
    return and_(*(column == other.c[column.name] for column in one.primary_key))


def _other_values(one: Table, other: Table) -> ColumnElement[bool]:
    return or_(*(column.is_distinct_from(other.c[column.name]) for column in one.c if not column.primary_key))


def _changed(fresh: Table, live: Table) -> Statement:
    was = [column.label(f"was_{column.name}") for column in live.c]
    return select(*fresh.c, *was).join(live, _same_key(fresh, live)).where(_other_values(fresh, live))


def _without(one: Table, other: Table) -> Statement:
    """Return the rows of one table that the other has no row for."""
    return select(*one.c).where(~exists(select(other).where(_same_key(one, other))))


def _look_at_changed(live: Table, row: Row) -> Iterator[Difference]:
    for column in live.c:
        fresh, was = row[column.name], row[f"was_{column.name}"]
        if fresh != was:
            yield Difference(live.name, _key(live, row), column.name, fresh, was)


def _look_at_missing(live: Table, row: Row) -> Iterator[Difference]:
    yield Difference(live.name, _key(live, row), None, "a row", "no row")


def _look_at_excess(live: Table, row: Row) -> Iterator[Difference]:
    yield Difference(live.name, _key(live, row), None, "no row", "a row")


def _key(table: Table, row: Row) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in table.primary_key)
