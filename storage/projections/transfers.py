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
        "returned_to": None,
        "recording_id": None,
    }


def apply(state: CallState, event: e.CallEvent) -> Row | None:
    """Change the attempt that the event is about; return its row, or None for an event about none."""
    if isinstance(event, e.RecordingStarted):
        return _recorded(state, event)
    handler = _HANDLERS.get(type(event))
    if handler is None:
        return None
    transfer_id: str = event.transfer_id  # type: ignore[attr-defined]  # every type in _HANDLERS has it
    row = state.transfers.get(transfer_id)
    if row is None:
        row = state.transfers[transfer_id] = new_row(event.call_id, transfer_id)
    handler(row, event)
    return row


def _recorded(state: CallState, event: e.RecordingStarted) -> Row | None:
    # a recording names the hotline, not the attempt: it belongs to the latest attempt there that has none
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
    latest = max(fitting, key=lambda row: (row["started_at"], row["transfer_id"]))
    latest["recording_id"] = event.recording_id
    return latest


def _started(row: Row, event: e.TransferStarted) -> None:
    if row["started_at"] is None:
        row["started_at"] = event.at
        row["door"] = str(event.door)
        row["initiator"] = event.initiator
        row["target_id"] = event.target_id
        row["number"] = event.number
        row["trunk"] = event.trunk


def _rang(row: Row, event: e.TransferRang) -> None:
    first(row, "ringing_at", event.at)


def _answered(row: Row, event: e.TransferAnswered) -> None:
    first(row, "answered_at", event.at)
    first(row, "ring_ms", milliseconds(event.ring_seconds))


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
    first(row, "ring_ms", milliseconds(event.ring_seconds))


def _returned(row: Row, event: e.TransferReturned) -> None:
    first(row, "returned_to", event.returned_to)


_HANDLERS: dict[type[e.Event], Handler] = {
    e.TransferStarted: _started,
    e.TransferRang: _rang,
    e.TransferAnswered: _answered,
    e.TransferEnded: _ended,
    e.TransferReturned: _returned,
}
