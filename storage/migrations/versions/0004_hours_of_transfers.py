"""Sums of transfers by the hour alone; sums of ten days where a version between two releases did not make them."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Integer, PrimaryKeyConstraint, String

revision = "0004"
down_revision = "0003"

_TEN_DAYS = 240


def upgrade() -> None:
    """Create the table, and fill what is missing from the sums of one hour."""
    op.create_table(
        "transfer_hours",
        Column("first_hour", Integer, autoincrement=False, nullable=False),
        Column("outcome", String, nullable=False),
        Column("short", Boolean, nullable=False),
        Column("attempts", BigInteger, nullable=False),
        Column("returned", BigInteger, nullable=False),
        Column("ring_ms", BigInteger, nullable=False),
        Column("talk_ms", BigInteger, nullable=False),
        PrimaryKeyConstraint("first_hour", "outcome", "short"),
        sqlite_with_rowid=False,
    )
    op.execute("""
        INSERT INTO transfer_hours
        SELECT first_hour, outcome, short, sum(attempts), sum(returned), sum(ring_ms), sum(talk_ms)
        FROM transfer_rollups WHERE hours = 1
        GROUP BY 1, 2, 3
    """)
    op.execute(f"""
        INSERT INTO transfer_rollups
        SELECT {_TEN_DAYS}, first_hour / {_TEN_DAYS} * {_TEN_DAYS}, outcome, short, target_id, door, way,
               sum(attempts), sum(returned), sum(ring_ms), sum(talk_ms)
        FROM transfer_rollups
        WHERE hours = 1 AND NOT EXISTS (SELECT 1 FROM transfer_rollups WHERE hours = {_TEN_DAYS})
        GROUP BY 1, 2, 3, 4, 5, 6, 7
    """)
