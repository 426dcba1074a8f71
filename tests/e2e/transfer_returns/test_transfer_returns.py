"""An operator passes the caller on; where the hotline can't be had, the same operator's phone rings again."""

from __future__ import annotations

import pytest

from calls.events import CallEnded, OperatorAnswered, TransferEnded, TransferReturned
from hotline.actors.phones import PhoneEventKind
from hotline.actors.target_scenario import Behaviour, NoAnswer, Refuses
from tests.e2e.conftest import OpenTown
from tests.e2e.town import PressKey, WaitSeconds


@pytest.mark.parametrize(
    ("behaviour", "outcome", "sip_status"),
    [
        (Refuses(486), "busy", 486),
        (NoAnswer(), "no_answer", None),
        (Refuses(603), "rejected", 603),
        (Refuses(404), "unreachable", 404),
        (Refuses(503), "unreachable", 503),
    ],
)
async def test_failed_transfer_comes_back(
    town: OpenTown, behaviour: Behaviour, outcome: str, sip_status: int | None
) -> None:
    async with town(numbers={"96777": behaviour}) as place:
        phone = await place.phone("1001")
        citizen = await place.citizen(WaitSeconds(0.5), PressKey("1"))
        await phone.wait_for(PhoneEventKind.INCOMING, timeout_seconds=5)
        await phone.answer()
        await place.happened(OperatorAnswered)
        await phone.wait_for(PhoneEventKind.ESTABLISHED, timeout_seconds=5)
        await phone.press("*102")
        ended = await place.happened(TransferEnded)
        assert (ended.outcome, ended.sip_status) == (outcome, sip_status)
        returned = await place.happened(TransferReturned)
        assert returned.returned_to == "1001"
        await phone.wait_for(PhoneEventKind.INCOMING, timeout_seconds=5)
        await phone.answer()
        await place.happened(OperatorAnswered, count=2)
        await phone.wait_for(PhoneEventKind.ESTABLISHED, timeout_seconds=5)
        await phone.hangup()
        await citizen.result()
        assert (await place.happened(CallEnded)).outcome == "answered"
        (attempt,) = (await place.record_of(ended.call_id)).transfers
        assert (attempt["outcome"], attempt["door"], attempt["initiator"]) == (outcome, "operator_key", "1001")
