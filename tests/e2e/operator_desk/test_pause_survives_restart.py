"""The service dies while an operator is at lunch: they are still at lunch when it is back."""

from __future__ import annotations

import httpx

from calls.events import ServiceStarted
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
