"""The softphone's own transfer button: it sends the citizen to a hotline's number, and to nothing else."""

from __future__ import annotations

import pytest

from calls.events import ConversationEnded, OperatorAnswered, TransferAnswered, TransferEnded, TransferStarted
from hotline.actors.phones import PhoneEventKind
from hotline.actors.target_scenario import Answers, Refuses
from tests.e2e.conftest import OpenTown
from tests.e2e.hearing import comes_to_hear
from tests.e2e.town import AT_ONCE, HOTLINE_HZ, VOICES_HZ


@pytest.mark.parametrize("dialled", ["96777", "**02"], ids=["the number", "the speed-dial key"])
async def test_the_hotline_answers(town: OpenTown, dialled: str) -> None:
    async with town(numbers={"96777": Answers(after_seconds=0.3)}) as place:
        phone = await place.phone("1001")
        ear = await place.ear()
        talk = await place.talking("1001", ear=ear)
        await comes_to_hear(ear, VOICES_HZ["1001"], place.folder)
        await phone.transfer(dialled)
        await phone.wait_for(PhoneEventKind.CLOSED, timeout_seconds=10)
        await place.happened(TransferAnswered)
        await comes_to_hear(ear, HOTLINE_HZ, place.folder)
        await place.until(lambda: place.state_of("1001") == "available", "the operator is free for others")
        await talk.citizen.hang_up()

        ended = await place.ended(talk.call_id)
        assert (ended.outcome, ended.ended_by) == ("answered", "caller")
        (left,) = place.of_call(talk.call_id, ConversationEnded)
        (started,) = place.all(TransferStarted)
        assert (left.ended_by, started.door, started.initiator) == ("operator", "refer", "1001")
        assert started.number == "96777"
        assert (started.at - left.at).total_seconds() < AT_ONCE
        assert len(place.target.calls_to("96777")) == 1
        record = await place.record_of(talk.call_id)
        assert [r["party"] for r in record.recordings] == ["1001", "hotline:gas"]


async def test_a_busy_hotline_comes_back(town: OpenTown) -> None:
    async with town(numbers={"96777": Refuses(486)}) as place:
        phone = await place.phone("1001")
        ear = await place.ear()
        talk = await place.talking("1001", ear=ear)
        await comes_to_hear(ear, VOICES_HZ["1001"], place.folder)
        await phone.transfer("96777")
        assert (await place.happened(TransferEnded)).outcome == "busy"
        await place.rings("1001")
        await phone.answer()
        await place.happened(OperatorAnswered, count=2)
        await comes_to_hear(ear, VOICES_HZ["1001"], place.folder)
        await phone.hangup()
        await place.ended(talk.call_id)
        record = await place.record_of(talk.call_id)
        (attempt,) = record.transfers
        assert (attempt["door"], attempt["outcome"], attempt["returned_to"]) == ("refer", "busy", "1001")
