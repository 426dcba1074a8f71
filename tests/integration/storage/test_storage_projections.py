"""Projections depend on the journal alone: not on batches, not on what was forgotten, not on the database."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_events import any_event, busy_hour
from sqlalchemy import Connection, delete, select

from calls.events import Event
from storage.database import Database
from storage.encoding import entry_of
from storage.projections.projector import Projector
from storage.rebuild import rebuild
from storage.tables import PROJECTIONS, call_events
from storage.writer import BatchWriter

Rows = dict[str, list[tuple[Any, ...]]]


def forgetful() -> Projector:
    """Return a projector that has to load nearly every row again."""
    return Projector(live_calls=1, ended_calls=0, operators=1)


def _empty(connection: Connection) -> None:
    for table in (*PROJECTIONS, call_events):
        connection.execute(delete(table))


def _everything(connection: Connection) -> Rows:
    return {
        table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
        for table in PROJECTIONS
    }


async def _write(database: Database, writer: BatchWriter, events: list[Event]) -> None:
    entries = [entry_of(event) for event in events]
    await database.write(lambda connection: writer.write(connection, entries, check_known=False))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(any_event, min_size=1, max_size=12), max_size=6))
async def test_any_events_in_any_batches_give_what_the_journal_gives(
    database: Database, batches: list[list[Event]]
) -> None:
    await database.write(_empty)
    writer = BatchWriter(database.dialect, forgetful())
    for batch in batches:
        await _write(database, writer, batch)
    piecewise = await database.read(_everything)

    report = await rebuild(database)
    assert report.differences == []
    assert (report.events, report.unreadable, report.missing_seqs) == (sum(map(len, batches)), 0, 0)

    await database.write(_empty)
    if batches:
        await _write(database, BatchWriter(database.dialect), [event for batch in batches for event in batch])
    assert await database.read(_everything) == piecewise


async def test_both_databases_say_the_same(database_pair: tuple[Database, Database]) -> None:
    said = []
    for database in database_pair:
        writer = BatchWriter(database.dialect)
        await _write(database, writer, list(busy_hour(30)))
        said.append(await database.read(_everything))
    assert said[0] == said[1]
    assert len(said[0]["calls"]) == 30
