"""Opening: the tables are what the code says, and what is wrong is said with what to do."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert, select, text

from storage.database import Database, open_database, read_once, sqlite_url
from storage.errors import DatabaseUnusable
from storage.migrations import SCRIPTS
from storage.tables import SCHEMA_REVISION, metadata, operator_intervals


async def test_the_steps_build_what_the_tables_say(database: Database) -> None:
    async with database.session() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync, opts={"compare_type": True}), metadata)
        )
    assert differences == []


def test_the_newest_step_is_the_one_that_the_tables_name() -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    assert ScriptDirectory.from_config(config).get_heads() == [SCHEMA_REVISION]


async def test_opened_again_and_by_two_at_once(database_url: str) -> None:
    async with asyncio.timeout(20):
        opened = await asyncio.gather(*(open_database(database_url) for _ in range(3)))
        opened.append(await open_database(database_url))
    epoch = text("SELECT epoch FROM projection_state")
    epochs = [await one.read(lambda connection: connection.scalar(epoch)) for one in opened]
    for one in opened:
        await one.close()
    assert epochs == [0, 0, 0, 0]


async def test_a_command_reads_once_and_builds_what_is_missing(database_url: str) -> None:
    epoch = text("SELECT epoch FROM projection_state")
    reads = [asyncio.to_thread(read_once, database_url, lambda connection: connection.scalar(epoch)) for _ in range(2)]
    async with asyncio.timeout(20):
        assert [await reading for reading in reads] == [0, 0]
    with pytest.raises(DatabaseUnusable, match="is not a folder"):
        read_once(sqlite_url(Path(__file__) / "hotline.db"), lambda connection: None)


async def test_many_open_a_new_file_at_the_same_moment(tmp_path: Path) -> None:
    # SQLite says "locked" at once to one of two that begin a write-ahead log together; about 1 in 30 here met it
    epoch = text("SELECT epoch FROM projection_state")
    for round_number in range(20):
        url = sqlite_url(tmp_path / f"{round_number}.db")
        async with asyncio.timeout(20):
            reads = [asyncio.to_thread(read_once, url, lambda each: each.scalar(epoch)) for _ in range(4)]
            assert await asyncio.gather(*reads) == [0, 0, 0, 0]


async def test_moments_are_utc_to_the_microsecond(database: Database) -> None:
    moment = datetime(2026, 3, 2, 20, 0, 0, 1, tzinfo=timezone(timedelta(hours=8)))
    row = {"operator_id": "1", "started_seq": 1, "state": "paused", "reason": "", "started_at": moment}
    await database.write(lambda connection: connection.execute(insert(operator_intervals), row))
    column = operator_intervals.c.started_at
    after = select(column).where(column > moment - timedelta(microseconds=1), column <= moment)
    found = await database.read(lambda connection: connection.scalar(after))
    assert found == moment
    assert found.tzinfo is UTC


async def test_a_newer_schema_is_refused(database_url: str) -> None:
    database = await open_database(database_url)
    await database.write(lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    await database.close()
    with pytest.raises(DatabaseUnusable, match="its schema is 9999"):
        await open_database(database_url)


async def test_the_file_is_for_the_service_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "hotline.db"
    await (await open_database(sqlite_url(path))).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_every_commit_is_synced(tmp_path: Path) -> None:
    database = await open_database(sqlite_url(tmp_path / "hotline.db"))
    synchronous = await database.write(lambda connection: connection.scalar(text("PRAGMA synchronous")))
    mode = await database.write(lambda connection: connection.scalar(text("PRAGMA journal_mode")))
    await database.close()
    assert (synchronous, mode) == (2, "wal")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("hotline.db", "is no database address"),
        ("mysql://localhost/hotline", "'mysql' is not supported"),
        ("sqlite://", "must be a file"),
        ("sqlite:////dev/null/hotline.db", "cannot be written: /dev/null is not a folder"),
        ("postgresql://nobody@127.0.0.1:1/hotline", "is the server running"),
    ],
)
async def test_a_wrong_address_is_explained(url: str, said: str) -> None:
    with pytest.raises(DatabaseUnusable, match=said):
        await open_database(url)


async def test_an_unknown_database_on_the_server_is_explained(postgres: str) -> None:
    with pytest.raises(DatabaseUnusable, match="does not exist"):
        await open_database(postgres.replace("/postgres?", "/elsewhere?"))


async def test_another_kind_of_file_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "hotline.db"
    path.write_bytes(b"a letter from the mayor " * 100)
    with pytest.raises(DatabaseUnusable, match="another kind of file"):
        await open_database(sqlite_url(path))


async def test_a_locked_file_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.database.BUSY_SECONDS", 0.05)
    path = tmp_path / "hotline.db"
    other = sqlite3.connect(path)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(DatabaseUnusable, match="another service running"):
        await open_database(sqlite_url(path))
    other.close()
