"""Calling back: wishes and their attempts, missed calls, calls that we placed."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Integer, PrimaryKeyConstraint, String, text

from storage.types import UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the columns and tables, and fill them from what is there."""
    _callbacks()


def _callbacks() -> None:
    op.add_column("calls", Column("callback_of", String))
    op.add_column("duties", Column("reason", String))
    op.add_column("duties", Column("calls", Integer))
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
        Column("attempts", Integer, nullable=False),
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
