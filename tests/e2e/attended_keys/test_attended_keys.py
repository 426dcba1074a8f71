"""Operators press *2 and a hotline's key, speak with the hotline first, and put the citizen through, or not."""

from __future__ import annotations

import httpx

from calls.events import ConversationEnded, RecordingCompleted, TransferAnswered, TransferRang, TransferStarted
from hotline.actors.target_scenario import Answers, NoAnswer, Refuses
from hotline.actors.tones import hears
from tests.e2e.conftest import OpenTown
from tests.e2e.desk import at_desk
from tests.e2e.hearing import hears_now
from tests.e2e.town import CALLER_HZ, HOTLINE_HZ, VOICES_HZ


async def test_put_through(town: OpenTown) -> None:
    async with town(numbers={"96777": Answers(after_seconds=0.3)}) as place, at_desk(place) as desk:
        await desk.talk()
        assert desk.ear is not None
        await desk.consulting("*202")
        assert not hears_now(desk.ear, VOICES_HZ["1001"], place.folder), "the citizen hears music meanwhile"
        assert not place.all(ConversationEnded)
        await desk.press("*9")  # and back to the citizen, who waits, and to the hotline again
        await desk.both_hear()
        await desk.press("*9")
        await desk.operator_hears(HOTLINE_HZ)
        await desk.press("*7")
        await desk.citizen_hears(HOTLINE_HZ)
        await place.until(lambda: place.state_of("1001") == "available", "the operator is free for others")
        await place.talk(0.5)
        await desk.all_over()

        (started,) = place.all(TransferStarted)
        assert (started.way, started.door, started.initiator) == ("attended", "operator_key", "1001")
        ended = await desk.ended()
        assert (ended.outcome, ended.ended_by) == ("answered", "caller")
        assert ended.talk_seconds > 0.5
        (left,) = place.all(ConversationEnded)
        assert left.ended_by == "operator"
        assert len(place.target.calls_to("96777")) == 1
        record = await place.record_of(desk.call_id)
        assert (record.call["outcome"], record.call["ended_by"]) == ("answered", "caller")
        second = await place.happened(RecordingCompleted, lambda e: e.recording_id.endswith("r2"))
        for hz in (HOTLINE_HZ, CALLER_HZ):
            assert any(hears(place.recording(second.path), hz, channel=side) for side in (0, 1))


async def test_not_put_through(town: OpenTown) -> None:
    numbers = {"96777": Answers(after_seconds=0.3), "96116": Refuses(486, after_seconds=0.5), "95598": NoAnswer()}
    async with town(numbers=numbers) as place, at_desk(place) as desk:
        await desk.talk()
        await desk.press("*201")
        assert (await desk.ended(1)).outcome == "busy"
        await desk.both_hear()

        await desk.press("*204")
        assert (await desk.ended(2)).outcome == "no_answer"
        await desk.both_hear()

        await desk.press("*204")
        await place.happened(TransferRang, count=3)
        await desk.press("*0")
        cancelled = await desk.ended(3)
        assert (cancelled.outcome, cancelled.ended_by) == ("cancelled", "operator")
        await desk.both_hear()

        await desk.consulting("*202")
        await desk.press("*0")
        given_up = await desk.ended(4)
        assert (given_up.outcome, given_up.ended_by) == ("answered", "operator")
        await desk.both_hear()
        assert not place.all(ConversationEnded), "it was one conversation all the time"

        # the citizen loses patience while the operator speaks with the hotline
        await desk.consulting("*202")
        await desk.all_over()
        await place.until(lambda: place.state_of("1001") == "talking", "the operator still speaks with the hotline")
        await desk.hang_up()
        await place.until(lambda: place.state_of("1001") == "available", "the operator is free")
        assert (await desk.ended(5)).outcome == "answered"
        assert len({e.transfer_id for e in place.all(TransferStarted)}) == 5


async def test_a_console_does_the_same(town: OpenTown) -> None:
    async with town(numbers={"96777": Answers(after_seconds=0.3)}) as place, at_desk(place) as desk:
        await desk.talk()
        api = f"http://127.0.0.1:{place.settings.http_port}/api/calls/{desk.call_id}/transfer"
        async with httpx.AsyncClient() as client:
            assert (await client.post(f"{api}/complete")).status_code == 409
            body = {"target_id": "gas", "initiator": "console7", "way": "attended"}
            assert (await client.post(api, json=body)).status_code == 202
            await desk.operator_hears(HOTLINE_HZ)
            assert (await client.post(f"{api}/swap")).status_code == 202
            await desk.both_hear()
            assert (await client.post(f"{api}/complete")).status_code == 202
        await desk.citizen_hears(HOTLINE_HZ)
        await desk.all_over()
        (started,) = place.all(TransferStarted)
        assert (started.door, started.initiator, started.way) == ("api", "console7", "attended")


async def test_operator_leaves_while_it_rings(town: OpenTown) -> None:
    numbers = {"96777": Answers(after_seconds=1.0), "96116": Refuses(486, after_seconds=1.0)}
    async with town(numbers=numbers) as place, at_desk(place) as desk:
        await desk.talk()
        await desk.press("*202")
        await place.happened(TransferRang)
        await desk.hang_up()
        await place.happened(TransferAnswered)
        await desk.citizen_hears(HOTLINE_HZ)
        await desk.all_over()
        assert (await desk.ended()).ended_by == "caller"

        await desk.talk()
        await desk.press("*201")
        await place.happened(TransferRang, count=2)
        await desk.hang_up()
        assert (await desk.ended()).outcome == "busy"
        await desk.pick_up()
        record = await place.record_of(desk.call_id)
        assert record.transfers[0]["returned_to"] == "1001"
        await desk.all_over()
