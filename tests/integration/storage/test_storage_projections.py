"""Projections depend on the journal alone: not on batches, not on what was forgotten, not on the database."""

from __future__ import annotations

import itertools
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from random_events import any_batches, busy_hour
from sqlalchemy import Connection, delete, select

from calls.events import Event
from storage.database import Database
from storage.encoding import entry_of
from storage.projections import rollups
from storage.projections.projector import Loaded, Missing, Projector
from storage.projections.state import CallState, Row
from storage.rebuild import rebuild
from storage.tables import PROJECTIONS, call_events
from storage.writer import BatchWriter

# a failing sequence is not made smaller: that takes minutes, and a few dozen events can be read
AS_FOUND = settings(deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])

Rows = dict[str, list[tuple[Any, ...]]]


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


class Memory:
    """Tables without a database: rows go in and come out as copies."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[tuple[Any, ...], Row]] = {table.name: {} for table in PROJECTIONS}

    def load(self, missing: Missing) -> Loaded:
        calls = self.rows["calls"]
        loaded = Loaded(calls={id_: CallState(call=calls[id_,].copy()) for id_ in missing.call_ids if (id_,) in calls})
        for name in ("offers", "transfers", "recordings", "duties", "callbacks"):
            # backwards: no database promises an order
            for (call_id, child_id), row in reversed(self.rows[name].items()):
                if call_id in loaded.calls:
                    getattr(loaded.calls[call_id], name)[child_id] = row.copy()
        for row in self.rows["operator_intervals"].values():
            if row["ended_at"] is None and row["operator_id"] in missing.operator_ids:
                loaded.operators[row["operator_id"]] = row.copy()
        runs = self.rows["service_runs"]
        loaded.service = runs[max(runs)].copy() if runs else None
        return loaded

    def take(self, projector: Projector, batch: list[tuple[int, Event]]) -> None:
        missing = projector.missing(event for _, event in batch)
        projector.load(missing, self.load(missing))
        for seq, event in batch:
            for name, key, row in projector.apply(seq, event):
                if name in rollups.TABLES and key in self.rows[name]:
                    rollups.add(self.rows[name][key], row)
                else:
                    self.rows[name][key] = row.copy()
        projector.trim()


@settings(AS_FOUND, max_examples=250)
@given(any_batches(), st.integers(0, 2), st.booleans())
def test_rows_do_not_depend_on_what_was_forgotten(batches: list[list[Event]], kept: int, restarts: bool) -> None:
    numbers = itertools.count(1)
    numbered = [[(next(numbers), entry_of(event).event) for event in batch] for batch in batches]
    whole, piecewise = Memory(), Memory()
    whole.take(Projector(), [pair for batch in numbered for pair in batch])
    projector = Projector(live_calls=kept, ended_calls=kept, operators=kept)
    for batch in numbered:
        piecewise.take(projector, batch)
        if restarts:
            projector.forget()
    assert piecewise.rows == whole.rows


@settings(AS_FOUND, max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(any_batches())
async def test_any_events_in_any_batches_give_what_the_journal_gives(
    database: Database, batches: list[list[Event]]
) -> None:
    await database.write(_empty)
    for number, batch in enumerate(batches):
        if number % 2 == 0:
            writer = BatchWriter(database.dialect, Projector(live_calls=1, ended_calls=0, operators=1))
        await _write(database, writer, batch)
    report = await rebuild(database)
    assert report.differences == []
    assert (report.events, report.unreadable, report.missing_seqs) == (sum(map(len, batches)), 0, 0)


async def test_both_databases_say_the_same(database_pair: tuple[Database, Database]) -> None:
    said = []
    for database in database_pair:
        writer = BatchWriter(database.dialect)
        await _write(database, writer, list(busy_hour(30)))
        said.append(await database.read(_everything))
    assert said[0] == said[1]
    assert len(said[0]["calls"]) == 30
