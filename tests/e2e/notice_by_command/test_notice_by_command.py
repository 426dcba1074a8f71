"""It has turned cold, and a supervisor switches a notice on: new callers hear it within two seconds, until its end."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from calls.errors import ConfigurationError, NotFound
from calls.events import CallQueued, GreetingStarted, NoticePlayed
from hotline.actors.scripts import PressKey
from hotline.control_socket import ask_service
from hotline.notices import NoticeStore
from tests.e2e.conftest import OpenTown
from tests.e2e.town import MENU, STRAIGHT, Town

TEXTS = {"zh": "今天供暖来电较多", "en": "Many calls about heating"}
LIVE_SECONDS = 2.0


async def ask(place: Town, verb: str, **values: Any) -> Any:
    """Ask the service as `hotline ivr notice` does, from another thread."""
    return await asyncio.to_thread(ask_service, place.service.prepared.settings.control_socket, verb, **values)


async def test_a_notice_before_the_menu_until_it_is_switched_off(town: OpenTown) -> None:
    async with town() as place:
        began = time.monotonic()
        row = await ask(place, "notice_on", id="cold", lines=["citizen"], text=TEXTS, until="+2h", mode="before")
        assert time.monotonic() - began < LIVE_SECONDS
        assert await ask(place, "notice_list") == [{**row, "source": "command"}]
        citizen = await place.citizen(MENU, PressKey("9"))
        call_id = await place.call_of(citizen)
        await place.ended(call_id)
        assert [(e.notice_id, e.mode) for e in place.of_call(call_id, NoticePlayed)] == [("cold", "before")]
        assert [e.prompt for e in place.of_call(call_id, GreetingStarted)] == ["notice_cold"]
        assert (place.service.office.definitions.prompts_dir / "zh" / "notice_cold.alaw").stat().st_size > 4000
        _, other = await place.waiting(dialled=STRAIGHT)
        assert not place.of_call(other, NoticePlayed), "another line's callers hear nothing"
        await ask(place, "notice_off", id="cold")
        citizen = await place.citizen(MENU, PressKey("9"))
        call_id = await place.call_of(citizen)
        await place.ended(call_id)
        assert not place.of_call(call_id, NoticePlayed)


async def test_a_notice_instead_of_everything_else_ends_the_call(town: OpenTown) -> None:
    async with town() as place:
        await ask(place, "notice_on", text=TEXTS, until="+2h", mode="instead")
        citizen = await place.citizen()
        call_id = await place.call_of(citizen)
        ended = await place.ended(call_id)
        assert (ended.outcome, ended.ended_by) == ("closed", "service")
        assert [(e.notice_id, e.mode) for e in place.of_call(call_id, NoticePlayed)] == [("notice1", "instead")]
        assert not place.of_call(call_id, CallQueued)


async def test_the_end_is_kept_and_what_is_wrong_is_refused(town: OpenTown) -> None:
    async with town() as place:
        end = datetime.now(UTC) + timedelta(seconds=2)
        await ask(place, "notice_on", id="short", text=TEXTS, until=end.isoformat())
        path = place.service.prepared.settings.notices_path
        assert [row["id"] for row in json.loads(path.read_text(encoding="utf-8"))] == ["short"]
        assert "short" in NoticeStore(path).stored, "a service that starts now would know of it"
        async with asyncio.timeout(10):
            while place.service.menus.notices():  # noqa: ASYNC110 - time tells nobody when it is over
                await asyncio.sleep(0.05)
        citizen = await place.citizen(MENU, PressKey("9"))
        call_id = await place.call_of(citizen)
        await place.ended(call_id)
        assert not place.of_call(call_id, NoticePlayed)
        with pytest.raises(ConfigurationError, match="no line 'nowhere'"):
            await ask(place, "notice_on", lines=["nowhere"], text=TEXTS, until="+2h")
        with pytest.raises(ConfigurationError, match="no text in the language en"):
            await ask(place, "notice_on", text={"zh": "只有中文"}, until="+2h")
        with pytest.raises(NotFound, match="No notice 'other'"):
            await ask(place, "notice_off", id="other")
