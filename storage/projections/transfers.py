"""The table `transfers`: each attempt to reach a hotline, with its outcome."""

from __future__ import annotations

from calls import events as e
from storage.projections.state import CallState, Handler, Row, first, milliseconds

_HOTLINE = "hotline:"


def new_row(call_id: str, transfer_id: str) -> Row:
    """Return the row of an attempt of which nothing but its id is known."""
    return {
        "call_id": call_id,
        "transfer_id": transfer_id,
        "door": None,
        "way": None,
        "initiator": None,
        "target_id": None,
        "number": None,
        "trunk": None,
        "started_at": None,
        "ringing_at": None,
        "answered_at": None,
        "ended_at": None,
        "ring_ms": None,
        "talk_ms": None,
        "outcome": None,
        "sip_status": None,
        "hangup_cause": None,
        "ended_by": None,
        "short": False,
        "reason": None,
        "returned_to": None,
        "recording_id": None,
    }


def row_of(state: CallState, event: e.CallEvent) -> Row | None:
    """Return the row of the attempt that the event is about, made where there is none; None for an event about none."""
    if isinstance(event, e.RecordingStarted) and not event.transfer_id:
        return _recorded(state, event)
    if type(event) not in _HANDLERS:
        return None
    transfer_id: str = event.transfer_id  # type: ignore[attr-defined]  # every type in _HANDLERS has it
    row = state.transfers.get(transfer_id)
    if row is None:
        row = state.transfers[transfer_id] = new_row(event.call_id, transfer_id)
    return row


def apply(row: Row, event: e.CallEvent) -> None:
    """Change an attempt's row by an event about it."""
    _HANDLERS[type(event)](row, event)


def _recorded(state: CallState, event: e.RecordingStarted) -> Row | None:
    # older journals name the hotline, not the attempt: the recording is the latest attempt's there that has none
    if not event.party.startswith(_HOTLINE):
        return None
    target_id = event.party.removeprefix(_HOTLINE)
    fitting = [
        row
        for row in state.transfers.values()
        if row["target_id"] == target_id and row["recording_id"] is None and row["started_at"] is not None
    ]
    if not fitting or any(row["recording_id"] == event.recording_id for row in state.transfers.values()):
        return None
    return max(fitting, key=lambda row: (row["started_at"], row["transfer_id"]))


def _started(row: Row, event: e.TransferStarted) -> None:
    if row["started_at"] is None:
        row["started_at"] = event.at
        row["door"] = str(event.door)
        row["way"] = str(event.way)
        row["initiator"] = event.initiator
        row["target_id"] = event.target_id
        row["number"] = event.number
        row["trunk"] = event.trunk


def _rang(row: Row, event: e.TransferRang) -> None:
    first(row, "ringing_at", event.at)


def _answered(row: Row, event: e.TransferAnswered) -> None:
    if row["answered_at"] is None:
        row["answered_at"] = event.at
        # what the end says of it is a second reading
        row["ring_ms"] = milliseconds(event.ring_seconds)


def _ended(row: Row, event: e.TransferEnded) -> None:
    if row["ended_at"] is not None:
        return
    row["ended_at"] = event.at
    row["outcome"] = str(event.outcome)
    row["talk_ms"] = milliseconds(event.talk_seconds)
    row["ended_by"] = str(event.ended_by)
    row["sip_status"] = event.sip_status
    row["hangup_cause"] = event.hangup_cause
    row["short"] = event.short
    row["reason"] = event.reason or None
    first(row, "ring_ms", milliseconds(event.ring_seconds))


def _returned(row: Row, event: e.TransferReturned) -> None:
    first(row, "returned_to", event.returned_to)


def _linked(row: Row, event: e.RecordingStarted) -> None:
    first(row, "recording_id", event.recording_id)


_HANDLERS: dict[type[e.Event], Handler] = {
    e.TransferStarted: _started,
    e.TransferRang: _rang,
    e.TransferAnswered: _answered,
    e.TransferEnded: _ended,
    e.TransferReturned: _returned,
    e.RecordingStarted: _linked,
}
