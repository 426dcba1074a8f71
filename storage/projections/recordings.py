"""The table `recordings`: every recording that was begun, and what became of it."""

from __future__ import annotations

from calls import events as e
from storage.projections.state import CallState, Handler, Row, first


def new_row(call_id: str, recording_id: str) -> Row:
    """Return the row of a recording of which nothing but its id is known."""
    return {
        "call_id": call_id,
        "recording_id": recording_id,
        "path": None,
        "party": None,
        "status": "started",
        "started_at": None,
        "ended_at": None,
        "duration_seconds": None,
        "size_bytes": None,
        "sha256": None,
        "reason": None,
    }


def apply(state: CallState, event: e.CallEvent) -> Row | None:
    """Change the recording that the event is about; return its row, or None for an event about none."""
    handler = _HANDLERS.get(type(event))
    if handler is None:
        return None
    recording_id: str = event.recording_id  # type: ignore[attr-defined]  # every type in _HANDLERS has it
    row = state.recordings.get(recording_id)
    if row is None:
        row = state.recordings[recording_id] = new_row(event.call_id, recording_id)
    handler(row, event)
    return row


def _started(row: Row, event: e.RecordingStarted) -> None:
    first(row, "started_at", event.at)
    first(row, "path", event.path)
    first(row, "party", event.party)


def _completed(row: Row, event: e.RecordingCompleted) -> None:
    # completed after discarded is believed: the file is there, with its checksum
    if row["status"] == "completed":
        return
    row["status"] = "completed"
    row["ended_at"] = event.at
    row["path"] = event.path
    row["duration_seconds"] = event.duration_seconds
    row["size_bytes"] = event.size_bytes
    row["sha256"] = event.sha256
    row["reason"] = None


def _discarded(row: Row, event: e.RecordingDiscarded) -> None:
    if row["status"] == "started":
        row["status"] = "discarded"
        row["ended_at"] = event.at
        row["reason"] = event.reason


_HANDLERS: dict[type[e.Event], Handler] = {
    e.RecordingStarted: _started,
    e.RecordingCompleted: _completed,
    e.RecordingDiscarded: _discarded,
}
