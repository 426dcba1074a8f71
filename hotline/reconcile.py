"""After a restart or a lost link: compares what the journal believes with what Asterisk has, and mends the difference.

Calls that still exist are adopted, calls that are gone are closed, phones are counted again. Every repair is logged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog

from agi_scripts.inbound import close_call, release_operator, settle
from agi_scripts.office import Office
from agi_scripts.orphans import OpenCall, OpenOffer, OpenTransfer
from calls.event_records import event_type
from calls.events import (
    CallEnded,
    CallOutcome,
    EndedBy,
    OperatorOffered,
    RecordingStarted,
    TransferStarted,
    TransferWay,
)
from calls.legs import LegAnswered, LegEnded, TransferAsked
from calls.model import Call, CallStage
from recording.recorder import RecordingPlan, channels_of, plan_recording
from storage.queries import Queries
from telephony.asterisk.legs import LegRecord
from telephony.tracker import endpoint_of

log = structlog.get_logger(__name__)


async def load_open_calls(queries: Queries, phone_of: Callable[[str], str]) -> dict[str, OpenCall]:
    """Return the calls that the journal has no end of, with what each left open.

    `phone_of` tells the phone that an operator works at: they can't have changed it during a call.
    """
    found: dict[str, OpenCall] = {}
    for row in await queries.unfinished_calls():
        record = await queries.show_call(row["call_id"])
        if record is None:
            continue
        call = _call_of(row)
        # the numbers of what comes next: every attempt and recording counts, also those that came to nothing
        call.to_call_back = any(event.type in ("callback_asked", "callback_queued") for event in record.events)
        call.transfers, call.recordings = len(record.transfers), len(record.recordings)
        # the call's row knows answers of operators; a person at a hotline is one as well
        reached = [
            r["answered_at"] for r in record.transfers if r["answered_at"] and r["outcome"] in (None, "answered")
        ]
        call.answered_at = min([*filter(None, (call.answered_at,)), *reached], default=None)
        found[row["call_id"]] = OpenCall(
            call,
            offer=_open_offer(record.offers, phone_of),
            transfer=_open_transfer(record.transfers),
            known_until=max((event.at for event in record.events), default=None),
            recordings=[
                RecordingPlan(r["recording_id"], r["path"], channels_of(r["party"]))
                for r in record.recordings
                if r["status"] == "started" and r["path"]
            ],
        )
    return found


def reconcile_calls(
    office: Office, unowned: Iterable[str], channels: set[str], legs: Mapping[str, Sequence[LegRecord]]
) -> None:
    """Close every call without an owner whose channel is gone; adopt the conversations that go on.

    `unowned` are the calls that nobody owned when Asterisk was asked, `channels` the unique ids of all channels that it
    has, `legs` its own record of the calls' legs.
    """
    for call_id in unowned:
        open_call = office.open_calls.get(call_id)
        if open_call is None:
            continue  # it came back meanwhile
        recorded = legs.get(call_id, ())
        for fact in open_call.learn(recorded):
            office.record(fact)
        if call_id not in channels:
            log.warning("call_closed_by_reconciler", call_id=call_id, stage=str(open_call.call.stage))
            own = next((leg for leg in recorded if leg.leg_id == call_id), None)
            if own is not None and own.ended_at is not None:
                close_open_call(office, call_id, own.hangup_cause, seen=True, at=own.ended_at)
            else:
                close_open_call(office, call_id, None, seen=False)
        else:
            for fact in open_call.overdue():
                office.record(fact)
            adopt(office, open_call)


def recover(office: Office, call_id: str, legs: Sequence[LegRecord]) -> None:
    """Take in whom a service had dialled when it died, before its journal knew; and the recording."""
    open_call = office.open_calls.get(call_id)
    if open_call is None:
        return
    offered = open_call.lost_offer(legs, office.room.operator_at)
    for fact in (*filter(None, [offered]), *open_call.lost_transfers(legs)):
        log.warning("lost_fact_recovered", call_id=call_id, fact=event_type(fact))
        office.record(fact)
        if isinstance(fact, OperatorOffered):
            _recover_recording(office, open_call, fact.at, fact.operator_id)
        elif isinstance(fact, TransferStarted):
            _recover_recording(office, open_call, fact.at, f"hotline:{fact.target_id}", fact.transfer_id)


def _recover_recording(office: Office, open_call: OpenCall, at: datetime, party: str, transfer_id: str = "") -> None:
    call_id, number = open_call.call.call_id, open_call.call.recordings + 1
    plan = plan_recording(call_id, number, at, channels_of(party))
    if not plan.raw_path(office.recordings_dir).exists():
        return
    open_call.call.recordings = number
    open_call.recordings.append(plan)
    office.record(
        RecordingStarted(
            at=at,
            call_id=call_id,
            recording_id=plan.recording_id,
            path=plan.path,
            party=party,
            transfer_id=transfer_id,
        )
    )


def adopt(office: Office, open_call: OpenCall) -> None:
    """Take over a conversation with an operator that nobody owns: they are talking, and not to be rung."""
    offer = open_call.offer
    if offer is not None and offer.answered_at is not None and offer.ended_at is None and open_call.adopted is None:
        open_call.adopted = office.room.adopt(offer.operator_id, open_call.call.call_id)
        log.info("conversation_adopted", call_id=open_call.call.call_id)


def answered_unowned(office: Office, fact: LegAnswered) -> None:
    """A leg was answered while no session owned its call."""
    open_call = office.open_calls.get(fact.call_id)
    if open_call is None or open_call.offer is None or endpoint_of(fact.channel) != open_call.offer.phone:
        return
    for answer in open_call.answered(fact.at):
        office.record(answer)
    adopt(office, open_call)


def ended_unowned(office: Office, fact: LegEnded) -> None:
    """A leg ended while no session owned its call: the caller's, the operator's or a hotline's."""
    open_call = office.open_calls.get(fact.call_id)
    if open_call is None:
        return
    if fact.leg_id == fact.call_id:
        close_open_call(office, fact.call_id, fact.hangup_cause, seen=True)
        return
    for end in open_call.leg_ended(fact):
        office.record(end)
    if open_call.offer is not None and open_call.offer.told and open_call.asked is None:
        release_operator(office, open_call)  # the caller goes on with the hotline


def pass_on_unowned(office: Office, asked: TransferAsked) -> bool:
    """Send the caller of an adopted conversation to a hotline; return whether that can be, and was not asked before.

    The caller's channel begins a new session, which dials the hotline. Asking the hotline first needs a session that
    the conversation no longer has.
    """
    open_call = office.open_calls.get(asked.call_id)
    if open_call is None or open_call.asked is not None or not open_call.is_with_operator:
        return False
    hotlines = (open_call.definitions or office.definitions).hotlines
    if asked.way is not TransferWay.BLIND or asked.target_id not in hotlines:
        log.warning("not_in_an_adopted_conversation", call_id=asked.call_id, way=str(asked.way))
        return False
    open_call.asked = asked
    office.switchboard.send_on(asked.call_id, hotlines.by_id(asked.target_id))
    return True


def close_open_call(
    office: Office, call_id: str, hangup_cause: int | None, *, seen: bool, at: datetime | None = None
) -> None:
    """End a call that nobody owns, and what it had left open. `seen` says whether Asterisk told of its end."""
    open_call = office.open_calls.pop(call_id)
    settle(office, open_call)
    call = open_call.call
    if not seen and call.answered_at is None and call.asked_at is None:
        # it had asked for nothing yet, and may have asked or been answered since
        office.record(CallEnded(at=office.clock(), call_id=call_id, outcome=CallOutcome.LOST, ended_by=EndedBy.UNKNOWN))
        return
    close_call(office, call, EndedBy.CALLER, hangup_cause, at)


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
        callback_of=row["callback_of"] or "",
    )


_STAGES = {stage.value: stage for stage in CallStage}


def _open_offer(rows: list[dict[str, Any]], phone_of: Callable[[str], str]) -> OpenOffer | None:
    for row in rows:
        if row["ended_at"] is None and row["operator_id"] is not None:
            phone = phone_of(row["operator_id"])
            return OpenOffer(row["offer_id"], row["operator_id"], phone, row["offered_at"], row["answered_at"])
    return None


def _open_transfer(rows: list[dict[str, Any]]) -> OpenTransfer | None:
    for row in rows:
        if row["ended_at"] is None and row["started_at"] is not None:
            return OpenTransfer(
                row["transfer_id"], row["started_at"], row["answered_at"], target_id=row["target_id"] or ""
            )
    return None
