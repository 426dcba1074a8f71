"""The journal of a recorded call in short: what happened, without the times and ids of that one day."""

from __future__ import annotations

import dataclasses

from calls.events import CallEvent, Event, OperatorStateChanged, RecordingCompleted, RecordingDiscarded

_TELLING = (
    "operator_id",
    "state",
    "queue_id",
    "at_head",
    "node_id",
    "input",
    "key",
    "door",
    "initiator",
    "target_id",
    "outcome",
    "ended_by",
    "sip_status",
    "hangup_cause",
    "returned",
    "returned_to",
    "party",
    "reason",
)


def story_line(event: Event) -> str:
    """Return one line for an event of a call or an operator; nothing for others and for ends of recordings."""
    if isinstance(event, RecordingCompleted | RecordingDiscarded) or not isinstance(
        event, CallEvent | OperatorStateChanged
    ):
        return ""
    names = {field.name for field in dataclasses.fields(event)}
    told = [f"{name}={getattr(event, name)}" for name in _TELLING if name in names]
    return " ".join([type(event).__name__, *told])
