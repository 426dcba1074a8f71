"""What an attempt to reach somebody came to, from what Asterisk said of the dialling. Pure tables."""

from __future__ import annotations

from calls.events import OfferOutcome, TransferOutcome
from calls.legs import DialOutcome

REJECTED = 21
"""Q.850: call rejected (SIP 403, 603)."""

UNREACHABLE = frozenset({1, 2, 3, 20, 27, 28, 34, 38, 41, 42})
"""Q.850: no such number, no route, subscriber absent, out of order, congestion (SIP 404, 480, 502, 503)."""


def transfer_outcome(dial: DialOutcome, hangup_cause: int | None) -> TransferOutcome:
    """Return the outcome of a transfer attempt. `hangup_cause` is the Q.850 cause of the target's leg."""
    if dial is DialOutcome.ANSWERED:
        return TransferOutcome.ANSWERED
    if dial is DialOutcome.CANCELLED:
        return TransferOutcome.CALLER_LEFT
    if dial is DialOutcome.BUSY:
        return TransferOutcome.BUSY
    if dial is DialOutcome.NO_ANSWER:
        return TransferOutcome.NO_ANSWER
    if hangup_cause == REJECTED:
        return TransferOutcome.REJECTED
    if dial is DialOutcome.UNAVAILABLE or hangup_cause in UNREACHABLE:
        return TransferOutcome.UNREACHABLE
    return TransferOutcome.FAILED


def offer_outcome(dial: DialOutcome, hangup_cause: int | None) -> OfferOutcome:
    """Return the outcome of an offer to an operator, in the same way."""
    outcome = transfer_outcome(dial, hangup_cause)
    return _OFFERS[outcome]


_OFFERS = {
    TransferOutcome.ANSWERED: OfferOutcome.ANSWERED,
    TransferOutcome.CALLER_LEFT: OfferOutcome.CALLER_LEFT,
    TransferOutcome.BUSY: OfferOutcome.BUSY,
    TransferOutcome.NO_ANSWER: OfferOutcome.MISSED,
    TransferOutcome.REJECTED: OfferOutcome.DECLINED,
    TransferOutcome.UNREACHABLE: OfferOutcome.UNREACHABLE,
    TransferOutcome.FAILED: OfferOutcome.FAILED,
}
