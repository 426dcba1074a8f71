"""A queue's needs widen with the wait, and an admin's edit of them reaches a caller who waits already."""

from __future__ import annotations

from pathlib import Path

from calls.events import CallQueued, ConfigurationLoaded, OperatorOffered
from tests.e2e.conftest import OpenTown
from tests.e2e.town import AT_ONCE, MENU, PressKey

STEPS = "skills: {zh: 1}, steps: [{needs: gas >= 3, for_seconds: 2}, {needs: anyone}]"


async def test_steps_widen_and_can_be_edited_while_callers_wait(tmp_path: Path, town: OpenTown) -> None:
    opened = town(changes={"limits": {"max_wait_seconds": 60}})
    file = tmp_path / "city" / "queues.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("skills: {zh: 1, gas: 3}", STEPS), encoding="utf-8")
    async with opened as place:
        await place.phone("1001")
        first, first_id = await place.waiting(MENU, PressKey("4"), dialled="12345")
        assert place.service.room.position(first_id) == 1, "waits for an expert although an operator is idle"
        await place.picks_up("1001")
        (queued,), (offered,) = place.of_call(first_id, CallQueued), place.of_call(first_id, OperatorOffered)
        assert 1.9 < (offered.at - queued.at).total_seconds() < 2 + AT_ONCE
        await first.hang_up()
        await place.ended(first_id)

        file.write_text(file.read_text(encoding="utf-8").replace("for_seconds: 2", "for_seconds: 600"), "utf-8")
        await place.happened(ConfigurationLoaded, lambda e: e.version.startswith("2-"))
        second, second_id = await place.waiting(MENU, PressKey("4"), dialled="12345")
        assert place.service.room.position(second_id) == 1
        file.write_text(file.read_text(encoding="utf-8").replace("gas >= 3", "zh"), "utf-8")
        loaded = await place.happened(ConfigurationLoaded, lambda e: e.version.startswith("3-"))
        await place.picks_up("1001")
        (offered,) = place.of_call(second_id, OperatorOffered)
        assert abs((offered.at - loaded.at).total_seconds()) < AT_ONCE, "the edit reached the caller who waited"
        await second.hang_up()
        await place.ended(second_id)
