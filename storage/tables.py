"""The journal's table and the tables that are projected from it."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Uuid,
)

from storage.types import SEQ, UtcDateTime

SCHEMA_REVISION = "0004"
"The newest migration. Opening a database at this revision does not load Alembic."

# The conditions of partial indexes stand in the migrations, which make them. Here they would load both dialects: 40 ms
# of every command that reads the database.

metadata = MetaData()

call_events = Table(
    "call_events",
    metadata,
    # given by the writer under its lock: without gaps, so that a missing row shows
    Column("seq", SEQ, primary_key=True, autoincrement=False),
    Column("event_id", Uuid(as_uuid=False), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("call_id", String),
    Column("type", String, nullable=False),
    Column("data", JSON, nullable=False),
    Index("ix_call_events_event_id", "event_id", unique=True),
    Index("ix_call_events_call_id", "call_id"),
)

projection_state = Table(
    "projection_state",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    # counts replacements by `hotline rebuild --write`: a running service then reads its rows again
    Column("epoch", Integer, nullable=False),
)

calls = Table(
    "calls",
    metadata,
    Column("call_id", String, primary_key=True),
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
    Column("callback_of", String),
    # what was expected of its wait when it was queued, and what came of it
    Column("forecast_at", UtcDateTime),
    Column("forecast_position", BigInteger),
    Column("forecast_seconds", Double),
    Column("forecast_real_seconds", Double),
    Column("incomplete", Boolean, nullable=False),
    Index("ix_calls_started_at", "started_at"),
    Index("ix_calls_ani", "ani", "started_at"),
)
Index("ix_calls_unfinished", calls.c.started_at)

offers = Table(
    "offers",
    metadata,
    Column("call_id", String, primary_key=True),
    Column("offer_id", String, primary_key=True),
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
)

transfers = Table(
    "transfers",
    metadata,
    Column("call_id", String, primary_key=True),
    Column("transfer_id", String, primary_key=True),
    Column("door", String),
    Column("way", String),
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
    Column("reason", String),
    Column("returned_to", String),
    Column("recording_id", String),
    Index("ix_transfers_started_at", "started_at"),
)
Index("ix_transfers_under_way", transfers.c.started_at)

ADDED = ("attempts", "returned", "ring_ms", "talk_ms")
"Columns of sums of transfers."


def _sums() -> list[Column[int]]:
    return [Column(name, BigInteger, nullable=False) for name in ADDED]


transfer_rollups = Table(
    "transfer_rollups",
    metadata,
    # how many hours the row is about: 1, 8 or 240 (docs/decisions/0007-sums-by-the-hour.md)
    Column("hours", Integer, primary_key=True, autoincrement=False),
    # hours since 1970 UTC: whole numbers sort and group several times faster than moments as text
    Column("first_hour", Integer, primary_key=True, autoincrement=False),
    Column("outcome", String, primary_key=True),
    Column("short", Boolean, primary_key=True),
    Column("target_id", String, primary_key=True),
    Column("door", String, primary_key=True),
    Column("way", String, primary_key=True),
    *_sums(),
    # the rows stand in the order of the key, so that a period is one stretch of the file
    sqlite_with_rowid=False,
)

transfer_hours = Table(
    "transfer_hours",
    metadata,
    # the hours of transfer_rollups without target, door and way: a year by the hour is a tenth of the rows
    Column("first_hour", Integer, primary_key=True, autoincrement=False),
    Column("outcome", String, primary_key=True),
    Column("short", Boolean, primary_key=True),
    *_sums(),
    sqlite_with_rowid=False,
)

recordings = Table(
    "recordings",
    metadata,
    Column("call_id", String, primary_key=True),
    Column("recording_id", String, primary_key=True),
    Column("path", String),
    Column("party", String),
    Column("status", String, nullable=False),
    Column("started_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("duration_seconds", Double),
    Column("size_bytes", BigInteger),
    Column("sha256", String),
    Column("reason", String),
)

duties = Table(
    "duties",
    metadata,
    Column("call_id", String, primary_key=True),
    Column("duty_id", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("number", String),
    Column("recording_id", String),
    Column("seconds", Double),
    Column("asked_at", UtcDateTime),
    Column("due_at", UtcDateTime),
    Column("reason", String),
    Column("calls", BigInteger),
    Column("status", String, nullable=False),
    Column("done_at", UtcDateTime),
    Column("done_by", String),
    Index("ix_duties_due_at", "due_at"),
)
Index("ix_duties_open", duties.c.number)

callbacks = Table(
    "callbacks",
    metadata,
    Column("call_id", String, primary_key=True),
    Column("callback_id", String, primary_key=True),
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
)
Index("ix_callbacks_open", callbacks.c.asked_at)

operator_intervals = Table(
    "operator_intervals",
    metadata,
    Column("operator_id", String, primary_key=True),
    # the event that began it: unique even where two states begin in the same microsecond
    Column("started_seq", SEQ, primary_key=True, autoincrement=False),
    Column("state", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("call_id", String),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    # of a pause: when it was told that it lasts too long
    Column("over_limit_at", UtcDateTime),
    Index("ix_operator_intervals_started_at", "started_at"),
)
Index("ix_operator_intervals_now", operator_intervals.c.operator_id)

operator_seats = Table(
    "operator_seats",
    metadata,
    Column("operator_id", String, primary_key=True),
    # where they log in or out last; no phone: nowhere. Who never did works at their own
    Column("phone", String),
    Column("by", String, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

service_runs = Table(
    "service_runs",
    metadata,
    Column("started_seq", SEQ, primary_key=True, autoincrement=False),
    Column("version", String, nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("stopped_at", UtcDateTime),
    Column("reason", String),
    Column("gap_from", UtcDateTime),
    Column("gap_to", UtcDateTime),
)

PROJECTIONS: tuple[Table, ...] = (
    calls,
    offers,
    transfers,
    transfer_rollups,
    transfer_hours,
    recordings,
    duties,
    callbacks,
    operator_intervals,
    operator_seats,
    service_runs,
)
"Every table that `hotline rebuild` computes again."
