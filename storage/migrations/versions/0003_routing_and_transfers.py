"""Passing callers on, with sums by the hour; calling back; forecasts of waits; where operators work, their pauses."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Double, Integer, PrimaryKeyConstraint, String, text

from storage.types import UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns and tables, and fill them from what is there."""
    _ways()
    _transfer_rollups()
    _operators()
    _callbacks()
    _forecasts()


def _ways() -> None:
    op.add_column("transfers", Column("way", String))
    op.add_column("transfers", Column("reason", String))
    # until now there was no other way
    op.execute("UPDATE transfers SET way = 'blind' WHERE started_at IS NOT NULL")
    op.create_index(
        "ix_transfers_under_way",
        "transfers",
        ["started_at"],
        sqlite_where=text("outcome IS NULL"),
        postgresql_where=text("outcome IS NULL"),
    )


def _operators() -> None:
    op.add_column("operator_intervals", Column("over_limit_at", UtcDateTime))
    op.create_table(
        "operator_seats",
        Column("operator_id", String, nullable=False),
        Column("phone", String),
        Column("by", String, nullable=False),
        Column("at", UtcDateTime, nullable=False),
        PrimaryKeyConstraint("operator_id"),
    )


def _transfer_rollups() -> None:
    op.create_table(
        "transfer_rollups",
        Column("hours", Integer, autoincrement=False, nullable=False),
        Column("first_hour", Integer, autoincrement=False, nullable=False),
        Column("outcome", String, nullable=False),
        Column("short", Boolean, nullable=False),
        Column("target_id", String, nullable=False),
        Column("door", String, nullable=False),
        Column("way", String, nullable=False),
        Column("attempts", BigInteger, nullable=False),
        Column("returned", BigInteger, nullable=False),
        Column("ring_ms", BigInteger, nullable=False),
        Column("talk_ms", BigInteger, nullable=False),
        PrimaryKeyConstraint("hours", "first_hour", "outcome", "short", "target_id", "door", "way"),
        sqlite_with_rowid=False,
    )
    # SQLite's date functions round to milliseconds, so 59.9996 s would be the next minute
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    seconds = (
        "CAST(strftime('%s', substr(started_at, 1, 19)) AS INTEGER)"
        if on_sqlite
        else "CAST(floor(extract(epoch FROM started_at)) AS bigint)"
    )
    for hours in (1, 8, 240):
        op.execute(f"""
            INSERT INTO transfer_rollups
            SELECT {hours}, {seconds} / {hours * 3600} * {hours}, outcome, short, target_id, door, way,
                   count(*), count(returned_to), sum(coalesce(ring_ms, 0)), sum(coalesce(talk_ms, 0))
            FROM transfers
            WHERE outcome IS NOT NULL AND started_at IS NOT NULL
            GROUP BY 1, 2, 3, 4, 5, 6, 7
        """)


def _callbacks() -> None:
    op.add_column("calls", Column("callback_of", String))
    op.add_column("duties", Column("reason", String))
    op.add_column("duties", Column("calls", BigInteger))
    op.create_table(
        "callbacks",
        Column("call_id", String, nullable=False),
        Column("callback_id", String, nullable=False),
        Column("number", String),
        Column("queue_id", String),
        Column("source", String),
        Column("queued_at", UtcDateTime),
        Column("asked_at", UtcDateTime),
        Column("due_at", UtcDateTime),
        Column("attempts", BigInteger, nullable=False),
        Column("placed_call_id", String),
        Column("last_outcome", String),
        Column("retry_at", UtcDateTime),
        Column("ended_at", UtcDateTime),
        Column("outcome", String),
        Column("by_call_id", String),
        PrimaryKeyConstraint("call_id", "callback_id"),
    )
    op.create_index(
        "ix_callbacks_open",
        "callbacks",
        ["asked_at"],
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    )


def _forecasts() -> None:
    op.add_column("calls", Column("forecast_at", UtcDateTime))
    op.add_column("calls", Column("forecast_position", BigInteger))
    op.add_column("calls", Column("forecast_seconds", Double))
    op.add_column("calls", Column("forecast_real_seconds", Double))
