"""The emergency script as Asterisk runs it: a process with pipes, real pyst2, signals, and a peer that speaks AGI."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from emergency_peer import HEADER, PLAN, SCRIPT, Asterisk


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def asterisk(tmp_path: Path, spool: Path) -> Iterator[Callable[..., Asterisk]]:
    started: list[Asterisk] = []

    def start(header: bytes = HEADER, **plan: Any) -> Asterisk:
        path = tmp_path / "plan.json"
        path.write_text(json.dumps(PLAN | {"spool_dir": str(spool)} | plan))
        started.append(Asterisk(path, header))
        return started[-1]

    yield start
    for peer in started:
        if peer.process.poll() is None:
            peer.process.kill()
            peer.ends()


def record(spool: Path) -> dict[str, Any]:
    """Return the one record, after checking that it is the only file and one line."""
    (path,) = spool.iterdir()
    assert path.suffix == ".json"
    (line,) = path.read_text().splitlines()
    found: dict[str, Any] = json.loads(line)
    for key in ("started_at", "answered_at", "ended_at"):
        if found[key] is not None:
            assert datetime.fromisoformat(found[key]).utcoffset() is not None
    return found


def outcome(spool: Path) -> tuple[str, str, str | None, str | None]:
    found = record(spool)
    return found["outcome"], found["ended_by"], found["answered_by"], found["answered_operator"]


def test_an_operator_answers(asterisk: Callable[..., Asterisk], spool: Path) -> None:
    peer = asterisk()
    peer.peer = "PJSIP/op1002-0000000a"
    peer.dials = [lambda: "ANSWER"]
    assert peer.runs() == 0
    assert outcome(spool) == ("answered", "operator", "operator", "op1002")
    found = record(spool)
    assert (found["call_id"], found["ani"], found["dnis"]) == ("1795336747.6", "13800000000", "12345")
    assert found["started_at"] <= found["answered_at"] <= found["ended_at"]
    # only the phones that are registered, all at once
    assert peer.dialled() == [{"PJSIP/op1001", "PJSIP/op1002"}]
    assert 'STREAM FILE "/p/please wait" ""' in peer.heard
    assert peer.stderr == ""


def test_the_caller_ends_the_conversation(asterisk: Callable[..., Asterisk], spool: Path) -> None:
    peer = asterisk()
    peer.peer = "PJSIP/op1001-0000000a"

    def talk() -> str:
        peer.hang_up()
        return "ANSWER"

    peer.dials = [talk]
    assert peer.runs() == 0
    assert outcome(spool) == ("answered", "caller", "operator", "op1001")


def test_the_caller_leaves_while_phones_ring(asterisk: Callable[..., Asterisk], spool: Path) -> None:
    peer = asterisk()

    def leave() -> str:
        peer.hang_up()
        return "CANCEL"

    peer.dials = [leave]
    assert peer.runs() == 0
    assert outcome(spool) == ("abandoned", "caller", None, None)


@pytest.mark.parametrize("moment", ["ANSWER", "STREAM FILE", "EXEC MusicOnHold"])
def test_the_caller_leaves_at_another_moment(moment: str, asterisk: Callable[..., Asterisk], spool: Path) -> None:
    peer = asterisk(ring_seconds=5)
    peer.dials = [lambda: "BUSY"]
    while (command := peer.hears()) is not None:
        if command.startswith(moment):
            peer.hang_up()
            peer.says(b"200 result=-1\n")
        else:
            peer.says(peer.reply(command).encode())
    assert peer.ends() == 0
    assert outcome(spool) == ("abandoned", "caller", None, None)


def test_the_caller_left_before_the_script_began_and_no_signal_came(
    asterisk: Callable[..., Asterisk], spool: Path
) -> None:
    peer = asterisk()
    peer.hung_up = True
    assert peer.runs() == 0
    assert outcome(spool) == ("abandoned", "caller", None, None)


def test_nobody_answers(asterisk: Callable[..., Asterisk], spool: Path) -> None:
    peer = asterisk()
    peer.dials = [lambda: "NOANSWER", lambda: "BUSY", lambda: "CONGESTION"]
    assert peer.runs() == 0
    assert outcome(spool) == ("not_connected", "service", None, None)
    phones = {"PJSIP/op1001", "PJSIP/op1002"}
    assert peer.dialled() == [phones, phones, {"PJSIP/96777@trunk-city"}]
    assert peer.heard[-1] == 'STREAM FILE "/p/all_busy" ""'


def test_all_phones_busy_at_once_the_caller_hears_music(asterisk: Callable[..., Asterisk], spool: Path) -> None:
    peer = asterisk(ring_seconds=30, rounds=1, hotline=None)
    peer.dials = [lambda: "BUSY"]
    assert peer.runs() == 0
    assert any(re.fullmatch(r'EXEC MusicOnHold ",(29|30)"', command) for command in peer.heard)
    assert outcome(spool) == ("not_connected", "service", None, None)


def test_no_phone_is_registered_and_the_hotline_answers(asterisk: Callable[..., Asterisk], spool: Path) -> None:
    peer = asterisk()
    peer.registered = []
    peer.peer = "PJSIP/trunk-city-0000000a"
    peer.dials = [lambda: "ANSWER"]
    assert peer.runs() == 0
    assert peer.dialled() == [{"PJSIP/96777@trunk-city"}]
    assert outcome(spool) == ("answered", "target", "hotline", None)


def test_a_missing_prompt_does_not_end_the_call(asterisk: Callable[..., Asterisk], spool: Path) -> None:
    peer = asterisk()
    peer.dials = [lambda: "ANSWER"]
    while (command := peer.hears()) is not None:
        missing = command.startswith("STREAM FILE")
        peer.says(b"200 result=-1 endpos=0\n" if missing else peer.reply(command).encode())
    assert peer.ends() == 0
    assert record(spool)["outcome"] == "answered"


def test_steps_are_on_disk_while_the_call_goes_on(asterisk: Callable[..., Asterisk], spool: Path) -> None:
    peer = asterisk()
    seen: list[tuple[str, str]] = []

    def look() -> str:
        (path,) = spool.iterdir()
        seen.append((path.suffix, json.loads(path.read_text().splitlines()[-1])["call_id"]))
        return "ANSWER"

    peer.dials = [look]
    assert peer.runs() == 0
    assert seen == [(".part", "1795336747.6")]


@pytest.mark.parametrize("side", ["stdin", "stdout", "both"])
def test_asterisk_dies_during_a_call(side: str, asterisk: Callable[..., Asterisk], spool: Path) -> None:
    peer = asterisk()
    assert peer.process.stdin is not None
    assert peer.process.stdout is not None
    while not (command := peer.hears() or "").startswith("EXEC Dial"):
        peer.says(peer.reply(command).encode())
    if side in ("stdout", "both"):
        peer.process.stdout.close()
    if side == "stdout":
        # SIGPIPE: the reply arrives, the next command has nobody to go to
        peer.says(b"200 result=0\n")
    else:
        peer.process.stdin.close()
    assert peer.ends() == 0
    assert outcome(spool)[0] == "abandoned"


def test_a_stop_signal_writes_the_record(asterisk: Callable[..., Asterisk], spool: Path) -> None:
    peer = asterisk()
    while not (command := peer.hears() or "").startswith("EXEC Dial"):
        peer.says(peer.reply(command).encode())
    peer.process.terminate()
    assert peer.ends() == 0
    assert outcome(spool) == ("abandoned", "unknown", None, None)


HOSTILE = [
    b"1\n\n200 result=0",
    b"1\n\n520-x\nagi_threadid: 1",
    b"1\n\nagi_threadid: 2\n\n200 result=1 (token)\n510 x",
    b'"; EXEC System "id"',
    b"${SHELL(id)}",
    b"\xff\xfe\xe4",
    b"x" * 9_000,
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_the_caller_sends_never_reaches_a_command(
    hostile: bytes, asterisk: Callable[..., Asterisk], spool: Path
) -> None:
    header = HEADER.replace(b"unknown", hostile).replace(b"13800000000", hostile)
    peer = asterisk(header)
    peer.peer = "PJSIP/op1001-0000000a"
    peer.dials = [lambda: "ANSWER"]
    assert peer.runs() == 0
    assert outcome(spool) == ("answered", "operator", "operator", "op1001")
    assert peer.dialled() == [{"PJSIP/op1001", "PJSIP/op1002"}]
    assert not any("SHELL" in c or "System" in c or len(c) > 200 for c in peer.heard)
    assert len(record(spool)["ani"]) <= 128


def test_a_plan_with_unfit_values_is_used_without_them(asterisk: Callable[..., Asterisk], spool: Path) -> None:
    peer = asterisk(
        operators=["op1001", "op1002,60,U(x)", 5, "op1003)}${SHELL(id)"],
        hotline="PJSIP/1&PJSIP/2",
        prompts={"please_wait": 'x" HANGUP', "all_busy": None},
        ring_seconds="1",
        rounds=0,
    )
    peer.dials = [lambda: "ANSWER"]
    assert peer.runs() == 0
    assert [c for c in peer.heard if "Dial" in c] == ['EXEC Dial "PJSIP/op1001,20,mg"']
    assert not any(c.startswith("STREAM") for c in peer.heard)


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"spool_dir": 5}', '{"spool_dir": "x", "operators": 5}'])
def test_a_plan_that_cannot_be_read(content: str | None, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    if content is not None:
        plan.write_text(content)
    peer = Asterisk(plan)
    assert peer.runs() == 1
    assert "PlanWrong" in peer.stderr
    assert peer.heard == []


def test_a_spool_that_cannot_be_written_does_not_stop_the_call(asterisk: Callable[..., Asterisk]) -> None:
    peer = asterisk(spool_dir="/proc/nowhere")
    peer.dials = [lambda: "ANSWER"]
    assert peer.runs() == 0
    assert peer.dialled() == [{"PJSIP/op1001", "PJSIP/op1002"}]
    assert "emergency: spool: " in peer.stderr
    assert "13800000000" not in peer.stderr


def test_with_many_operators_only_some_phones_ring(asterisk: Callable[..., Asterisk], spool: Path) -> None:
    peer = asterisk(operators=[f"op{number}" for number in range(1000, 1200)])
    peer.registered = [f"op{number}" for number in range(1000, 1200)]
    peer.dials = [lambda: "ANSWER"]
    assert peer.runs() == 0
    (phones,) = peer.dialled()
    assert len(phones) == 40


def test_a_dialplan_context_can_tell_when_a_phone_was_answered(asterisk: Callable[..., Asterisk], spool: Path) -> None:
    peer = asterisk(answered_context="emergency-answered")
    at = int(time.time()) + 1
    while (command := peer.hears()) is not None:
        reply = peer.reply(command) if "Dial" not in command else "200 result=0\n"
        if "DIALSTATUS" in command:
            reply = f"200 result=1 (ANSWER|PJSIP/op1001-01|{at})\n"
        peer.says(reply.encode())
    assert peer.ends() == 0
    assert any(c.endswith(',1,mgU(emergency-answered)"') for c in peer.heard)
    assert datetime.fromisoformat(record(spool)["answered_at"]).timestamp() == at


def test_it_needs_nothing_of_the_service() -> None:
    code = (
        "import runpy, sys; runpy.run_path(sys.argv[1]); "
        "print(*sorted({name.split('.')[0] for name in sys.modules} - sys.stdlib_module_names))"
    )
    run = subprocess.run([sys.executable, "-I", "-c", code, str(SCRIPT)], capture_output=True, text=True, check=True)
    ours = {path.name for path in SCRIPT.parent.parent.iterdir() if path.is_dir()}
    assert not ours & set(run.stdout.split())
