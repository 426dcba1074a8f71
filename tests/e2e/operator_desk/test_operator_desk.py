"""Operators log in, pause and resume from their phones by codes, and their phones show it."""

from __future__ import annotations

import httpx

from acd.pins import hash_pin
from calls.events import (
    CallEnded,
    OfferEnded,
    OperatorLoggedIn,
    OperatorLoggedOut,
    OperatorOffered,
    OperatorStateChanged,
    PauseLimitExceeded,
)
from hotline.actors.phones import PhoneEventKind
from tests.e2e.conftest import OpenTown
from tests.e2e.lamp import Lamp
from tests.e2e.people import WITHIN
from tests.e2e.town import AT_ONCE, Town

PIN = "2580913746"  # long: by chance no clock or id has it
OPERATORS = f"""
skills: [zh, gas]
phones:
  - {{id: "7", name: 共享席位七}}
pause_reasons:
  - {{id: lunch, name: {{zh: 午餐, en: Lunch}}, key: "1", limit_seconds: 2}}
  - {{id: meeting, name: {{zh: 会议, en: Meeting}}, key: "2"}}
operators:
  - {{id: "1001", name: 王小明, skills: {{zh: 5}}, pin: "{PIN}"}}
  - {{id: "1002", name: 李淑华, skills: {{zh: 5, gas: 4}}, log_in: code, pin: "{hash_pin(PIN)}"}}
  - {{id: "1003", name: 张伟, skills: {{zh: 5}}}}
"""
FILES = {"operators.yaml": OPERATORS}


async def ask(place: Town, operator_id: str, verb: str, **values: str) -> httpx.Response:
    """Ask through the API."""
    base = f"http://{place.settings.bind}:{place.settings.http_port}"
    async with httpx.AsyncClient() as client:
        return await client.post(f"{base}/api/operators/{operator_id}/{verb}", json=values or None)


async def test_hot_desk(town: OpenTown) -> None:
    async with town(files=FILES) as place:
        desk = await place.shared_phone("7")
        await place.phone("1002", ready=False)
        _, call_id = await place.waiting()
        await place.dials_code(desk, "*60", "1002#", "9999#", "1002#", f"{PIN}#")
        seated = await place.happened(OperatorLoggedIn)
        assert (seated.operator_id, seated.phone, seated.by) == ("1002", "desk7", "code")
        await desk.wait_for(PhoneEventKind.INCOMING, timeout_seconds=WITHIN)
        await desk.answer()
        await place.until(lambda: place.state_of("1002") == "talking", "the call came to the shared phone")
        assert not [e for e in place.phones["1002"].history if e.kind is PhoneEventKind.INCOMING]
        assert (await ask(place, "1001", "log-in", phone="desk7")).status_code == 409, "somebody talks there"
        await desk.hangup()
        assert (await place.ended(call_id)).outcome == "answered"
        await place.until(lambda: place.state_of("1002") == "available", "free again")
        await place.dials_code(desk, "*61")
        assert (await place.happened(OperatorLoggedOut)).operator_id == "1002"
        assert place.state_of("1002") == "offline"
        await place.dials_code(desk, "*60", *["1002#", "0000#"] * 3)
        await place.dials_code(desk, "*601002", f"{PIN}#")
        assert len(place.all(OperatorLoggedIn)) == 1, "refused for a while, even with the right PIN"
        log = (place.settings.asterisk_dir / "log" / "messages.log").read_text(encoding="utf-8")
        assert PIN not in log
        assert not any(PIN in str(event) for event in place.events)


async def test_pauses_wrap_up_and_lamps(town: OpenTown) -> None:
    async with town(files=FILES, changes={"limits": {"wrap_up_extension_seconds": 60}}) as place:
        phone = await place.phone("1001")
        user, password = "op1001", place.secrets.phones["1001"]
        port = place.settings.sip_port
        async with (
            Lamp(port, "1001", user=user, password=password) as own,
            Lamp(port, "queue_general", user=user, password=password) as queue,
        ):
            await own.shows("terminated")
            await queue.shows("terminated")
            # a pause asked for during a call starts after it
            citizen, call_id = await place.waiting()
            await queue.shows("confirmed")
            await place.rings("1001")
            await own.shows("early")
            await phone.answer()
            await place.until(lambda: place.state_of("1001") == "talking", "they talk")
            await queue.shows("terminated")
            answer = await ask(place, "1001", "pause", reason="lunch")
            assert (answer.json()["state"], answer.json()["pause_wanted"]) == ("talking", "lunch")
            await citizen.hang_up()
            await place.ended(call_id)
            await place.until(lambda: place.state_of("1001") == "paused", "the pause has begun")
            await own.shows("confirmed")
            # its limit is over: an alarm, once
            alarm = await place.happened(PauseLimitExceeded)
            assert (alarm.operator_id, alarm.reason, alarm.limit_seconds) == ("1001", "lunch", 2)
            (row,) = [r for r in place.service.board.snapshot(alarm.at).operators if r.operator_id == "1001"]
            assert row.over_limit_at == alarm.at
            # back, and away again by code
            await place.dials_code(phone, "*63")
            await place.until(lambda: place.state_of("1001") == "available", "back by code")
            await own.shows("terminated")
            await place.dials_code(phone, "*622")
            await place.until(lambda: place.states("1001")[-1] == "paused(meeting)", "away by code")
            assert (await ask(place, "1001", "pause", reason="holiday")).status_code == 404
            assert (await ask(place, "1001", "finish-wrap-up")).status_code == 409
            await place.dials_code(phone, "*63")
            await place.until(lambda: place.state_of("1001") == "available", "back by code")
        assert len(place.all(PauseLimitExceeded)) == 1


async def test_wrap_up_is_extended_and_ended_early(town: OpenTown) -> None:
    queues = "queues:\n  - {id: general, name: {zh: 综合, en: General}, skills: {zh: 1}, wrap_up_seconds: 2}\n"
    queues += "  - {id: gas_experts, name: {zh: 燃气专席, en: Gas experts}, skills: {zh: 1, gas: 3}}\n"
    async with town(files={**FILES, "queues.yaml": queues}) as place:
        phone = await place.phone("1001")
        talk = await place.talking("1001")
        await talk.citizen.hang_up()
        await place.until(lambda: place.state_of("1001") == "wrap_up", "notes")
        answer = await ask(place, "1001", "extend-wrap-up")
        presence = place.service.room.presence("1001")
        assert presence is not None
        assert presence.since is not None
        assert presence.due_at is not None
        assert answer.json()["until"] == presence.due_at.isoformat()
        assert 30 < (presence.due_at - presence.since).total_seconds() < 32 + AT_ONCE
        _, call_id = await place.waiting()
        assert not place.of_call(call_id, OperatorOffered)
        await place.dials_code(phone, "*64")
        await place.picks_up("1001")
        await phone.hangup()
        await place.ended(call_id)


async def test_an_operators_own_call_counts_as_busy(town: OpenTown) -> None:
    async with town(files=FILES) as place:
        caller, called = await place.phone("1001"), await place.phone("1003")
        await caller.dial("1003")
        await called.wait_for(PhoneEventKind.INCOMING, timeout_seconds=WITHIN)
        await called.answer()
        await caller.wait_for(PhoneEventKind.ESTABLISHED, timeout_seconds=WITHIN)
        for operator_id in ("1001", "1003"):
            await place.until(
                lambda who=operator_id: place.states(who)[-1] == "paused(own_call)",  # type: ignore[misc]
                f"{operator_id} is busy",
            )
        _, call_id = await place.waiting()
        assert not place.of_call(call_id, OperatorOffered)
        await caller.hangup()
        for each in (caller, called):
            await each.wait_for(PhoneEventKind.CLOSED, timeout_seconds=WITHIN)
        await place.happened(OperatorOffered, lambda e: e.call_id == call_id)
        first = place.of_call(call_id, OperatorOffered)[0].operator_id
        await place.phones[first].wait_for(PhoneEventKind.INCOMING, timeout_seconds=WITHIN)
        await place.phones[first].answer()
        await place.until(lambda: place.state_of(first) == "talking", "a citizen again")
        # who talks with a citizen is busy for colleagues
        other = caller if first == "1003" else called
        await other.dial(first)
        closed = await other.wait_for(PhoneEventKind.CLOSED, timeout_seconds=WITHIN)
        assert "486" in closed.detail or "Busy" in closed.detail
        await other.dial("9999")
        await other.wait_for(PhoneEventKind.CLOSED, timeout_seconds=WITHIN)
        await place.phones[first].hangup()
        await place.happened(CallEnded)


async def test_not_responding_comes_back_by_code_and_by_api(town: OpenTown) -> None:
    async with town(files=FILES, changes={"limits": {"ring_seconds": 3, "missed_in_a_row": 1}}) as place:
        phone = await place.phone("1001")
        for back in ("code", "api"):
            citizen, call_id = await place.waiting()
            await place.happened(OfferEnded, lambda e, c=call_id: e.call_id == c)  # type: ignore[misc]
            await place.until(lambda: place.state_of("1001") == "not_responding", "nobody is there")
            await citizen.hang_up()
            await place.ended(call_id)
            if back == "code":
                await place.dials_code(phone, "*63")
            else:
                assert (await ask(place, "1001", "resume")).json()["state"] == "available"
            await place.until(lambda: place.state_of("1001") == "available", f"back by {back}")
        assert len([e for e in place.all(OperatorStateChanged) if e.state == "not_responding"]) == 2
