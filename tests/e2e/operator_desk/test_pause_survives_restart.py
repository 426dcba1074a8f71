"""The service dies while operators pause, will pause, or wrap up: all of it is as it was when it is back."""

from __future__ import annotations

from pathlib import Path

import httpx

from calls.events import CallResumed, OperatorStateChanged, PauseWanted, ServiceStarted
from tests.e2e.conftest import SwitchOn


async def test_a_pause_outlives_the_service(machine: SwitchOn) -> None:
    async with machine() as place:
        await place.phone("1001")
        base = f"http://{place.settings.bind}:{place.settings.http_port}/api/operators"
        async with httpx.AsyncClient() as client:
            assert (await client.post(f"{base}/1001/pause")).json()["state"] == "paused"
            await place.until(lambda: place.state_of("1001") == "paused", "the journal knows")
            await place.kill_service()
            await place.start_service()
            await place.happened(ServiceStarted, count=2)
            _, call_id = await place.waiting()
            assert place.states("1001")[-1] == "paused(break)", "announced again, as it was"
            assert (await client.post(f"{base}/1001/resume")).json()["state"] in ("available", "ringing")
        await place.picks_up("1001")
        await place.phones["1001"].hangup()
        await place.ended(call_id)


async def test_a_pause_to_come_and_a_wrap_up_outlive_the_service(tmp_path: Path, machine: SwitchOn) -> None:
    switched_on = machine(changes={})
    file = tmp_path / "city" / "queues.yaml"
    file.write_text(file.read_text("utf-8").replace("callback: true", "callback: true, wrap_up_seconds: 60"), "utf-8")
    async with switched_on as place:
        talk = None
        for operator_id in ("1001", "1003"):
            await place.phone(operator_id)
            talk = await place.talking(operator_id)
            if operator_id == "1001":
                await talk.citizen.hang_up()
                await place.ended(talk.call_id)
        assert talk is not None
        base = f"http://{place.settings.bind}:{place.settings.http_port}/api/operators"
        async with httpx.AsyncClient() as client:
            assert (await client.post(f"{base}/1003/pause")).json()["pause_wanted"] == "break"
            assert (await place.happened(PauseWanted)).operator_id == "1003"
            wrap_up = await place.happened(OperatorStateChanged, lambda e: e.state == "wrap_up")
            await place.kill_service()
            await place.start_service()
            again = await place.happened(OperatorStateChanged, lambda e: e.state == "wrap_up", count=2)
            assert (again.operator_id, again.until) == ("1001", wrap_up.until)
            await place.happened(PauseWanted, count=2)
            await place.until(lambda: place.state_of("1003") == "talking", "the conversation goes on")
            await talk.citizen.hang_up()
            await place.ended(talk.call_id)
            await place.until(lambda: place.states("1003")[-1] == "paused(break)", "now the pause begins")
            assert place.state_of("1001") == "wrap_up"
            assert (await client.post(f"{base}/1001/finish-wrap-up")).json()["state"] == "available"
        assert not place.all(CallResumed)
