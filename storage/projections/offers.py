"""The table `offers`: each time a call was offered to one operator, and the conversation that came of it."""

from __future__ import annotations

from calls import events as e
from storage.projections.state import CallState, Handler, Row, first


def new_row(call_id: str, offer_id: str, operator_id: str) -> Row:
    """Return the row of an offer of which only the operator is known."""
    return {
        "call_id": call_id,
        "offer_id": offer_id,
        "operator_id": operator_id,
        "queue_id": None,
        "returned": False,
        "offered_at": None,
        "rang_at": None,
        "answered_at": None,
        "ended_at": None,
        "outcome": None,
        "ring_seconds": None,
        "talk_seconds": None,
        "ended_by": None,
        "hangup_cause": None,
    }


def apply(state: CallState, event: e.CallEvent) -> Row | None:
    """Change the offer that the event is about; return its row, or None for an event about no offer."""
    handler = _HANDLERS.get(type(event))
    if handler is None:
        return None
    offer_id: str = event.offer_id  # type: ignore[attr-defined]  # every type in _HANDLERS has it
    row = state.offers.get(offer_id)
    if row is None:
        operator_id: str = event.operator_id  # type: ignore[attr-defined]
        row = state.offers[offer_id] = new_row(event.call_id, offer_id, operator_id)
    handler(row, event)
    return row


def _offered(row: Row, event: e.OperatorOffered) -> None:
    if row["offered_at"] is None:
        row["offered_at"] = event.at
        row["queue_id"] = event.queue_id
        row["returned"] = event.returned


def _rang(row: Row, event: e.OperatorRang) -> None:
    first(row, "rang_at", event.at)


def _answered(row: Row, event: e.OperatorAnswered) -> None:
    first(row, "answered_at", event.at)
    first(row, "ring_seconds", event.ring_seconds)
    first(row, "outcome", str(e.OfferOutcome.ANSWERED))


def _ended(row: Row, event: e.OfferEnded) -> None:
    if row["outcome"] is None:
        row["outcome"] = str(event.outcome)
        row["ended_at"] = event.at
        row["hangup_cause"] = event.hangup_cause
    first(row, "ring_seconds", event.ring_seconds)


def _conversation_ended(row: Row, event: e.ConversationEnded) -> None:
    if row["talk_seconds"] is None:
        row["talk_seconds"] = event.talk_seconds
        row["ended_at"] = event.at
        row["ended_by"] = str(event.ended_by)
        row["hangup_cause"] = event.hangup_cause


_HANDLERS: dict[type[e.Event], Handler] = {
    e.OperatorOffered: _offered,
    e.OperatorRang: _rang,
    e.OperatorAnswered: _answered,
    e.OfferEnded: _ended,
    e.ConversationEnded: _conversation_ended,
}
