"""A conversation that outlived the service is passed on as any other: by key or console, and back if that fails."""

from __future__ import annotations

import httpx

from calls.events import TransferAnswered, TransferEnded, TransferReturned, TransferStarted
from hotline.actors.target_scenario import Answers, Refuses
from tests.e2e.conftest import SwitchOn
from tests.e2e.hearing import comes_to_hear
from tests.e2e.town import HOTLINE_HZ


async def test_keys_and_console(machine: SwitchOn) -> None:
    numbers = {"96777": Answers(after_seconds=0.2), "96116": Refuses(486)}
    async with machine(numbers=numbers) as place:
        await place.phone("1001")
        await place.phone("1003")
        ear = await place.ear()
        by_key = await place.talking("1001", ear=ear)
        by_console = await place.talking("1003")
        await place.stand_by()
        await place.kill_service()
        await place.start_service()
        await place.until(
            lambda: [place.state_of(each) for each in ("1001", "1003")] == ["talking"] * 2, "both are known to talk"
        )

        await by_key.phone.press("*102")
        await place.happened(TransferAnswered)
        await comes_to_hear(ear, HOTLINE_HZ, place.folder)
        await place.until(lambda: place.state_of("1001") == "available", "the operator is free for others")
        (started,) = place.all(TransferStarted)
        assert (started.door, started.initiator, started.target_id) == ("operator_key", "1001", "gas")
        await by_key.citizen.hang_up()
        assert (await place.ended(by_key.call_id)).outcome == "answered"

        url = f"http://127.0.0.1:{place.settings.http_port}/api/calls/{by_console.call_id}/transfer"
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(url, json={"target_id": "water", "initiator": "console7"})
            assert answer.status_code == 202, answer.text
            again = await client.post(url, json={"target_id": "gas", "initiator": "console8"})
            assert again.status_code == 404, "two who press transfer once"
        assert (await place.happened(TransferEnded, count=2)).outcome == "busy"
        returned = await place.happened(TransferReturned)
        assert (returned.call_id, returned.returned_to) == (by_console.call_id, "1003")
        await place.picks_up("1003")
        await by_console.phone.hangup()
        assert (await place.ended(by_console.call_id)).outcome == "answered"
        assert [call.dialled for call in place.target.calls()] == ["96777", "96116"]
