"""Every test that asks for `database` runs twice: on SQLite and on PostgreSQL."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from postgres_server import running_server
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from storage.database import Database, open_database, sqlite_url

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Give the address of a PostgreSQL server of our own."""
    with running_server() as url:
        yield url


async def _new_database(server: str) -> str:
    name = f"hotline_{next(_numbers)}"
    engine = create_async_engine(make_url(server).set(drivername="postgresql+asyncpg"), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    await engine.dispose()
    return make_url(server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the address of an empty database."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "hotline.db")
    return await _new_database(request.getfixturevalue("postgres"))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Give an open database with empty tables."""
    opened = await open_database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def count(database: Database) -> Callable[..., object]:
    """Give a function that answers a question of one value in SQL."""

    async def ask(sql: str) -> object:
        return await database.read(lambda connection: connection.scalar(text(sql)))

    return ask


@pytest.fixture
async def database_pair(tmp_path: Path, postgres: str) -> AsyncIterator[tuple[Database, Database]]:
    """Give an SQLite and a PostgreSQL database, both empty."""
    async with AsyncExitStack() as stack:
        urls = (sqlite_url(tmp_path / "pair.db"), await _new_database(postgres))
        opened = [await open_database(url) for url in urls]
        for database in opened:
            stack.push_async_callback(database.close)
        yield opened[0], opened[1]
