"""The actors against each other: SIPp citizens, baresip phones, SIPp hotlines; no Asterisk."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from hotline.actors.citizens import Citizen, CitizenCrowd
from hotline.actors.ears import Ear
from hotline.actors.operators import Habit, OperatorRole, Response
from hotline.actors.phones import OperatorPhone, PhoneAccount, PhoneEventKind, PhoneGoneError
from hotline.actors.ports import NoFreePortError, release_ports, reserve_ports
from hotline.actors.processes import ActorError
from hotline.actors.scripts import CitizenScript, HangUp, PressKey, WaitForCue, WaitForHangup, WaitSeconds
from hotline.actors.sipp import may_send_raw_packets
from hotline.actors.target_scenario import Answers, Behaviour, NoAnswer, Refuses, Silent
from hotline.actors.targets import HotlineTarget
from hotline.actors.tones import dominant_frequencies, hears, sounding_seconds, write_tone_wav

DEADLINE = 10.0
NOBODY = PhoneAccount("op1001", "", "127.0.0.1:5060")
"An account that never registers: these phones are called directly."


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE):
        while not condition():  # noqa: ASYNC110 - the state is another program's log file
            await asyncio.sleep(0.01)


@pytest.fixture
async def phone(tmp_path: Path) -> AsyncIterator[OperatorPhone]:
    phone = OperatorPhone(NOBODY, folder=tmp_path / "phone", voice_hz=480, voice_seconds=30, record=True)
    await phone.start(register=False)
    try:
        yield phone
    finally:
        await phone.stop()


@pytest.fixture
async def hotline(tmp_path: Path) -> AsyncIterator[HotlineTarget]:
    numbers: dict[str, Behaviour] = {
        "96777": Answers(after_seconds=0.05),
        "96069": Answers(after_seconds=0.05, talk_seconds=0.3),
        "96116": Refuses(486),
        "96166": Refuses(603, after_seconds=0.05),
        "95598": NoAnswer(),
        "96196": Silent(),
    }
    async with HotlineTarget(numbers, folder=tmp_path / "hotline") as target:
        yield target


def calling(script: CitizenScript, target: HotlineTarget | OperatorPhone, number: str, folder: Path) -> Citizen:
    return Citizen(script, target=target.address, dialled=number, folder=folder / f"citizen-{number}")


@pytest.mark.parametrize(
    ("number", "status", "ended_by"),
    [("96777", 200, "caller"), ("96069", 200, "far_end"), ("96116", 486, "far_end"), ("96166", 603, "far_end")],
)
async def test_both_sides_tell_the_same_story(
    hotline: HotlineTarget, tmp_path: Path, number: str, status: int, ended_by: str
) -> None:
    script = CitizenScript([WaitForHangup(0.6), HangUp()], name="王小明")
    result = await calling(script, hotline, number, tmp_path).call()

    assert (result.exit_code, result.sip_status, result.ended_by) == (0, status, ended_by)
    assert result.answered_200 is (status == 200)
    [seen] = hotline.calls_to(number)
    assert (seen.call_id, seen.invite_status, seen.ended_by) == (result.call_id, status, ended_by)


async def test_an_unknown_number_is_refused(hotline: HotlineTarget, tmp_path: Path) -> None:
    result = await calling(CitizenScript(), hotline, "96000", tmp_path).call()
    assert (result.exit_code, result.sip_status) == (0, 404)


async def test_an_impatient_citizen_cancels(hotline: HotlineTarget, tmp_path: Path) -> None:
    result = await calling(CitizenScript(patience_seconds=0.3), hotline, "95598", tmp_path).call()
    assert (result.exit_code, result.sip_status, result.ended_by) == (0, 487, "caller")
    assert "sent CANCEL" in [text for _, text in result.timeline]


async def test_a_citizen_gives_up_on_a_machine_that_says_nothing(hotline: HotlineTarget, tmp_path: Path) -> None:
    result = await calling(CitizenScript(patience_seconds=2), hotline, "96196", tmp_path).call()
    assert (result.exit_code, result.sip_status, result.ended_by) == (1, None, None)


async def test_a_cue_moves_the_script_on_and_hang_up_ends_it(hotline: HotlineTarget, tmp_path: Path) -> None:
    citizen = calling(CitizenScript([WaitForCue(5), PressKey("7"), WaitForHangup(5)]), hotline, "96777", tmp_path)
    await citizen.start()
    await citizen.answered()
    await citizen.cue()
    await until(lambda: "pressed 7" in [text for _, text in citizen.timeline()])
    await citizen.hang_up()
    result = await citizen.result()
    assert (result.exit_code, result.ended_by) == (0, "caller")


async def test_stopping_an_actor_hangs_up_its_call(hotline: HotlineTarget, tmp_path: Path) -> None:
    citizen = calling(CitizenScript([WaitForHangup(9)]), hotline, "96777", tmp_path)
    await citizen.start()
    await citizen.answered()
    await citizen.stop()
    await until(lambda: not hotline.calls_to("96777")[0].stands)


async def test_a_crowd_is_counted_call_by_call(hotline: HotlineTarget, tmp_path: Path) -> None:
    script = CitizenScript([WaitForHangup(2)])
    crowd = CitizenCrowd(
        script, target=hotline.address, dialled="96069", folder=tmp_path / "crowd", calls=20, calls_per_second=40
    )
    await crowd.start()
    result = await crowd.result()
    assert (result.placed, result.answered_200, result.unended, result.errors) == (20, 20, 0, "")
    assert len(hotline.calls_to("96069")) == 20


@pytest.mark.parametrize("raw_packets", [True, False])
async def test_a_phone_hears_keys_and_voice(phone: OperatorPhone, tmp_path: Path, raw_packets: bool) -> None:
    if raw_packets and not may_send_raw_packets():
        pytest.skip("raw sockets need root; the streamed keys are tested")
    script = CitizenScript([WaitSeconds(0.8), PressKey("2"), PressKey("*1"), WaitForHangup(5)], voice_hz=700)
    citizen = Citizen(
        script, target=phone.address, dialled="op1001", folder=tmp_path / "citizen", raw_packets=raw_packets
    )
    await citizen.start()
    await phone.wait_for(PhoneEventKind.INCOMING, timeout_seconds=DEADLINE)
    await phone.answer()
    heard = [await phone.wait_for(PhoneEventKind.KEY_HEARD, timeout_seconds=DEADLINE) for _ in range(3)]
    await phone.hangup()
    result = await citizen.result()
    await phone.stop()

    assert [event.detail for event in heard] == ["2", "*", "1"]
    assert (result.exit_code, result.ended_by) == (0, "far_end")
    [wav] = phone.heard()
    assert hears(wav, 700)
    assert sounding_seconds(wav, 700) > 0.3


async def test_an_ear_tells_when_the_first_sound_came(hotline: HotlineTarget, tmp_path: Path) -> None:
    async with Ear() as ear:
        citizen = Citizen(
            CitizenScript([WaitForCue(5)]),
            target=hotline.address,
            dialled="96777",
            folder=tmp_path / "citizen",
            ear=ear,
        )
        await citizen.start()
        await until(lambda: len(ear.onsets()) > 0)
        await citizen.cue()
        result = await citizen.result()
    answered_at = next(at for at, text in result.timeline if text == "received 200 INVITE")
    first = ear.first_sound_after(answered_at)
    assert first is not None
    assert 0 < (first - answered_at).total_seconds() < 1


async def test_a_call_survives_being_put_on_hold(phone: OperatorPhone, tmp_path: Path) -> None:
    citizen = calling(CitizenScript([WaitForHangup(5)]), phone, "op1001", tmp_path)
    await citizen.start()
    await phone.wait_for(PhoneEventKind.INCOMING, timeout_seconds=DEADLINE)
    await phone.answer()
    await phone.wait_for(PhoneEventKind.ESTABLISHED, timeout_seconds=DEADLINE)
    await phone.hold()
    await until(lambda: [text for _, text in citizen.timeline()].count("received INVITE") == 1)
    await phone.resume()
    await until(lambda: [text for _, text in citizen.timeline()].count("received ACK") == 2)
    await phone.hangup()
    assert (await citizen.result()).ended_by == "far_end"


async def test_an_operator_follows_the_habits_given(phone: OperatorPhone, tmp_path: Path) -> None:
    habits = [Habit(Response.DECLINE, ring_seconds=0.05), Habit(ring_seconds=0.05, talk_seconds=0.2)]
    role = OperatorRole(phone, habits)
    async with asyncio.TaskGroup() as group:
        playing = group.create_task(role.run())
        declined = await calling(CitizenScript(), phone, "op1001", tmp_path / "1").call()
        talked = await calling(CitizenScript([WaitForHangup(5)]), phone, "op1001", tmp_path / "2").call()
        await phone.kill()
        await playing
    assert (declined.sip_status, talked.sip_status, talked.ended_by) == (486, 200, "far_end")
    assert [(call.answered_at is not None, call.hung_up) for call in role.calls] == [(False, True), (True, True)]


async def test_a_killed_phone_is_gone_and_leaves_no_process(phone: OperatorPhone) -> None:
    pid = phone.pid
    assert pid is not None
    await phone.kill()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(PhoneGoneError):
        await phone.wait_for(PhoneEventKind.INCOMING, timeout_seconds=DEADLINE)


async def test_a_phone_without_a_registrar_says_so(tmp_path: Path) -> None:
    base = reserve_ports(2)
    phone = OperatorPhone(PhoneAccount("op1001", "x", f"127.0.0.1:{base}"), folder=tmp_path, voice_seconds=1)
    with pytest.raises(ActorError, match="op1001"):
        await phone.start(register_seconds=0.5)
    assert phone.pid is None
    release_ports(base, 2)


def test_tones_are_told_apart(tmp_path: Path) -> None:
    wav = write_tone_wav(tmp_path / "tone.wav", 440, 2)
    assert dominant_frequencies(wav, count=3) == [440]
    assert sounding_seconds(wav, 440) == pytest.approx(2.0)
    assert not hears(wav, 480)


def test_ports_are_handed_out_once() -> None:
    bases = [reserve_ports(4) for _ in range(50)]
    taken = {port for base in bases for port in range(base, base + 4)}
    assert len(taken) == 200
    for base in bases:
        release_ports(base, 4)
    with pytest.raises(NoFreePortError):
        reserve_ports(8_990)


def test_keys_are_checked() -> None:
    with pytest.raises(ValueError, match="not keys"):
        PressKey("2x")
