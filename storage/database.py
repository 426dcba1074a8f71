"""Opening the database, and its two ways in: many readers, one writer at a time."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from storage.errors import DatabaseUnusable
from storage.migrations import migrate

if TYPE_CHECKING:
    # takes 0.15 s to load, and a command that reads an SQLite file once can do without
    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

T = TypeVar("T")

BUSY_SECONDS = 5.0
"How long a writer waits for another process that is writing."

_CONNECT_SECONDS = 5.0
_COMMAND_SECONDS = 30.0
_WRITER_LOCK = 0x686F746C  # "hotl": one number for every process that writes to this database


def sqlite_url(path: Path) -> str:
    """Return the address of an SQLite database in a file."""
    return str(URL.create("sqlite", database=str(path)))


class Database:
    """An open database at the present schema."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self.dialect = url.get_backend_name()
        "`sqlite` or `postgresql`."
        self._thread: ThreadPoolExecutor | None = None
        self._writing: Engine | None = None
        if self.dialect == "sqlite":
            # one thread hop for a whole transaction; aiosqlite has one for each statement (twice the CPU)
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="database-writer")
            self._writing = _sqlite_engine(url, "BEGIN IMMEDIATE")

    @cached_property
    def engine(self) -> AsyncEngine:
        """For reading."""
        return _reading_engine(self.url)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Do some work in one transaction that sees one moment of the database, whatever is written meanwhile."""
        async with self.engine.begin() as connection:
            await connection.run_sync(see_one_moment)
            return await connection.run_sync(work)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Do some work in one transaction that no other writer can overlap, in this process or another.

        When it returns, the work is on the disk. When it raises, nothing was written, unless the answer to the commit
        was lost on the way: work that is tried again must look first.
        """
        if self._thread is not None and self._writing is not None:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, _transact, self._writing, work)
        async with self.engine.begin() as connection:
            await connection.run_sync(lock_for_writing)
            return await connection.run_sync(work)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection of one's own: no limit on a statement's time, and its temporary tables go with it."""
        if self.dialect == "sqlite":
            engine = _reading_engine(self.url)
        else:
            from sqlalchemy.ext.asyncio import create_async_engine

            limits = {"timeout": _CONNECT_SECONDS}
            engine = create_async_engine(self.url, hide_parameters=True, connect_args=limits)
        try:
            async with engine.connect() as connection:
                yield connection
        finally:
            await engine.dispose()

    async def close(self) -> None:
        """Close every connection."""
        if self._thread is not None and self._writing is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._writing.dispose)
            self._thread.shutdown(wait=True)
        if "engine" in self.__dict__:
            await self.engine.dispose()


def see_one_moment(connection: Connection) -> None:
    """Let the transaction see the database as it is now, to its end. Must be its first statement."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


def lock_for_writing(connection: Connection) -> None:
    """Keep every other writer out until the transaction ends. Must be its first statement."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITER_LOCK})
    else:
        # changes nothing, but only a writer may do it
        connection.execute(text("UPDATE projection_state SET epoch = epoch"))


async def open_database(url: str) -> Database:
    """Open a database, create it where there is none, and bring its tables to the present schema.

    Takes `sqlite:///path` or `postgresql://user@host/name`. Raises DatabaseUnusable with what to do.
    """
    parsed = _address(url)
    database = Database(parsed)
    try:
        with _explained(parsed):
            await database.write(migrate)
    except BaseException:
        await database.close()
        raise
    return database


def read_once(url: str, work: Callable[[Connection], T]) -> T:
    """Open a database, do some work in one transaction that sees one moment of it, and close it.

    For commands, outside of any event loop. Raises DatabaseUnusable as `open_database` does.
    """
    parsed = _address(url)
    if parsed.get_backend_name() != "sqlite":
        return asyncio.run(_read_once(url, work))
    with _explained(parsed):
        _in_one_transaction(_sqlite_engine(parsed, "BEGIN IMMEDIATE"), migrate)
    return _in_one_transaction(_sqlite_engine(parsed, "BEGIN"), work)


async def _read_once(url: str, work: Callable[[Connection], T]) -> T:
    database = await open_database(url)
    try:
        return await database.read(work)
    finally:
        await database.close()


def _in_one_transaction(engine: Engine, work: Callable[[Connection], T]) -> T:
    try:
        return _transact(engine, work)
    finally:
        engine.dispose()


@contextmanager
def _explained(url: URL) -> Iterator[None]:
    """Turn what the driver says while a database is opened into DatabaseUnusable."""
    try:
        yield
    except (SQLAlchemyError, OSError, sqlite3.Error) as error:
        raise DatabaseUnusable(_explain(url, error)) from error
    except Exception as error:
        # asyncpg raises its own errors while it connects (wrong password, no such database)
        if type(error).__module__.startswith("asyncpg"):
            raise DatabaseUnusable(_explain(url, error)) from error
        raise


def _address(url: str) -> URL:
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite":
        _create_file(Path(parsed.database or ""))
    return parsed


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise DatabaseUnusable(f"{url!r} is no database address: write sqlite:///PATH or postgresql://...") from error
    drivers = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
    backend = parsed.drivername.partition("+")[0]
    if backend not in drivers:
        raise DatabaseUnusable(f"{backend!r} is not supported: the database is sqlite:///PATH or postgresql://...")
    if backend == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise DatabaseUnusable("the SQLite database must be a file: write sqlite:///PATH")
    return parsed.set(drivername=drivers[backend])


def _create_file(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # callers' numbers are in it: readable by the service's user alone
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        is_a_file = isinstance(error, FileExistsError | NotADirectoryError)
        reason = f"{path.parent} is not a folder" if is_a_file else error.strerror or str(error)
        message = f"the database {path} cannot be written: {reason}. Set the state folder to one that can."
        raise DatabaseUnusable(message) from error


def _sqlite_engine(url: URL, begin: str) -> Engine:
    engine = create_engine(url.set(drivername="sqlite+pysqlite"), hide_parameters=True)
    # the file remembers it: whoever reads comes after whoever opened it for writing
    event.listen(engine, "connect", _keep_a_write_ahead_log)
    _prepare_sqlite(engine, begin)
    return engine


def _reading_engine(url: URL) -> AsyncEngine:
    from sqlalchemy.ext.asyncio import create_async_engine

    if url.get_backend_name() == "sqlite":
        engine = create_async_engine(url, hide_parameters=True)
        _prepare_sqlite(engine.sync_engine, "BEGIN")
        return engine
    limits = {"timeout": _CONNECT_SECONDS, "command_timeout": _COMMAND_SECONDS}
    return create_async_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args=limits)


def _keep_a_write_ahead_log(connection: sqlite3.Connection, record: Any) -> None:
    # where two programs do this to a new file at once, SQLite tells one of them "locked" without waiting (it could
    # wait for ever: both hold what the other needs), so the waiting is done here
    give_up = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").close()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > give_up:
                raise
        time.sleep(0.005)


def _prepare_sqlite(engine: Engine, begin: str) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, record: Any) -> None:
        # SQLAlchemy says when a transaction begins, not the driver
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {round(BUSY_SECONDS * 1000)}")
        cursor.execute("PRAGMA synchronous = FULL")  # docs/decisions/0002-one-journal.md
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def began(connection: Connection) -> None:
        connection.exec_driver_sql(begin)


def _transact(engine: Engine, work: Callable[[Connection], T]) -> T:
    with engine.begin() as connection:
        return work(connection)


def _explain(url: URL, error: BaseException) -> str:
    where = url.database if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)
    reason = str(getattr(error, "orig", None) or error).splitlines()[0]
    if "locked" in reason:
        what_to_do = f"another program has been writing to it for {BUSY_SECONDS:g} seconds; is another service running?"
    elif "not a database" in reason:
        what_to_do = "it is another kind of file; move it away and start again."
    elif "unable to open" in reason or "readonly" in reason:
        what_to_do = "its folder must be writable for the service's user."
    elif isinstance(error, OSError):
        what_to_do = "is the server running, and is the address right?"
    else:
        what_to_do = "see the reason before this sentence."
    return f"the database {where} cannot be used: {reason}: {what_to_do}"
