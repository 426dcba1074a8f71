"""Duties to call back, and finding a caller's earlier calls by their number."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Double, PrimaryKeyConstraint, String, text

from storage.types import UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the table and the index."""
    op.create_table(
        "duties",
        Column("call_id", String, nullable=False),
        Column("duty_id", String, nullable=False),
        Column("kind", String, nullable=False),
        Column("number", String),
        Column("recording_id", String),
        Column("seconds", Double),
        Column("asked_at", UtcDateTime),
        Column("due_at", UtcDateTime),
        Column("status", String, nullable=False),
        Column("done_at", UtcDateTime),
        Column("done_by", String),
        PrimaryKeyConstraint("call_id", "duty_id"),
    )
    op.create_index("ix_duties_due_at", "duties", ["due_at"])
    op.create_index(
        "ix_duties_open",
        "duties",
        ["number"],
        sqlite_where=text("status = 'open'"),
        postgresql_where=text("status = 'open'"),
    )
    op.create_index("ix_calls_ani", "calls", ["ani", "started_at"])
