"""How calls and attempts end, by table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from calls.events import CallOutcome, EndedBy, OfferOutcome, TransferOutcome
from calls.legs import DialOutcome
from calls.model import Call, final_outcome
from calls.outcomes import offer_outcome, transfer_outcome

T0 = datetime(2026, 1, 1, tzinfo=UTC)
CALL = Call("c", "1", "138", "12345", "citizen", "zh", T0)
LATER = T0 + timedelta(seconds=3)


@pytest.mark.parametrize(
    ("dial", "cause", "transfer", "offer"),
    [
        (DialOutcome.ANSWERED, 16, TransferOutcome.ANSWERED, OfferOutcome.ANSWERED),
        (DialOutcome.BUSY, 17, TransferOutcome.BUSY, OfferOutcome.BUSY),
        (DialOutcome.NO_ANSWER, None, TransferOutcome.NO_ANSWER, OfferOutcome.MISSED),
        (DialOutcome.CANCELLED, None, TransferOutcome.CALLER_LEFT, OfferOutcome.CALLER_LEFT),
        (DialOutcome.CONGESTED, 21, TransferOutcome.REJECTED, OfferOutcome.DECLINED),
        (DialOutcome.UNAVAILABLE, 21, TransferOutcome.REJECTED, OfferOutcome.DECLINED),
        (DialOutcome.CONGESTED, 1, TransferOutcome.UNREACHABLE, OfferOutcome.UNREACHABLE),
        (DialOutcome.CONGESTED, 34, TransferOutcome.UNREACHABLE, OfferOutcome.UNREACHABLE),
        (DialOutcome.UNAVAILABLE, None, TransferOutcome.UNREACHABLE, OfferOutcome.UNREACHABLE),
        (DialOutcome.CONGESTED, 127, TransferOutcome.FAILED, OfferOutcome.FAILED),
        (DialOutcome.FAILED, None, TransferOutcome.FAILED, OfferOutcome.FAILED),
    ],
)
def test_what_dialling_came_to(
    dial: DialOutcome, cause: int | None, transfer: TransferOutcome, offer: OfferOutcome
) -> None:
    assert transfer_outcome(dial, cause) is transfer
    assert offer_outcome(dial, cause) is offer


@pytest.mark.parametrize(
    ("call", "ended_by", "now", "outcome"),
    [
        (replace(CALL), EndedBy.CALLER, LATER, CallOutcome.LEFT_IN_MENU),
        (replace(CALL, asked_at=T0), EndedBy.CALLER, LATER, CallOutcome.SHORT_ABANDON),
        (replace(CALL, asked_at=T0), EndedBy.CALLER, T0 + timedelta(seconds=5), CallOutcome.ABANDONED),
        (replace(CALL, asked_at=T0, answered_at=T0), EndedBy.OPERATOR, LATER, CallOutcome.ANSWERED),
        (replace(CALL, asked_at=T0, timed_out=True), EndedBy.SERVICE, LATER, CallOutcome.TIMED_OUT),
        (replace(CALL, asked_at=T0), EndedBy.SERVICE, LATER, CallOutcome.NOT_CONNECTED),
        (replace(CALL, closed=True), EndedBy.SERVICE, LATER, CallOutcome.CLOSED),
    ],
)
def test_how_a_call_ended(call: Call, ended_by: EndedBy, now: datetime, outcome: CallOutcome) -> None:
    assert final_outcome(call, ended_by, now, short_abandon_seconds=5) is outcome
