"""The rendered configuration on a real Asterisk: it starts, takes calls without the service, and hands keys on."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from sip_phone import LOOPBACK, SipPhone

from telephony.ami.translation import EVENT_NAMES
from telephony.asterisk.locate import AsteriskBinary, locate
from telephony.asterisk.plan import (
    AsteriskFolders,
    AsteriskPlan,
    EmergencyPlan,
    HotlinePlan,
    MusicClass,
    PhonePlan,
    TrunkPlan,
)
from telephony.asterisk.process import AsteriskProcess
from telephony.asterisk.render import render
from telephony.asterisk.running import AsteriskFailed, find_running

CHECKOUT = Path(__file__).parents[2]
STUB = 'read -r line; while [ -n "$line" ]; do read -r line; done; echo "$1" > "$0.ran"\n'


def free_ports(kind: int, count: int) -> list[int]:
    with contextlib.ExitStack() as opened:
        taken = [opened.enter_context(socket.socket(socket.AF_INET, kind)) for _ in range(count)]
        for each in taken:
            each.bind((LOOPBACK, 0))
        return [each.getsockname()[1] for each in taken]


def what_the_stub_was_told(plan: AsteriskPlan) -> str:
    return Path(plan.emergency.command[1] + ".ran").read_text().strip()


def left_behind(plan: AsteriskPlan, binary: AsteriskBinary) -> subprocess.Popen[bytes]:
    """Start an Asterisk as a service that was killed since would have."""
    command = [*binary.command, "-C", str(plan.folders.etc / "asterisk.conf"), "-f"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture(scope="session")
def binary() -> AsteriskBinary:
    return locate(CHECKOUT)


@pytest.fixture
def plan(tmp_path: Path, binary: AsteriskBinary) -> AsteriskPlan:
    stub = tmp_path / "emergency stub, of the test"
    stub.write_text(STUB)
    music = tmp_path / "music"
    music.mkdir()
    (music / "silence.alaw").write_bytes(b"\xd5" * 8000)
    ami, agi = free_ports(socket.SOCK_STREAM, 2)
    folders = AsteriskFolders.under(tmp_path / "a", modules=binary.modules, data=binary.data)
    return AsteriskPlan(
        folders=folders,
        bind=LOOPBACK,
        sip_port=free_ports(socket.SOCK_DGRAM, 1)[0],
        ami_port=ami,
        agi_address=f"{LOOPBACK}:{agi}",
        rtp_first=23000,
        rtp_last=23999,
        ami_secret="only-for-this-test",
        emergency=EmergencyPlan(("/bin/sh", str(stub)), {}),
        phones=(PhonePlan("1001", "王小明", "phone-secret"),),
        trunks=(TrunkPlan("city", f"{LOOPBACK}:9", (LOOPBACK,)),),
        hotlines=(HotlinePlan("gas", "96777", "city", "02"), HotlinePlan("water", "96116", "city", "01")),
        music=(MusicClass("default", music),),
        entry_tries=2,
    )


Start = Callable[..., Awaitable[AsteriskProcess]]


@pytest.fixture
async def start(binary: AsteriskBinary) -> AsyncIterator[Start]:
    started: list[AsteriskProcess] = []
    plans: list[AsteriskPlan] = []

    async def start_one(plan: AsteriskPlan, on_exit: Callable[[int | None], None] | None = None) -> AsteriskProcess:
        process = AsteriskProcess(plan, binary, on_unexpected_exit=on_exit)
        started.append(process)
        plans.append(plan)
        await process.start()
        return process

    yield start_one
    for process in started:
        await process.stop()
        assert process.pid is None
    # an abandoned one would outlive a test that failed
    for folder in {plan.folders for plan in plans}:
        if (left := find_running(folder.run, folder.etc / "asterisk.conf")) is not None:
            os.kill(left, signal.SIGKILL)


async def test_without_its_sip_port_it_does_not_count_as_started(plan: AsteriskPlan, start: Start) -> None:
    render(plan)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind((plan.bind, plan.sip_port))
        with pytest.raises(AsteriskFailed, match=f"another program has UDP port {plan.sip_port}"):
            await start(plan)
    assert find_running(plan.folders.run, plan.folders.etc / "asterisk.conf") is None


async def test_it_takes_calls_soon_and_says_nothing_wrong(plan: AsteriskPlan, start: Start) -> None:
    render(plan)
    began = time.monotonic()
    await start(plan)
    assert time.monotonic() - began < 6
    said = (plan.folders.log / "messages.log").read_text()
    assert "ERROR" not in said
    assert "WARNING" not in said


async def test_a_call_without_the_service_reaches_the_emergency_script(plan: AsteriskPlan, start: Start) -> None:
    render(plan)
    await start(plan)
    async with SipPhone() as citizen:
        citizen.call("12345", plan.sip_port)
        await citizen.heard(lambda phone: bool(phone.replies))
    assert what_the_stub_was_told(plan) == str(plan.emergency_document)
    assert '"CHAN_START"' in plan.folders.legs.read_text()


async def test_a_service_that_is_lost_is_asked_again_then_the_emergency_script_takes_over(
    plan: AsteriskPlan, start: Start
) -> None:
    sessions = 0

    async def answer_and_die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sessions
        sessions += 1
        await reader.readuntil(b"\n\n")
        writer.write(b"ANSWER\n")
        await reader.readuntil(b"\n")
        writer.close()

    render(plan)
    await start(plan)
    service = await asyncio.start_server(answer_and_die, *plan.agi_address.split(":"))
    async with service, SipPhone() as citizen:
        citizen.call("12345", plan.sip_port)
        await citizen.heard(lambda phone: any(request.startswith("BYE") for request in phone.requests))
    assert citizen.replies == [200]
    assert sessions == plan.entry_tries
    assert what_the_stub_was_told(plan) == str(plan.emergency_document)


async def test_who_is_no_trunk_and_no_phone_reaches_nothing(plan: AsteriskPlan, start: Start) -> None:
    elsewhere = dataclasses.replace(plan, trunks=(TrunkPlan("city", f"{LOOPBACK}:9", ("192.0.2.7",)),))
    render(elsewhere)
    await start(elsewhere)
    async with SipPhone() as stranger:
        stranger.call("12345", plan.sip_port)
        await stranger.heard(lambda phone: bool(phone.replies))
        assert stranger.replies == [401]


async def test_the_operators_keys_become_one_event_and_both_are_recorded(
    plan: AsteriskPlan, start: Start, tmp_path: Path
) -> None:
    recording = tmp_path / "talk.raw"
    events: list[bytes] = []
    asked = asyncio.Event()

    async def connect_to_operator(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            await reader.readuntil(b"\n\n")
            for command in (
                "ANSWER",
                f"EXEC Dial PJSIP/op1001,10,gb(operator-leg^s^1(call-1^B-1^供水^{recording}))",
                "HANGUP",
            ):
                writer.write(command.encode() + b"\n")
                await reader.readuntil(b"\n")
        writer.close()

    async def read_events(reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            events.append(line.strip())
            if line.startswith(b"target:"):
                asked.set()

    async with SipPhone() as operator, SipPhone() as citizen:
        with_phone = dataclasses.replace(
            plan, phones=(PhonePlan("1001", "王小明", "secret", f"{LOOPBACK}:{operator.port}"),)
        )
        render(with_phone)
        await start(with_phone)
        service = await asyncio.start_server(connect_to_operator, *plan.agi_address.split(":"))
        reader, writer = await asyncio.open_connection(LOOPBACK, plan.ami_port)
        writer.write(f"Action: Login\r\nUsername: hotline\r\nSecret: {plan.ami_secret}\r\n\r\n".encode())
        reading = asyncio.create_task(read_events(reader))
        citizen.call("12345", plan.sip_port)
        await operator.heard(lambda phone: any(request.startswith("ACK") for request in phone.requests))
        await operator.press("*102")
        await asyncio.wait_for(asked.wait(), 5)
        writer.write(b"Action: Hangup\r\nChannel: PJSIP/op1001-00000001\r\n\r\n")
        await operator.heard(lambda phone: any(request.startswith("BYE") for request in phone.requests))
        await citizen.heard(lambda phone: any(request.startswith("BYE") for request in phone.requests))
        writer.close()
        await reading
        service.close()
        await service.wait_closed()

    invite = next(request for request in operator.requests if request.startswith("INVITE"))
    assert "X-Hotline-Call-Id: call-1\r\nX-Hotline-Case-Id: B-1\r\nX-Hotline-Topic: 供水\r\n" in invite
    assert b"UserEvent: HotlineTransfer" in events
    assert b"target: gas" in events
    assert {line for line in events if line.startswith(b"Event: ")} <= {
        b"Event: " + name.encode() for name in EVENT_NAMES
    }
    # two channels of 16 bits, 8,000 times a second, of the time that both could hear each other
    assert recording.stat().st_size % 4 == 0
    assert recording.stat().st_size / 32000 == pytest.approx(1.0, abs=0.8)


async def test_two_asterisks_on_one_state_folder_are_refused(plan: AsteriskPlan, start: Start) -> None:
    render(plan)
    await start(plan)
    with pytest.raises(AsteriskFailed, match="--state-dir"):
        await start(plan)


async def test_an_asterisk_that_outlived_its_service_is_taken_over(
    plan: AsteriskPlan, binary: AsteriskBinary, start: Start
) -> None:
    render(plan)
    with left_behind(plan, binary) as orphan:
        async with asyncio.timeout(10):
            while not (plan.folders.run / "asterisk.ctl").exists():  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        process = await start(plan)
        assert process.adopted
        assert process.pid == orphan.pid
        await process.stop()


async def test_an_abandoned_asterisk_goes_on_and_can_be_taken_over(plan: AsteriskPlan, start: Start) -> None:
    render(plan)
    first = await start(plan)
    pid = first.pid
    await first.abandon()
    assert first.pid is None
    second = await start(plan)
    assert second.adopted
    assert second.pid == pid


async def test_its_unexpected_end_is_told(plan: AsteriskPlan, start: Start) -> None:
    render(plan)
    ended: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
    process = await start(plan, ended.set_result)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    assert await asyncio.wait_for(ended, 5) == -signal.SIGKILL


async def test_a_start_that_fails_says_why(plan: AsteriskPlan, start: Start) -> None:
    render(plan)
    (plan.folders.etc / "modules.conf").write_text("[modules]\nautoload = no\nrequire = no_such.so\n")
    with pytest.raises(AsteriskFailed, match=r"no_such\.so"):
        await start(plan)
