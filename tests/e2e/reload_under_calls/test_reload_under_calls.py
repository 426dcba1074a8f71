"""An admin edits the menu while fifty citizens stand in it: they finish as they began, the next hears the new one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from calls.errors import ConfigurationError
from calls.events import ConfigurationLoaded, MenuEntered, MenuLeft
from hotline.actors.citizens import CitizenCrowd
from hotline.actors.scripts import CitizenScript, HangUp, PressKey, WaitForHangup, WaitSeconds
from hotline.control_socket import ask_service
from tests.e2e.conftest import OpenTown
from tests.e2e.town import MENU, Town

CALLS = 50


@pytest.fixture
def edit(tmp_path: Path) -> Callable[[str, str, str], None]:
    """Return what edits a file of the town's own city, as an admin does."""

    def replace(file: str, old: str, new: str) -> None:
        path = tmp_path / "city" / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    return replace


async def crowd_in_the_menu(place: Town) -> CitizenCrowd:
    """Have fifty citizens dial, who press 9 long after they came to the menu."""
    settings = place.service.prepared.settings
    crowd = CitizenCrowd(
        CitizenScript((WaitSeconds(7), PressKey("9"), WaitForHangup(20), HangUp()), ani="13900000001"),
        target=f"{settings.bind}:{settings.sip_port}",
        dialled="12345",
        folder=place.folder / "crowd",
        calls=CALLS,
        calls_per_second=25,
    )
    await crowd.start()
    await place.until(lambda: len(place.all(MenuEntered)) == CALLS, f"{CALLS} callers are in the menu")
    return crowd


async def test_calls_finish_on_the_version_that_they_began_with(
    tmp_path: Path, town: OpenTown, edit: Callable[[str, str, str], None]
) -> None:
    async with town(changes={"limits": {"max_wait_seconds": 60}}) as place:
        edit("flows.yaml", "timeout_seconds: 1", "timeout_seconds: 15")
        await place.happened(ConfigurationLoaded, lambda e: e.version.startswith("2-"))
        crowd = await crowd_in_the_menu(place)
        edit("flows.yaml", '"9": bye', '"7": bye')
        edit("prompts.yaml", "人工请按一", "人工请按一，再见请按七")
        loaded = await place.happened(ConfigurationLoaded, lambda e: e.version.startswith("3-"))
        result = await crowd.result()
        await crowd.stop()
        left = place.all(MenuLeft)
        assert [(e.input, e.key, e.next_node_id) for e in left] == [("key", "9", "bye")] * CALLS
        assert all(e.at > loaded.at for e in left), "the edit came while they were in the menu"
        assert (len(result.fates), result.unended) == (CALLS, 0)
        citizen = await place.citizen(MENU, PressKey("7"))
        call_id = await place.call_of(citizen)
        assert (await place.ended(call_id)).ended_by == "service"
        assert [(e.key, e.next_node_id) for e in place.of_call(call_id, MenuLeft)] == [("7", "bye")]
        sounds = place.service.office.definitions.prompts_dir
        assert sounds != place.service.prepared.settings.prompts_dir
        assert (sounds / "zh" / "main_menu.alaw").stat().st_size > 8000


async def test_a_bad_edit_changes_nothing_and_says_why(
    tmp_path: Path, town: OpenTown, edit: Callable[[str, str, str], None]
) -> None:
    async with town(changes={"limits": {"max_wait_seconds": 60}}) as place:
        before = place.service.office.definitions
        edit("flows.yaml", '"1": person', '"1": persn')
        refused = await place.happened(ConfigurationLoaded, lambda e: e.result == "refused")
        assert (refused.problems, refused.version) == (1, before.version)
        report = place.service.menus.reloader.last
        assert "city/flows.yaml:9:21: " in report.problems[0]
        assert "persn" in report.problems[0]
        assert place.service.office.definitions is before
        citizen = await place.citizen(MENU, PressKey("9"))
        call_id = await place.call_of(citizen)
        await place.ended(call_id)
        assert [(e.key, e.next_node_id) for e in place.of_call(call_id, MenuLeft)] == [("9", "bye")]
        edit("flows.yaml", '"1": persn', '"1": person')
        await place.happened(ConfigurationLoaded, lambda e: e.result == "loaded" and e.version == before.version)
        assert place.service.office.definitions is before


async def test_commands_reach_the_service_and_a_rollback_holds(
    tmp_path: Path, town: OpenTown, edit: Callable[[str, str, str], None]
) -> None:
    async with town(changes={"limits": {"max_wait_seconds": 60}}) as place:
        socket = place.service.prepared.settings.control_socket

        async def ask(verb: str, **values: object) -> dict[str, object]:
            answer: dict[str, object] = await asyncio.to_thread(ask_service, socket, verb, **values)
            return answer

        edit("operators.yaml", "1003", "1004")
        report = await ask("reload", note="a new colleague")
        assert (report["result"], str(report["version"])[:2]) == ("loaded", "2-")
        assert place.service.room.presence("1003") is None
        assert place.service.room.presence("1004") is not None
        back = await ask("rollback", number=1)
        assert (back["result"], str(back["version"])[:2]) == ("rolled_back", "3-")
        assert place.service.room.presence("1003") is not None
        rows = await asyncio.to_thread(ask_service, socket, "versions")
        assert [(row["number"], row["live"]) for row in rows] == [(3, True), (2, False), (1, False)]
        with pytest.raises(ConfigurationError, match="which version"):
            await ask("rollback", number="one")
