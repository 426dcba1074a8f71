"""The database, looked at without changing it: neither created nor brought to a newer schema."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from hotline.doctor.finding import Finding, fail, info, ok, warn
from storage.tables import SCHEMA_REVISION, call_events, recordings, service_runs

CONNECT_SECONDS = 5.0
COUNTED_ROWS = 100_000
"""The journal's last rows, in which a missing number is looked for: a doctor is quick whatever the journal holds."""
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
_START = "start the service once: hotline run"


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """What was found in the database."""

    revision: str | None
    "The schema's revision, None where there are no tables yet."
    last_seq: int = 0
    "The journal's last number."
    missing: int = 0
    "Numbers among the last ones that no row has."
    newest: datetime | None = None
    run_open: bool = False
    "The latest run has no end in the journal: it goes on, or crashed."
    unfinished_recordings: int = 0


def check_database(url: str, *, service_runs_now: bool) -> tuple[DatabaseFacts | None, list[Finding]]:
    """Look at the database; the facts are None when it could not be read."""
    try:
        address = make_url(url)
        driver = _DRIVERS[address.get_backend_name()]
    except (ArgumentError, KeyError):
        wrong = fail("database", "HOTLINE_DATABASE_URL is no address of a database", "sqlite:///PATH or postgresql://…")
        return None, [wrong]
    where = address.render_as_string(hide_password=True)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").exists():
        return None, [info("database", f"{where} is not there yet", f"{_START}; it creates it")]
    try:
        facts = asyncio.run(_read(address.set(drivername=driver)))
    except Exception as error:  # asyncpg and the operating system have errors of their own
        if not isinstance(error, SQLAlchemyError | OSError) and not type(error).__module__.startswith("asyncpg"):
            raise
        return None, [judge_unreadable(where, str(getattr(error, "orig", None) or error).splitlines()[:1])]
    return facts, [
        judge_schema(where, facts.revision),
        *([judge_journal(facts, service_runs_now=service_runs_now)] if facts.revision == SCHEMA_REVISION else []),
    ]


def judge_unreadable(where: str, reason: Sequence[str]) -> Finding:
    """Judge a database that could not be read."""
    mend = "is the server up, is the address right (HOTLINE_DATABASE_URL), may this user log in? Try: psql"
    if where.startswith("sqlite"):
        mend = "is it the service's user who looks? If the file is damaged: docs/operations.md, «Restore»"
    return fail("database", f"{where} can't be read: {' '.join(reason) or 'no reason given'}", mend)


def judge_schema(where: str, revision: str | None) -> Finding:
    """Judge the schema's revision."""
    if revision == SCHEMA_REVISION:
        return ok("database", f"{where} has schema {revision}")
    if revision is None:
        return info("database", f"{where} has no tables yet", f"{_START}; it makes them")
    if revision < SCHEMA_REVISION:
        mend = f"make a backup, then {_START}; it brings the schema forward"
        return warn("database", f"{where} has schema {revision}, this version works with {SCHEMA_REVISION}", mend)
    return fail(
        "database",
        f"{where} has schema {revision}, which is newer than this version's {SCHEMA_REVISION}",
        "install the version that wrote it again, or use another database",
    )


def judge_journal(facts: DatabaseFacts, *, service_runs_now: bool) -> Finding:
    """Judge the journal: without gaps, and closed when nothing runs."""
    seen = f"the journal holds {facts.last_seq:,} facts"
    if facts.newest is not None:
        seen += f", the newest from {facts.newest:%Y-%m-%d %H:%M:%S} UTC"
    if facts.missing:
        mend = "restore a backup (docs/operations.md, «Restore»)"
        return fail("journal", f"{seen}; {facts.missing:,} of its last rows are missing", mend)
    if facts.run_open and not service_runs_now:
        return warn(
            "journal", f"{seen}; the last run did not stop in order", "hotline run: it marks the gap and closes calls"
        )
    if facts.unfinished_recordings and not service_runs_now:
        return warn(
            "journal",
            f"{seen}; {facts.unfinished_recordings} recordings are not finished",
            "hotline run: it finishes them when it starts",
        )
    return ok("journal", seen)


async def _read(url: URL) -> DatabaseFacts:
    engine = create_async_engine(_read_only(url), hide_parameters=True, connect_args=_limits(url))
    try:
        async with asyncio.timeout(4 * CONNECT_SECONDS), engine.connect() as connection:
            return await connection.run_sync(_facts)
    finally:
        await engine.dispose()


def _read_only(url: URL) -> URL:
    if url.get_backend_name() != "sqlite":
        return url
    # as a file: URI, because a doctor must not create what it looks for
    return url.set(database=f"file:{Path(url.database or '').absolute()}", query={"mode": "ro", "uri": "true"})


def _limits(url: URL) -> dict[str, Any]:
    return {"timeout": CONNECT_SECONDS}


def _facts(connection: Connection) -> DatabaseFacts:
    if not inspect(connection).has_table("alembic_version"):
        return DatabaseFacts(None)
    revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if revision != SCHEMA_REVISION:
        return DatabaseFacts(revision)
    last = select(service_runs.c.stopped_at).order_by(service_runs.c.started_seq.desc()).limit(1)
    newest = select(call_events.c.at).order_by(call_events.c.seq.desc()).limit(1)
    stopped = connection.execute(last).first()
    begun = select(func.count()).where(recordings.c.status == "started")
    last_seq: int = connection.scalar(select(func.max(call_events.c.seq))) or 0
    looked_at = min(last_seq, COUNTED_ROWS)
    present: int = connection.scalar(select(func.count()).where(call_events.c.seq > last_seq - looked_at)) or 0
    return DatabaseFacts(
        revision=revision,
        last_seq=last_seq,
        missing=looked_at - present,
        newest=connection.scalar(newest),
        run_open=stopped is not None and stopped[0] is None,
        unfinished_recordings=connection.scalar(begun) or 0,
    )
