"""The journal keeps every fact once and in order, whatever the database does meanwhile."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import pytest
from random_events import NOON, busy_hour, whole_call
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import OperationalError

from calls import events as e
from calls.errors import JournalFailed
from calls.event_records import event_type, from_record
from storage.database import Database
from storage.journal import Journal
from storage.queries import Queries
from storage.rebuild import rebuild
from storage.tables import call_events

T = TypeVar("T")


@asynccontextmanager
async def running(database: Any, **settings: Any):  # type: ignore[no-untyped-def]
    journal = Journal(database, **settings)
    await journal.start()
    try:
        yield journal
    finally:
        await journal.stop()


async def types_of(database: Database) -> list[str]:
    statement = select(call_events.c.type).order_by(call_events.c.seq)
    return await database.read(lambda connection: list(connection.scalars(statement)))


async def assert_projections_are_right(database: Database) -> None:
    report = await rebuild(database)
    assert (report.differences, report.missing_seqs, report.unreadable) == ([], 0, 0)


class FailingDatabase:
    """A database that fails on the way in, or after the commit when the answer is already on its way."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.dialect = database.dialect
        self.fail_before = 0
        self.fail_after = 0
        self.writes = 0

    async def write(self, work: Callable[[Connection], T]) -> T:
        self.writes += 1
        if self.fail_before > 0:
            self.fail_before -= 1
            raise OperationalError("INSERT", {}, Exception("disk I/O error"))
        result = await self._database.write(work)
        if self.fail_after > 0:
            self.fail_after -= 1
            raise OperationalError("COMMIT", {}, Exception("connection lost"))
        return result


async def test_everything_recorded_is_there_after_a_flush(database: Database) -> None:
    events = list(busy_hour(40))
    async with running(database) as journal:
        for event in events:
            journal.record(event)
        await journal.flush()
        assert (journal.recorded, journal.durable, journal.waiting) == (len(events), len(events), 0)
        assert journal.healthy
    assert await types_of(database) == [event_type(event) for event in events]
    await assert_projections_are_right(database)


async def test_events_come_back_as_they_were(database: Database) -> None:
    events = list(whole_call(7))
    async with running(database) as journal:
        for event in events:
            journal.record(event)
        await journal.flush()
    rows = await database.read(lambda connection: connection.execute(select(call_events)).all())
    assert [from_record(row.type, row.at, row.call_id, row.data) for row in rows] == events


async def test_recorded_before_the_start_is_written_first(database: Database) -> None:
    journal = Journal(database)
    journal.record(e.ServiceStarted(at=NOON, version="1"))
    await journal.start()
    assert await journal.stop() == 0
    assert await types_of(database) == ["service_started"]


async def test_a_fact_with_the_same_id_is_kept_once(database: Database) -> None:
    event = e.CallStarted(at=NOON, call_id="c", case_id="C", ani="1", dnis="2", line_id="l", language="zh")
    event_id = str(uuid.uuid4())
    for _ in range(2):
        async with running(database) as journal:
            journal.record(event, event_id)
            journal.record(event, event_id.upper().replace("-", ""))
            await journal.flush()
            journal.record(event, event_id)
    assert await types_of(database) == ["call_started"]


async def test_subscribers_hear_every_event_in_order_even_if_one_of_them_fails_or_records(database: Database) -> None:
    heard: list[e.Event] = []
    stopped = e.ServiceStopped(at=NOON)

    def fails(event: e.Event) -> None:
        raise RuntimeError("a page went away")

    async with running(database) as journal:
        journal.subscribe(fails)
        journal.subscribe(lambda event: journal.record(stopped) if isinstance(event, e.ServiceStarted) else None)
        end = journal.subscribe(heard.append)
        started, call = e.ServiceStarted(at=NOON, version="1"), next(whole_call(1))
        journal.record(started)
        journal.record(call)
        end()
        journal.record(call)
    assert heard == [started, call, stopped]
    assert await types_of(database) == ["service_started", "call_started", "service_stopped", "call_started"]


async def test_a_failing_database_is_tried_again_without_loss_or_doubles(database: Database) -> None:
    events = list(busy_hour(10))
    failing = FailingDatabase(database)
    async with running(failing, batch=16) as journal:
        failing.fail_before, failing.fail_after = 1, 1
        for event in events[:100]:
            journal.record(event)
        with pytest.raises(JournalFailed, match="disk I/O error"):
            await journal.flush(0.05)
        assert not journal.healthy
        await journal.flush()
        failing.fail_after = 1
        for event in events[100:]:
            journal.record(event)
        await journal.flush()
        assert journal.healthy
        assert journal.refused == 0
    assert await types_of(database) == [event_type(event) for event in events]
    await assert_projections_are_right(database)


async def test_a_full_journal_says_so_and_stops_with_a_count(database: Database) -> None:
    failing = FailingDatabase(database)
    failing.fail_before = 1_000_000
    journal = Journal(failing, capacity=3)  # type: ignore[arg-type]
    await journal.start()
    event = next(whole_call(1))
    for _ in range(3):
        journal.record(event)
    with pytest.raises(JournalFailed, match="3 events wait"):
        journal.record(event)
    assert await journal.stop(0.05) == 3
    with pytest.raises(JournalFailed, match="stopped"):
        journal.record(event)


async def test_an_event_that_no_projection_takes_is_kept_and_holds_up_nothing(database: Database) -> None:
    call = list(whole_call(1))
    wrong = e.TransferEnded(
        at=NOON, call_id="pbx-1.1", transfer_id="t1", outcome=e.TransferOutcome.BUSY,
        ring_seconds="long", talk_seconds=0.0, ended_by=e.EndedBy.TARGET,  # type: ignore[arg-type]
    )  # fmt: skip
    async with running(database) as journal:
        for event in (*call[:10], wrong, *call[10:]):
            journal.record(event)
        await journal.flush()
        assert journal.refused == 1
        assert not journal.healthy
    assert len(await types_of(database)) == len(call) + 1
    report = await rebuild(database)
    assert (report.differences, report.unreadable) == ([], 1)


async def test_text_that_databases_refuse_is_made_fit(database: Database) -> None:
    odd = e.CallStarted(
        at=NOON, call_id="c\0\ud800", case_id="C", ani="王\0小明\udcff", dnis="2", line_id="l", language="zh"
    )
    async with running(database) as journal:
        journal.record(odd)
        await journal.flush()
        assert journal.refused == 0
    [call] = await Queries(database).list_calls()
    assert (call["call_id"], call["ani"]) == ("c\ufffd\ufffd", "王\ufffd小明\ufffd")
    await assert_projections_are_right(database)


async def test_two_writers_share_one_journal(database: Database) -> None:
    async with running(database, batch=4) as one, running(database, batch=4) as other:
        for event in busy_hour(8, seed=2):
            # both tell of the same calls: each must see what the other wrote
            (one if isinstance(event, e.CallEvent) else other).record(event)
        late = [event for event in whole_call(3) if isinstance(event, e.CallEvent)]
        for number, event in enumerate(late):
            (one, other)[number % 2].record(event)
            if number % 5 == 0:
                await asyncio.gather(one.flush(), other.flush())
        await asyncio.gather(one.flush(), other.flush())
        assert one.healthy
        assert other.healthy
    assert len(await types_of(database)) == 8 * 20 + len(late)
    await assert_projections_are_right(database)


async def test_a_connection_that_postgres_ends_costs_nothing(database_pair: tuple[Database, Database]) -> None:
    _, database = database_pair
    events = list(busy_hour(60))
    async with running(database, batch=8) as journal:
        for number, event in enumerate(events):
            journal.record(event)
            if number % 100 == 99:
                await _end_other_connections(database)
                await asyncio.sleep(0)
        await journal.flush(60)
        assert journal.refused == 0
    assert await types_of(database) == [event_type(event) for event in events]
    await assert_projections_are_right(database)


async def _end_other_connections(database: Database) -> None:
    statement = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    async with database.session() as connection:
        await connection.execute(statement)
