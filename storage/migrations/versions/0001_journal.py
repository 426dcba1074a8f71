"""The journal and the first projections."""

from __future__ import annotations

from alembic import op
from sqlalchemy import JSON, BigInteger, Boolean, Column, Double, Integer, PrimaryKeyConstraint, String, Uuid, text

from storage.types import SEQ, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    _call_events()
    _calls()
    _offers()
    _operator_intervals()
    _projection_state()
    _recordings()
    _service_runs()
    _transfers()
    op.execute("INSERT INTO projection_state (id, epoch) VALUES (1, 0)")


def _call_events() -> None:
    op.create_table(
        "call_events",
        Column("seq", SEQ, autoincrement=False, nullable=False),
        Column("event_id", Uuid(as_uuid=False), nullable=False),
        Column("at", UtcDateTime, nullable=False),
        Column("call_id", String),
        Column("type", String, nullable=False),
        Column("data", JSON, nullable=False),
        PrimaryKeyConstraint("seq"),
    )
    op.create_index("ix_call_events_call_id", "call_events", ["call_id"])
    op.create_index("ix_call_events_event_id", "call_events", ["event_id"], unique=True)


def _calls() -> None:
    op.create_table(
        "calls",
        Column("call_id", String, nullable=False),
        Column("case_id", String),
        Column("ani", String),
        Column("dnis", String),
        Column("line_id", String),
        Column("language", String),
        Column("queue_id", String),
        Column("operator_id", String),
        Column("stage", String, nullable=False),
        Column("started_at", UtcDateTime, nullable=False),
        Column("queued_at", UtcDateTime),
        Column("answered_at", UtcDateTime),
        Column("ended_at", UtcDateTime),
        Column("wait_seconds", Double),
        Column("ring_seconds", Double),
        Column("talk_seconds", Double, nullable=False),
        Column("outcome", String),
        Column("ended_by", String),
        Column("hangup_cause", BigInteger),
        Column("handled_by", String),
        Column("asked_for_person", Boolean, nullable=False),
        Column("offers", Integer, nullable=False),
        Column("transfers", Integer, nullable=False),
        Column("recordings", Integer, nullable=False),
        Column("resumed", Integer, nullable=False),
        Column("incomplete", Boolean, nullable=False),
        PrimaryKeyConstraint("call_id"),
    )
    op.create_index("ix_calls_started_at", "calls", ["started_at"])
    op.create_index(
        "ix_calls_unfinished",
        "calls",
        ["started_at"],
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    )


def _offers() -> None:
    op.create_table(
        "offers",
        Column("call_id", String, nullable=False),
        Column("offer_id", String, nullable=False),
        Column("operator_id", String),
        Column("queue_id", String),
        Column("returned", Boolean, nullable=False),
        Column("offered_at", UtcDateTime),
        Column("rang_at", UtcDateTime),
        Column("answered_at", UtcDateTime),
        Column("ended_at", UtcDateTime),
        Column("outcome", String),
        Column("ring_seconds", Double),
        Column("talk_seconds", Double),
        Column("ended_by", String),
        Column("hangup_cause", BigInteger),
        PrimaryKeyConstraint("call_id", "offer_id"),
    )


def _operator_intervals() -> None:
    op.create_table(
        "operator_intervals",
        Column("operator_id", String, nullable=False),
        Column("started_seq", SEQ, autoincrement=False, nullable=False),
        Column("state", String, nullable=False),
        Column("reason", String, nullable=False),
        Column("call_id", String),
        Column("started_at", UtcDateTime, nullable=False),
        Column("ended_at", UtcDateTime),
        PrimaryKeyConstraint("operator_id", "started_seq"),
    )
    op.create_index(
        "ix_operator_intervals_now",
        "operator_intervals",
        ["operator_id"],
        sqlite_where=text("ended_at IS NULL"),
        postgresql_where=text("ended_at IS NULL"),
    )
    op.create_index("ix_operator_intervals_started_at", "operator_intervals", ["started_at"])


def _projection_state() -> None:
    op.create_table(
        "projection_state",
        Column("id", Integer, autoincrement=False, nullable=False),
        Column("epoch", Integer, nullable=False),
        PrimaryKeyConstraint("id"),
    )


def _recordings() -> None:
    op.create_table(
        "recordings",
        Column("call_id", String, nullable=False),
        Column("recording_id", String, nullable=False),
        Column("path", String),
        Column("party", String),
        Column("status", String, nullable=False),
        Column("started_at", UtcDateTime),
        Column("ended_at", UtcDateTime),
        Column("duration_seconds", Double),
        Column("size_bytes", BigInteger),
        Column("sha256", String),
        Column("reason", String),
        PrimaryKeyConstraint("call_id", "recording_id"),
    )


def _service_runs() -> None:
    op.create_table(
        "service_runs",
        Column("started_seq", SEQ, autoincrement=False, nullable=False),
        Column("version", String, nullable=False),
        Column("started_at", UtcDateTime, nullable=False),
        Column("stopped_at", UtcDateTime),
        Column("reason", String),
        Column("gap_from", UtcDateTime),
        Column("gap_to", UtcDateTime),
        PrimaryKeyConstraint("started_seq"),
    )


def _transfers() -> None:
    op.create_table(
        "transfers",
        Column("call_id", String, nullable=False),
        Column("transfer_id", String, nullable=False),
        Column("door", String),
        Column("initiator", String),
        Column("target_id", String),
        Column("number", String),
        Column("trunk", String),
        Column("started_at", UtcDateTime),
        Column("ringing_at", UtcDateTime),
        Column("answered_at", UtcDateTime),
        Column("ended_at", UtcDateTime),
        Column("ring_ms", BigInteger),
        Column("talk_ms", BigInteger),
        Column("outcome", String),
        Column("sip_status", BigInteger),
        Column("hangup_cause", BigInteger),
        Column("ended_by", String),
        Column("short", Boolean, nullable=False),
        Column("returned_to", String),
        Column("recording_id", String),
        PrimaryKeyConstraint("call_id", "transfer_id"),
    )
    op.create_index("ix_transfers_started_at", "transfers", ["started_at"])
