"""`hotline rebuild`: finds what the tables have wrong, puts it right, and may run beside the service."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from random_events import busy_hour, whole_call
from sqlalchemy import text

from storage.database import Database
from storage.journal import Journal
from storage.queries import Queries
from storage.rebuild import Difference, rebuild


@pytest.fixture
async def journal(database: Database) -> AsyncIterator[Journal]:
    """Give a running journal with thirty calls in it."""
    running = Journal(database)
    await running.start()
    for event in busy_hour(30):
        running.record(event)
    await running.flush()
    yield running
    assert await running.stop() == 0


async def execute(database: Database, *statements: str) -> None:
    for statement in statements:
        await database.write(lambda connection, sql=statement: connection.execute(text(sql)))  # type: ignore[misc]


async def test_nothing_differs_and_the_rows_are_counted(database: Database, journal: Journal) -> None:
    read = []
    report = await rebuild(database, progress=lambda done, total: read.append((done, total)))
    assert (report.events, report.up_to_seq, report.differing_rows, report.written) == (600, 600, 0, False)
    assert report.rows == {
        "calls": 30,
        "offers": 60,
        "transfers": 30,
        # all in one hour
        "transfer_rollups": 3,
        "transfer_hours": 1,
        "recordings": 30,
        "duties": 0,
        "callbacks": 0,
        "operator_intervals": 90,
        "operator_seats": 0,
        "service_runs": 0,
    }
    assert read[-1] == (600, 600)


async def test_damage_is_found_and_put_right(database: Database, journal: Journal) -> None:
    await execute(
        database,
        "UPDATE calls SET outcome = 'lost', talk_seconds = 1 WHERE call_id = 'pbx-3.1'",
        "DELETE FROM offers WHERE offer_id = 'o5'",
        "UPDATE transfers SET transfer_id = 'nobody' WHERE transfer_id = 't9'",
    )
    report = await rebuild(database, write=True)
    assert report.differing_rows == 4
    assert report.differences == [
        Difference("calls", ("pbx-3.1",), "talk_seconds", 7.5, 1.0),
        Difference("calls", ("pbx-3.1",), "outcome", "answered", "lost"),
        Difference("offers", ("pbx-5.1", "o5"), None, "a row", "no row"),
        Difference("transfers", ("pbx-9.1", "t9"), None, "a row", "no row"),
        Difference("transfers", ("pbx-9.1", "nobody"), None, "no row", "a row"),
    ]
    assert report.written
    assert (await rebuild(database)).differing_rows == 0


async def test_everything_is_computed_from_nothing(database: Database, journal: Journal) -> None:
    before = await Queries(database).show_call("C4")
    tables = ("calls", "offers", "transfers", "transfer_rollups", "transfer_hours", "recordings", "operator_intervals")
    await execute(database, *(f"DELETE FROM {table}" for table in tables))
    report = await rebuild(database, write=True)
    assert report.differing_rows == sum(report.rows.values())
    assert await Queries(database).show_call("C4") == before


async def test_a_running_service_reads_again_what_was_put_right(database: Database, journal: Journal) -> None:
    begun, *rest = list(whole_call(99))
    journal.record(begun)
    await journal.flush()
    await execute(database, "UPDATE calls SET ani = 'damaged' WHERE call_id = 'pbx-99.1'")
    await rebuild(database, write=True)
    for event in rest:
        journal.record(event)
    await journal.flush()
    assert (await rebuild(database)).differences == []


async def test_a_missing_journal_row_shows(database: Database, journal: Journal) -> None:
    await execute(database, "DELETE FROM call_events WHERE seq = 77")
    report = await rebuild(database)
    assert (report.missing_seqs, report.events, report.up_to_seq) == (1, 599, 600)


async def test_runs_while_the_service_writes(database: Database, journal: Journal) -> None:
    await execute(database, "DELETE FROM recordings")
    more = busy_hour(200, seed=3)

    def record_meanwhile(done: int, total: int) -> None:
        for _, event in zip(range(500), more, strict=False):
            journal.record(event)

    report = await rebuild(database, progress=record_meanwhile)
    assert report.differing_rows == 30
    report = await rebuild(database, write=True, progress=record_meanwhile)
    await journal.flush()
    report = await rebuild(database)
    assert (report.differences, report.missing_seqs) == ([], 0)
