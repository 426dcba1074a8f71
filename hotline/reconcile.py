"""After a restart or a lost link: compares what the journal believes with what Asterisk has, and mends the difference.

Calls that still exist are adopted, calls that are gone are closed, phones are counted again. Every repair is logged.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import structlog

from agi_scripts.inbound import close_call, settle
from agi_scripts.office import Office
from agi_scripts.orphans import OpenCall, OpenOffer, OpenTransfer
from calls.events import CallEnded, CallOutcome, EndedBy
from calls.legs import LegEnded
from calls.model import Call, CallStage
from recording.recorder import RecordingPlan, channels_of
from storage.queries import Queries

log = structlog.get_logger(__name__)


async def load_open_calls(queries: Queries) -> dict[str, OpenCall]:
    """Return the calls that the journal has no end of, with what each left open."""
    found: dict[str, OpenCall] = {}
    for row in await queries.unfinished_calls():
        record = await queries.show_call(row["call_id"])
        if record is None:
            continue
        found[row["call_id"]] = OpenCall(
            _call_of(row),
            offer=_open_offer(record.offers),
            transfer=_open_transfer(record.transfers),
            recordings=[
                RecordingPlan(r["recording_id"], r["path"], channels_of(r["party"]))
                for r in record.recordings
                if r["status"] == "started" and r["path"]
            ],
        )
    return found


def reconcile_calls(office: Office, channels: set[str]) -> None:
    """Close every call without an owner whose channel is gone; adopt the conversations that go on.

    `channels` are the unique ids of all channels that Asterisk has.
    """
    for call_id, open_call in list(office.open_calls.items()):
        if call_id not in channels:
            log.warning("call_closed_by_reconciler", call_id=call_id, stage=str(open_call.call.stage))
            close_open_call(office, call_id, None, seen=False)
        elif open_call.offer is not None and open_call.offer.answered_at is not None and open_call.adopted is None:
            open_call.adopted = office.room.adopt(open_call.offer.operator_id, call_id)
            log.info("conversation_adopted", call_id=call_id)


def caller_left_unowned(office: Office, fact: LegEnded) -> None:
    """A caller's channel ended while no session owned the call."""
    if fact.leg_id == fact.call_id and fact.call_id in office.open_calls:
        close_open_call(office, fact.call_id, fact.hangup_cause, seen=True)


def close_open_call(office: Office, call_id: str, hangup_cause: int | None, *, seen: bool) -> None:
    """End a call that nobody owns, and what it had left open. `seen` says whether Asterisk told of its end."""
    open_call = office.open_calls.pop(call_id)
    settle(office, open_call)
    call = open_call.call
    if not seen and call.answered_at is None and call.asked_at is None:
        # it had asked for nothing yet, and may have asked or been answered since
        office.record(CallEnded(at=office.clock(), call_id=call_id, outcome=CallOutcome.LOST, ended_by=EndedBy.UNKNOWN))
        return
    close_call(office, call, EndedBy.CALLER, hangup_cause)


def _call_of(row: dict[str, Any]) -> Call:
    asked: datetime | None = row["queued_at"] or (row["started_at"] if row["asked_for_person"] else None)
    return Call(
        call_id=row["call_id"],
        case_id=row["case_id"] or "",
        ani=row["ani"] or "",
        dnis=row["dnis"] or "",
        line_id=row["line_id"] or "",
        language=row["language"] or "",
        started_at=row["started_at"] or datetime.now(UTC),
        stage=_STAGES.get(row["stage"], CallStage.IN_MENU),
        queue_id=row["queue_id"],
        queued_at=row["queued_at"],
        asked_at=asked,
        answered_at=row["answered_at"],
        last_operator_id=row["operator_id"],
        recordings=row["recordings"],
        transfers=row["transfers"],
    )


_STAGES = {stage.value: stage for stage in CallStage}


def _open_offer(rows: list[dict[str, Any]]) -> OpenOffer | None:
    for row in rows:
        if row["ended_at"] is None and row["operator_id"] is not None:
            return OpenOffer(row["offer_id"], row["operator_id"], row["offered_at"], row["answered_at"])
    return None


def _open_transfer(rows: list[dict[str, Any]]) -> OpenTransfer | None:
    for row in rows:
        if row["ended_at"] is None and row["started_at"] is not None:
            return OpenTransfer(row["transfer_id"], row["started_at"], row["answered_at"])
    return None
