"""A database of the version before: attempts that are in it are counted in the new sums."""

from __future__ import annotations

from datetime import UTC, datetime

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, insert, select, text
from sqlalchemy.engine import make_url

from storage.database import Database, open_database
from storage.migrations import SCRIPTS
from storage.tables import transfer_hours, transfer_rollups, transfers

BEFORE = "0002"
NOON = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
HOUR = int(NOON.timestamp()) // 3600


def build_old(connection: Connection) -> None:
    """Make the tables as they were, with three attempts in the ledger, one of them under way."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.attributes["connection"] = connection
    command.upgrade(config, BEFORE)
    row = {"call_id": "c", "door": "menu_key", "target_id": "gas", "started_at": NOON, "short": False}
    old = transfers.c
    kept = (old.call_id, old.transfer_id, old.door, old.target_id, old.started_at, old.short, old.outcome, old.ring_ms)
    for number, outcome in enumerate(("busy", "busy", None)):
        values = {**row, "transfer_id": f"t{number}", "outcome": outcome, "ring_ms": 700}
        connection.execute(insert(transfers).values({column: values[column.name] for column in kept}))


async def test_sums_of_ten_days_that_a_version_between_lacked_are_made(database_url: str) -> None:
    opened = await open_database(database_url)
    kind = {"outcome": "busy", "short": False, "target_id": "gas", "door": "menu_key", "way": "blind"}
    sums = {"returned": 0, "ring_ms": 5, "talk_ms": 0}

    def as_it_was(connection: Connection) -> None:
        rows = [{"hours": 1, "first_hour": hour, "attempts": 3, **kind, **sums} for hour in (2400, 2410, 2641)]
        connection.execute(insert(transfer_rollups), rows)
        connection.execute(text("DROP TABLE transfer_hours"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0003'"))

    await opened.write(as_it_was)
    await opened.close()
    opened = await open_database(database_url)
    days = select(transfer_rollups.c["first_hour", "attempts", "ring_ms"]).where(transfer_rollups.c.hours == 240)
    rows = await opened.read(lambda connection: connection.execute(days.order_by("first_hour")).all())
    await opened.close()
    assert [tuple(row) for row in rows] == [(2400, 6, 10), (2640, 3, 5)]


async def test_attempts_of_the_version_before_are_counted(database_url: str) -> None:
    url = make_url(database_url)
    bare = Database(
        url.set(drivername="sqlite+aiosqlite" if url.get_backend_name() == "sqlite" else "postgresql+asyncpg")
    )
    await bare.write(build_old)
    await bare.close()
    opened = await open_database(database_url)
    rows = await opened.read(
        lambda connection: connection.execute(select(transfer_rollups).order_by(transfer_rollups.c.hours)).all()
    )
    hours = await opened.read(lambda connection: connection.execute(select(transfer_hours)).all())
    ways = await opened.read(lambda connection: connection.scalars(select(transfers.c.way)).all())
    await opened.close()
    kind = ("busy", False, "gas", "menu_key", "blind")
    assert [tuple(row) for row in rows] == [
        (1, HOUR, *kind, 2, 0, 1400, 0),
        (8, HOUR // 8 * 8, *kind, 2, 0, 1400, 0),
        (240, HOUR // 240 * 240, *kind, 2, 0, 1400, 0),
    ]
    assert [tuple(row) for row in hours] == [(HOUR, "busy", False, 2, 0, 1400, 0)]
    assert ways == ["blind"] * 3
