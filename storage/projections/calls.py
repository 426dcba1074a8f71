"""The table `calls`: one row for each caller's visit, from first ring to last record.

Total by design: an event that comes late, twice or without its beginning changes what it can and never raises. The
stage moves only while the call lives; a fact that is known is not overwritten by a later claim.
"""

from __future__ import annotations

import math
from datetime import datetime

from calls import events as e
from storage.projections.state import CallState, Handler, Row, first, seconds_between

STAGES = frozenset({"in_menu", "queued", "ringing", "talking", "transferring", "ended"})
"Where a call is. `ended` is the last."


def new_row(call_id: str, at: datetime) -> Row:
    """Return the row of a call of which nothing but its id is known."""
    return {
        "call_id": call_id,
        "case_id": None,
        "ani": None,
        "dnis": None,
        "line_id": None,
        "language": None,
        "queue_id": None,
        "operator_id": None,
        "stage": "in_menu",
        "started_at": at,
        "queued_at": None,
        "answered_at": None,
        "ended_at": None,
        "wait_seconds": None,
        "ring_seconds": None,
        "talk_seconds": 0.0,
        "outcome": None,
        "ended_by": None,
        "hangup_cause": None,
        "handled_by": None,
        "asked_for_person": False,
        "offers": 0,
        "transfers": 0,
        "recordings": 0,
        "resumed": 0,
        "callback_of": None,
        "forecast_at": None,
        "forecast_position": None,
        "forecast_seconds": None,
        "forecast_real_seconds": None,
        "incomplete": True,
    }


def apply(state: CallState, event: e.CallEvent) -> bool:
    """Change the call's row by one event; return whether it is another row than before."""
    row = state.call
    before = None if row is None else row.copy()
    if row is None:
        row = state.call = new_row(event.call_id, event.at)
    handler = _HANDLERS.get(type(event))
    if handler is not None:
        handler(row, event)
    _count(row, state)
    return row != before


def _count(row: Row, state: CallState) -> None:
    # counted from the rows themselves, so that an event told twice is not counted twice
    row["offers"] = len(state.offers)
    # fsum: the same to the last bit in whatever order the offers were loaded
    row["talk_seconds"] = math.fsum(offer["talk_seconds"] or 0.0 for offer in state.offers.values())
    row["transfers"] = len(state.transfers)
    row["recordings"] = sum(1 for recording in state.recordings.values() if recording["status"] == "completed")


def _move(row: Row, stage: str) -> None:
    if row["ended_at"] is None:
        row["stage"] = stage


def _stop_waiting(row: Row, at: datetime) -> None:
    if row["queued_at"] is not None and row["answered_at"] is None:
        row["wait_seconds"] = seconds_between(row["queued_at"], at)


def _started(row: Row, event: e.CallStarted) -> None:
    if not row["incomplete"]:
        return
    row["incomplete"] = False
    row["started_at"] = event.at
    row["case_id"] = event.case_id
    row["ani"] = event.ani
    row["dnis"] = event.dnis
    row["line_id"] = event.line_id
    row["callback_of"] = event.callback_of or None
    first(row, "language", event.language)


def _resumed(row: Row, event: e.CallResumed) -> None:
    row["resumed"] += 1
    if event.stage in STAGES and event.stage != "ended":
        _move(row, event.stage)


def _language_chosen(row: Row, event: e.LanguageChosen) -> None:
    row["language"] = event.language


def _queued(row: Row, event: e.CallQueued) -> None:
    row["asked_for_person"] = True
    row["queue_id"] = event.queue_id
    first(row, "queued_at", event.queued_at or event.at)
    _move(row, "queued")


def _forecast(row: Row, event: e.WaitForecast) -> None:
    if event.expected_seconds is None or row["forecast_at"] is not None:
        return
    row["forecast_at"] = event.at
    row["forecast_position"] = event.position
    row["forecast_seconds"] = event.expected_seconds


def _offered(row: Row, event: e.OperatorOffered) -> None:
    _move(row, "ringing")


def _offer_ended(row: Row, event: e.OfferEnded) -> None:
    if row["stage"] == "ringing":
        _move(row, "queued")


def _answered(row: Row, event: e.OperatorAnswered) -> None:
    _stop_waiting(row, event.at)
    forecast_at = row["forecast_at"]
    if forecast_at is not None and row["answered_at"] is None and math.isfinite(event.ring_seconds):
        waited = seconds_between(forecast_at, event.at)
        first(row, "forecast_real_seconds", max(0.0, waited - event.ring_seconds))  # the forecast ends before ringing
    first(row, "answered_at", event.at)
    first(row, "ring_seconds", event.ring_seconds)
    row["asked_for_person"] = True
    row["operator_id"] = event.operator_id
    _move(row, "talking")


def _dequeued(row: Row, event: e.CallDequeued) -> None:
    _stop_waiting(row, event.at)
    if row["stage"] in ("queued", "ringing"):
        _move(row, "transferring" if event.reason == "transferred" else "in_menu")


def _transfer_started(row: Row, event: e.TransferStarted) -> None:
    row["asked_for_person"] = True
    _move(row, "transferring")


def _transfer_answered(row: Row, event: e.TransferAnswered) -> None:
    _move(row, "talking")


def _transfer_returned(row: Row, event: e.TransferReturned) -> None:
    _move(row, "queued" if event.returned_to.startswith("queue:") else "ringing")


def _ended(row: Row, event: e.CallEnded) -> None:
    if row["ended_at"] is not None:
        return
    if row["wait_seconds"] is None:
        _stop_waiting(row, event.at)
    row["ended_at"] = event.at
    row["stage"] = "ended"
    row["outcome"] = str(event.outcome)
    row["ended_by"] = str(event.ended_by)
    row["hangup_cause"] = event.hangup_cause
    row["handled_by"] = event.handled_by


_HANDLERS: dict[type[e.Event], Handler] = {
    e.CallStarted: _started,
    e.CallResumed: _resumed,
    e.LanguageChosen: _language_chosen,
    e.CallQueued: _queued,
    e.WaitForecast: _forecast,
    e.OperatorOffered: _offered,
    e.OfferEnded: _offer_ended,
    e.OperatorAnswered: _answered,
    e.CallDequeued: _dequeued,
    e.TransferStarted: _transfer_started,
    e.TransferAnswered: _transfer_answered,
    e.TransferReturned: _transfer_returned,
    e.CallEnded: _ended,
}
