"""What an entry of hotlines.yaml says is what callers meet: other numbers, marks, hours, limits, where they go on."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
from typer.testing import CliRunner

from calls.events import (
    CallbackAsked,
    CallQueued,
    HotlineMarkedDown,
    HotlineMarkedUp,
    TransferAnswered,
    TransferEnded,
    TransferRang,
    TransferReturned,
    TransferStarted,
)
from hotline.actors.citizens import Citizen
from hotline.actors.phones import PhoneEventKind
from hotline.cli.main import app
from tests.e2e.hearing import comes_to_hear, is_spoken_to
from tests.e2e.hotline_rules.conftest import OpenRules
from tests.e2e.lamp import Lamp
from tests.e2e.town import HOTLINE_HZ, MENU, PressKey, Town


async def choose(place: Town, key: str, **more: Any) -> tuple[Citizen, str]:
    """Have a citizen call and choose in the menu."""
    citizen = await place.citizen(MENU, PressKey(key), **more)
    return citizen, await place.call_of(citizen)


def lamp(place: Town, extension: str) -> Lamp:
    """Return a lamp on an operator's phone."""
    return Lamp(place.settings.sip_port, extension, user="op1001", password=place.secrets.phones["1001"])


async def command(place: Town, *words: str) -> tuple[int, str]:
    """Run a command of the hotline's."""
    arguments = [*words, "--state-dir", str(place.settings.state_dir)]
    result = await asyncio.to_thread(CliRunner().invoke, app, arguments)
    return result.exit_code, result.output


async def test_other_numbers_marks_and_a_supervisor(rules: OpenRules) -> None:
    async with rules() as place:
        tried: list[list[str]] = []
        for number in range(4):
            if number == 3:
                code, said = await command(place, "hotlines", "up", "gas", "--reason", "works again")
                assert (code, "none of its numbers" in said) == (0, True), said
            ear = await place.ear()
            citizen, call_id = await choose(place, "1", ear=ear)
            await comes_to_hear(ear, HOTLINE_HZ, place.folder)
            await place.happened(TransferAnswered, lambda e, c=call_id: e.call_id == c)
            await citizen.hang_up()
            assert (await place.ended(call_id)).outcome == "answered"
            rows = (await place.record_of(call_id)).transfers
            tried.append([row["number"] for row in rows])
            assert [row["outcome"] for row in rows] == (["unreachable", "answered"] if len(rows) == 2 else ["answered"])
            assert [row["returned_to"] for row in rows] == [None] * len(rows), "nobody came back: the next was tried"
        assert tried == [["96001", "96011"], ["96001", "96011"], ["96011"], ["96001", "96011"]]
        (down,), (up,) = place.all(HotlineMarkedDown), place.all(HotlineMarkedUp)
        assert (down.target_id, down.number, down.by, down.reason) == ("gas", "96001", "service", "2 failures in a row")
        assert (up.number, up.reason) == ("96001", "works again")
        assert up.by != "service", "the kernel says who"
        assert len(place.target.calls_to("96001")) == 3
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{place.settings.http_port}", trust_env=False) as web:
            body = {"by": "lin", "reason": "cable cut"}
            assert (await web.post("/api/hotlines/gas/down", json=body)).json()["down"][0]["number"] == "96001"
            row = next(r for r in (await web.get("/api/hotlines")).json()["hotlines"] if r["hotline_id"] == "gas")
            assert row["down_since"], "on the board"
            assert row["down_reason"] == "96001: cable cut"
            assert (await web.post("/api/hotlines/police/down", json=body)).status_code == 422
            async with lamp(place, "**03") as narrow, lamp(place, "96001") as gas:
                await narrow.shows("terminated")
                await web.post("/api/hotlines/narrow/down", json=body)
                await narrow.shows("confirmed")
                await gas.shows("terminated")  # its other number can be had
                await web.post("/api/hotlines/narrow/up", json=body)
                await narrow.shows("terminated")
            assert (await web.post("/api/hotlines/gas/up", json=body)).json()["down"] == []


async def test_hours_limits_and_where_callers_go_on(rules: OpenRules) -> None:
    async with rules() as place:
        slow, slow_id = await choose(place, "8")
        first, first_id = await choose(place, "3")
        await place.happened(TransferRang, lambda e: e.call_id == first_id)
        refused = {"2": ("out_of_hours", None), "3": ("limit", "calls_at_once")}
        for key, (outcome, reason) in refused.items():
            ear = await place.ear()
            citizen, call_id = await choose(place, key, ear=ear)
            back = await place.happened(TransferReturned, lambda e, c=call_id: e.call_id == c)
            assert back.returned_to == "queue:general"
            await is_spoken_to(ear, back.at)
            await citizen.hang_up()
            await place.ended(call_id)
            (row,) = (await place.record_of(call_id)).transfers
            assert (row["outcome"], row["reason"], row["ended_by"]) == (outcome, reason, "service")
        assert not place.target.calls_to("96002")
        assert len(place.target.calls_to("96003")) == 1, "no telephone rang for who was refused"
        await first.hang_up()
        await place.ended(first_id)

        citizen, call_id = await choose(place, "5")
        assert (await citizen.result()).ended_by == "far_end"
        assert len(place.of_call(call_id, CallbackAsked)) == 1, "on by the entry's flow: a call back is promised"
        assert place.of_call(call_id, TransferReturned)[0].returned_to == "flow:promise"

        citizen, call_id = await choose(place, "7")
        assert (await place.happened(CallQueued, lambda e: e.call_id == call_id)).priority == 7
        await citizen.hang_up()

        callers = [await choose(place, "4") for _ in range(2)]
        for _, call_id in callers:
            await place.happened(TransferAnswered, lambda e, c=call_id: e.call_id == c)
        for citizen, call_id in callers:
            await citizen.hang_up()
            assert (await place.ended(call_id)).outcome == "answered", "an emergency line is past its limit"

        ear = await place.ear()
        citizen, call_id = await choose(place, "6", ear=ear)
        await comes_to_hear(ear, HOTLINE_HZ, place.folder)
        await place.talk(2.5)
        await comes_to_hear(ear, HOTLINE_HZ, place.folder)
        await citizen.hang_up()
        assert (await place.ended(call_id)).outcome == "answered", "after a word to whoever answered"
        (row,) = (await place.record_of(call_id)).transfers
        assert (row["outcome"], row["recording_id"]) == ("answered", None), "a line that speaks is not dead"

        over = await place.happened(TransferEnded, lambda e: e.call_id == slow_id)
        assert (over.outcome, over.reason) == ("no_answer", ""), "a network that takes its time is not down"
        await slow.hang_up()


async def test_an_operator_who_passes_on_too_often_gets_the_caller_back(rules: OpenRules) -> None:
    async with rules() as place:
        phone = await place.phone("1001")
        talk = await place.talking("1001")
        outcomes = []
        for number in range(1, 4):
            await phone.press("*107")
            ended = await place.happened(TransferEnded, count=number)
            outcomes.append((str(ended.outcome), ended.reason))
            await phone.wait_for(PhoneEventKind.INCOMING, timeout_seconds=10)
            await phone.answer()
            await phone.wait_for(PhoneEventKind.ESTABLISHED, timeout_seconds=10)
            await place.until(lambda: place.state_of("1001") == "talking", "they talk again")
        assert outcomes == [("busy", ""), ("busy", ""), ("limit", "per_operator")]
        assert len(place.target.calls_to("96007")) == 2
        await talk.citizen.hang_up()
        await place.ended(talk.call_id)


async def test_key_and_console_at_the_same_moment_and_nothing_but_the_directory(rules: OpenRules) -> None:
    async with rules() as place:
        phone = await place.phone("1001")
        talk = await place.talking("1001")
        url = f"http://127.0.0.1:{place.settings.http_port}/api/calls/{talk.call_id}/transfer"
        async with httpx.AsyncClient(trust_env=False) as web:
            for target in ("96011", "110&PJSIP/1", "${SHELL(id)}", "gas\r\nX: 1", "../gas", "G" * 10_000, ""):
                answer = await web.post(url, json={"target_id": target, "initiator": "console"})
                assert answer.status_code in (404, 422), target
            for who in ("a\nb", "x" * 65, "${A}", ""):
                answer = await web.post(url, json={"target_id": "gas", "initiator": who})
                assert answer.status_code == 422, who
            for words in (("96011",), ("nobody",), ("gas\nX: 1",), ("y" * 500,)):
                code, said = await command(place, "transfer", talk.call_id, *words)
                assert code in (1, 2), said
            assert not place.all(TransferStarted)
            code, said = await command(place, "hotlines", "list", "--find", "gas")
            assert (code, "96001" in said, "whispered" in said) == (0, True, False), said
            case_id = (await place.record_of(talk.call_id)).call["case_id"]
            asked = web.post(url, json={"target_id": "patient", "initiator": "console"})
            await asyncio.gather(
                asked, phone.press("*107"), command(place, "transfer", case_id, "patient"), return_exceptions=True
            )
        await place.happened(TransferReturned)
        await phone.wait_for(PhoneEventKind.INCOMING, timeout_seconds=10)
        assert len(place.all(TransferStarted)) == 1
        assert len(place.target.calls_to("96007")) == 1
        await talk.citizen.hang_up()
        await place.ended(talk.call_id)
