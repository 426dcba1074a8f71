"""The table `duties`: messages, wishes to be called back and missed calls, until somebody has dealt with them."""

from __future__ import annotations

from calls import events as e
from storage.projections.state import CallState, Row, first


def new_row(call_id: str, duty_id: str, kind: str) -> Row:
    """Return the row of a duty of which nothing but its id is known."""
    return {
        "call_id": call_id,
        "duty_id": duty_id,
        "kind": kind,
        "number": None,
        "recording_id": None,
        "seconds": None,
        "asked_at": None,
        "due_at": None,
        "reason": None,
        "calls": None,
        "status": "open",
        "done_at": None,
        "done_by": None,
    }


def duty_id_of(event: e.MessageLeft | e.CallbackAsked | e.CallbackQueued | e.MissedCallListed) -> str:
    """Return the duty's id: a message's is its recording's; a number is called back once for each call."""
    match event:
        case e.MessageLeft():
            return event.recording_id
        case e.CallbackQueued():
            return event.callback_id
        case e.MissedCallListed():
            return event.duty_id
    return f"{event.call_id}-cb-{event.number}"


def apply(state: CallState, event: e.CallEvent) -> Row | None:
    """Change the duty that the event is about; return its row, or None for an event about none."""
    match event:
        case e.MessageLeft():
            row = _row(state, event.call_id, duty_id_of(event), "message")
            first(row, "recording_id", event.recording_id)
            first(row, "seconds", event.seconds)
        case e.CallbackAsked():
            row = _row(state, event.call_id, duty_id_of(event), "callback")
        case e.CallbackQueued() if event.source is not e.CallbackSource.MISSED:
            row = _row(state, event.call_id, duty_id_of(event), "callback")
        case e.MissedCallListed():
            row = _row(state, event.call_id, duty_id_of(event), "missed")
            first(row, "reason", event.reason)
            first(row, "calls", event.calls)
        case e.DutyDone():
            return _done(state, event)
        case _:
            return None
    first(row, "number", event.number)
    first(row, "asked_at", event.at)
    first(row, "due_at", event.due_at)
    return row


def _row(state: CallState, call_id: str, duty_id: str, kind: str) -> Row:
    row = state.duties.get(duty_id)
    if row is None:
        row = state.duties[duty_id] = new_row(call_id, duty_id, kind)
    row["kind"] = kind
    return row


def _done(state: CallState, event: e.DutyDone) -> Row:
    # kept even where its beginning comes later
    row = state.duties.get(event.duty_id)
    if row is None:
        row = state.duties[event.duty_id] = new_row(event.call_id, event.duty_id, "unknown")
    if row["status"] != "done":
        row["status"] = "done"
        row["done_at"] = event.at
        row["done_by"] = event.by
    return row
