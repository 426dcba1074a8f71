"""Operators pass callers on; where the hotline can't be had, the same operator's phone rings again."""

from __future__ import annotations

import asyncio

import pytest

from calls.events import OperatorAnswered, OperatorOffered, TransferEnded, TransferReturned
from hotline.actors.phones import PhoneEventKind
from hotline.actors.target_scenario import Behaviour, NoAnswer, Refuses
from tests.e2e.conftest import OpenTown
from tests.e2e.town import AT_ONCE, Talk, Town

KEYS = {"gas": "*102", "water": "*101", "power": "*104"}
NUMBERS = {"gas": "96777", "water": "96116", "power": "95598"}
OPERATORS = {"gas": "1001", "water": "1003", "power": "1002"}
"""1002 can do more than the others, and is kept for who needs it."""

Failures = dict[str, tuple[Behaviour, str, int | None]]
"""Hotline to how it behaves, and the outcome and SIP status that must be recorded."""


@pytest.mark.parametrize(
    "failures",
    [
        {"gas": (Refuses(486), "busy", 486), "water": (NoAnswer(), "no_answer", None)},
        {
            "gas": (Refuses(404), "unreachable", 404),
            "water": (Refuses(503), "unreachable", 503),
            "power": (Refuses(603), "rejected", 603),
        },
    ],
    ids=["busy or silent", "refused"],
)
async def test_failed_transfers_come_back(town: OpenTown, failures: Failures) -> None:
    numbers = {NUMBERS[hotline]: behaviour for hotline, (behaviour, _, _) in failures.items()}
    async with town(numbers=numbers) as place:
        for hotline in failures:
            await place.phone(OPERATORS[hotline])
        talks = {hotline: await place.talking(OPERATORS[hotline]) for hotline in failures}
        await asyncio.gather(*(pass_on_and_get_back(place, hotline, talk) for hotline, talk in talks.items()))
        for hotline, (_, outcome, sip_status) in failures.items():
            record = await place.record_of(talks[hotline].call_id)
            (attempt,) = record.transfers
            assert (attempt["outcome"], attempt["sip_status"], attempt["target_id"]) == (outcome, sip_status, hotline)
            assert (attempt["door"], attempt["initiator"]) == ("operator_key", OPERATORS[hotline])
            assert attempt["returned_to"] == OPERATORS[hotline]
            assert [(o["operator_id"], o["returned"]) for o in record.offers] == [
                (OPERATORS[hotline], False),
                (OPERATORS[hotline], True),
            ]


async def pass_on_and_get_back(place: Town, hotline: str, talk: Talk) -> None:
    """Press the hotline's key, fail, and have the same operator answer again."""

    def mine(event: OperatorAnswered | OperatorOffered | TransferEnded | TransferReturned) -> bool:
        return event.call_id == talk.call_id

    await talk.phone.press(KEYS[hotline])
    ended = await place.happened(TransferEnded, mine)
    assert (await place.happened(TransferReturned, mine)).returned_to == OPERATORS[hotline]
    offered = await place.happened(OperatorOffered, mine, count=2)
    assert (offered.at - ended.at).total_seconds() < AT_ONCE
    await talk.phone.wait_for(PhoneEventKind.INCOMING, timeout_seconds=10)
    await talk.phone.answer()
    await talk.phone.wait_for(PhoneEventKind.ESTABLISHED, timeout_seconds=10)
    await place.happened(OperatorAnswered, mine, count=2)
    await talk.phone.hangup()
    assert (await talk.citizen.result()).ended_by == "far_end"
    assert (await place.ended(talk.call_id)).outcome == "answered"
