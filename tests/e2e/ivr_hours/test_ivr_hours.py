"""Emergency notice > holiday > closed > open, on the telephone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from calls.events import CallQueued, FlowEntered, NodeEntered, NoticePlayed
from tests.e2e.conftest import OpenTown

ZONE = ZoneInfo("Asia/Shanghai")


def elsewhen() -> list[str]:
    """Opening hours that are not now."""
    hour = (datetime.now(UTC).astimezone(ZONE).hour + 6) % 24
    return [f"{hour:02d}:00-{hour:02d}:30"]


def today() -> str:
    return datetime.now(UTC).astimezone(ZONE).date().isoformat()


CLOSED: dict[str, Any] = {"hours": {"office": {"every_day": elsewhen()}}}
HOLIDAY: dict[str, Any] = {"calendar": {"country": "none", "closed": [{"date": today()}]}}


@pytest.mark.parametrize(("changes", "rule"), [(CLOSED, "closed"), (HOLIDAY, "holiday"), (CLOSED | HOLIDAY, "holiday")])
async def test_out_of_hours(menu_town: OpenTown, changes: dict[str, Any], rule: str) -> None:
    async with menu_town(changes) as place:
        citizen = await place.citizen(dialled="12345")
        call_id = await place.call_of(citizen)
        assert (await citizen.result()).ended_by == "far_end"
        ended = await place.ended(call_id)
        assert (ended.outcome, ended.ended_by) == ("closed", "service")
        (entered,) = place.of_call(call_id, FlowEntered)
        assert (entered.flow_id, entered.rule) == (rule, rule)
        assert place.of_call(call_id, NodeEntered)[-1].node_id == "leave"


async def test_a_notice_before_and_one_instead(menu_town: OpenTown) -> None:
    until = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="seconds")
    before = f"{{id: cold, lines: [menu], prompt: thanks, until: '{until}'}}"
    instead = f"{{id: burst, lines: [emergency], mode: instead, prompt: why_blocked, until: '{until}'}}"
    over = "{id: old, mode: instead, prompt: thanks, until: 2020-01-01}"
    notices = f"notices: [{over}, {before}, {instead}]\n"
    async with menu_town(CLOSED, files={"notices.yaml": notices}) as place:
        first = await place.citizen(dialled="12345")
        call_id = await place.call_of(first)
        await place.ended(call_id)
        assert [(e.notice_id, e.mode) for e in place.of_call(call_id, NoticePlayed)] == [("cold", "before")]
        second = await place.citizen(dialled="20012")
        call_id = await place.call_of(second)
        assert (await place.ended(call_id)).outcome == "closed"
        assert [(e.notice_id, e.mode) for e in place.of_call(call_id, NoticePlayed)] == [("burst", "instead")]
        assert not place.all(CallQueued)
