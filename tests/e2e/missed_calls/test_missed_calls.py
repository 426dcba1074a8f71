"""Citizens who left before anybody could help are on a list, once each, until a person has spoken with them."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from typer.testing import CliRunner

from calls.events import CallbackEnded, CallbackQueued, DutyDone, MissedCallListed
from hotline.actors.target_scenario import Answers
from hotline.cli.main import app
from tests.e2e.conftest import OpenTown
from tests.e2e.town import MENU, MUSIC, STRAIGHT, HangUp, PressKey, Town

NUMBER, OTHER = "13900139001", "13900139002"


async def command(place: Town, *words: str) -> str:
    """Run `hotline ...` for this town."""
    arguments = [*words, "--state-dir", str(place.settings.state_dir)]
    result = await asyncio.to_thread(CliRunner().invoke, app, arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


async def listed(place: Town, *words: str) -> list[dict[str, Any]]:
    """Return the list as a machine reads it."""
    await place.service.journal.flush()
    rows: list[dict[str, Any]] = json.loads(await command(place, "missed", "list", "--json", *words))
    return rows


async def test_a_list_without_doubles_that_answers_make_shorter(town: OpenTown) -> None:
    async with town(changes={"figures": {"short_abandon_seconds": 0}}) as place:
        waits = (MUSIC, HangUp())
        for count, (number, dialled, steps) in enumerate(
            (
                (NUMBER, STRAIGHT, waits),
                (OTHER, STRAIGHT, waits),
                (NUMBER, "12345", (MENU, PressKey("8"), MENU, HangUp())),
            ),
            start=1,
        ):
            await (await place.citizen(*steps, dialled=dialled, ani=number)).result()
            await place.happened(MissedCallListed, count=count)
        first, other, newest = place.all(MissedCallListed)
        rows = await listed(place)
        assert [(row["number"], row["calls"], row["reason"]) for row in rows] == [
            (NUMBER, 2, "left_in_menu"),
            (OTHER, 1, "abandoned"),
        ]
        assert rows[0]["duty_id"] == newest.duty_id
        assert newest.due_at == first.due_at, "calling again puts off no deadline"
        assert OTHER in await command(place, "missed", "list")

        await command(place, "missed", "done", other.duty_id, "--by", "1002")
        assert (await place.happened(DutyDone, lambda e: e.duty_id == other.duty_id)).by == "1002"
        await place.phone("1001")
        citizen = await place.citizen(dialled=STRAIGHT, ani=NUMBER)
        await place.picks_up("1001")
        made_good = await place.happened(DutyDone, lambda e: e.duty_id == newest.duty_id)
        call_id = made_good.by.removeprefix("call:")
        await citizen.hang_up()
        await place.ended(call_id)
        assert await listed(place) == []
        assert len(await listed(place, "--all")) == 3


async def test_an_idle_operator_is_given_a_missed_call(town: OpenTown) -> None:
    changes = {
        "figures": {"short_abandon_seconds": 0},
        "missed": {"offer_when_idle": True, "idle_seconds": 0.5},
    }
    async with town(numbers={NUMBER: Answers(after_seconds=0.2)}, changes=changes) as place:
        await (await place.citizen(MUSIC, HangUp(), dialled=STRAIGHT, ani=NUMBER)).result()
        missed = await place.happened(MissedCallListed)
        phone = await place.phone("1001")
        await place.picks_up("1001")
        asked = await place.happened(CallbackQueued)
        assert (asked.source, asked.case_id) == ("missed", missed.case_id)
        ended = await place.happened(CallbackEnded)
        assert ended.outcome == "answered"
        done = await place.happened(DutyDone)
        assert (done.duty_id, done.by) == (missed.duty_id, f"call:{ended.by_call_id}")
        await phone.hangup()
        await place.ended(ended.by_call_id)
        assert len(place.target.calls_to(NUMBER)) == 1
