"""The service dies while somebody edits the city's files: the line stays up on the last good version."""

from __future__ import annotations

from pathlib import Path

from calls.events import CallQueued, ConfigurationLoaded
from tests.e2e.conftest import SwitchOn


async def test_the_last_good_version_is_served(tmp_path: Path, machine: SwitchOn) -> None:
    async with machine(changes={}) as place:
        citizen, call_id = await place.waiting()
        queues = tmp_path / "city" / "queues.yaml"
        good = queues.read_text(encoding="utf-8")
        await place.stand_by()
        await place.kill_service()
        queues.write_text(good.replace("queues:", "queeus:"), encoding="utf-8")
        await place.start_service()
        await place.happened(CallQueued, lambda e: e.call_id == call_id, count=2)
        refused = await place.happened(ConfigurationLoaded, lambda e: e.result == "refused")
        assert refused.version.startswith("1-")
        assert refused.problems

        phone = await place.phone("1001")
        await place.picks_up("1001")
        await phone.hangup()
        assert (await place.ended(call_id)).outcome == "answered"
        await citizen.result()

        queues.write_text(good + "# mended\n", encoding="utf-8")
        await place.happened(ConfigurationLoaded, lambda e: e.version.startswith("2-"))
