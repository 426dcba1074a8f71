"""The table `callbacks`: citizens who wait to be called back, and what became of each."""

from __future__ import annotations

from calls import events as e
from storage.projections.state import CallState, Handler, Row, first


def new_row(call_id: str, callback_id: str) -> Row:
    """Return the row of a wish of which nothing but its id is known."""
    return {
        "call_id": call_id,
        "callback_id": callback_id,
        "number": None,
        "queue_id": None,
        "source": None,
        "queued_at": None,
        "asked_at": None,
        "due_at": None,
        "attempts": 0,
        "placed_call_id": None,
        "last_outcome": None,
        "retry_at": None,
        "ended_at": None,
        "outcome": None,
        "by_call_id": None,
    }


def apply(state: CallState, event: e.CallEvent) -> Row | None:
    """Change the wish that the event is about; return its row, or None for an event about none."""
    handler = _HANDLERS.get(type(event))
    if handler is None:
        return None
    callback_id: str = event.callback_id  # type: ignore[attr-defined]  # every type in _HANDLERS has it
    row = state.callbacks.get(callback_id)
    if row is None:
        row = state.callbacks[callback_id] = new_row(event.call_id, callback_id)
    handler(row, event)
    return row


def _queued(row: Row, event: e.CallbackQueued) -> None:
    first(row, "asked_at", event.at)
    first(row, "number", event.number)
    first(row, "queue_id", event.queue_id)
    first(row, "source", str(event.source))
    first(row, "queued_at", event.queued_at)
    first(row, "due_at", event.due_at)


def _dialled(row: Row, event: e.CallbackDialled) -> None:
    if event.attempt > row["attempts"]:
        row["attempts"] = event.attempt
        row["placed_call_id"] = event.placed_call_id
        row["retry_at"] = None


def _attempted(row: Row, event: e.CallbackAttempted) -> None:
    if event.attempt >= row["attempts"]:
        row["last_outcome"] = str(event.outcome)
        row["retry_at"] = event.retry_at


def _ended(row: Row, event: e.CallbackEnded) -> None:
    if row["ended_at"] is None:
        row["ended_at"] = event.at
        row["outcome"] = str(event.outcome)
        row["by_call_id"] = event.by_call_id or None
        row["retry_at"] = None


_HANDLERS: dict[type[e.Event], Handler] = {
    e.CallbackQueued: _queued,
    e.CallbackDialled: _dialled,
    e.CallbackAttempted: _attempted,
    e.CallbackEnded: _ended,
}
