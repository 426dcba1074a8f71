"""How `hotline doctor` gathers what it judges, without touching it, and how it tells it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from calls.events import ServiceStarted, ServiceStopped
from hotline.cli.main import app
from hotline.doctor import asterisk, city, database, machine, state
from hotline.doctor.examine import examine
from hotline.doctor.finding import Finding, a_few
from hotline.doctor.lockfile import read_lock, runtime_pins
from hotline.doctor.processes import Holder, find_holder
from hotline.plans import CHECKOUT
from hotline.settings import Settings
from storage.database import open_database
from storage.journal import Journal

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
RUNTIME_LOCK = """\
alpha==1.0 \\
    --hash=sha256:00
    # via hotline (pyproject.toml)
beta-part==2.0 \\
    --hash=sha256:01
    # via
    #   alpha
    #   pytest
builder==3.0 \\
    --hash=sha256:02
    # via -r scripts/lock-also.in
pytest==9.0 \\
    --hash=sha256:03
    # via hotline (pyproject.toml)
"""
PYPROJECT = '[project]\ndependencies = ["Alpha[x]>=1"]\n'


def judged(finding: Finding) -> tuple[str, str]:
    return finding.id, str(finding.status)


def test_a_long_list_is_cut() -> None:
    assert a_few(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
    assert a_few(["a"]) == "a"


def test_the_disk_is_told_in_days_of_recordings() -> None:
    seen = machine.judge_disk("disk-recordings", Path("/s"), 32_000 * 86_400 * 80, 8).seen
    assert "10.0 days with all 8 operators" in seen


def test_every_module_of_the_template_is_wanted() -> None:
    wanted = asterisk.wanted_modules()
    assert {"chan_pjsip.so", "res_agi.so", "app_mixmonitor.so"} <= set(wanted)
    assert len(wanted) == len(set(wanted))


def test_the_runtime_part_of_the_lock_leaves_development_out() -> None:
    pins = read_lock(RUNTIME_LOCK)
    assert {name: pin.version for name, pin in pins.items()} == {
        "alpha": "1.0",
        "beta-part": "2.0",
        "builder": "3.0",
        "pytest": "9.0",
    }
    chosen = runtime_pins(pins, PYPROJECT)
    assert set(chosen) == {"alpha", "beta-part", "builder"}
    assert chosen["alpha"].text.startswith("alpha==1.0 \\\n    --hash=sha256:00\n")


def test_the_projects_own_lock_has_everything_that_the_project_names() -> None:
    pins = read_lock((CHECKOUT / "requirements.lock").read_text(encoding="utf-8"))
    chosen = runtime_pins(pins, (CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    assert {"panoramisk", "uvloop", "asyncpg", "setuptools"} <= set(chosen)
    assert not {"pytest", "mypy", "ruff", "playwright", "ciw"} & set(chosen)


def test_a_port_is_ours_when_its_holder_has_files_of_the_state_folder_open(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, (tmp_path / "owner.lock").open("w"):
        port = server.getsockname()[1]
        holder = find_holder(port, socket.SOCK_STREAM, tmp_path)
        stranger = find_holder(port, socket.SOCK_STREAM, tmp_path / "another")
    assert holder is not None
    assert (holder.pid, holder.is_ours) == (os.getpid(), True)
    assert stranger is not None
    assert not stranger.is_ours
    assert find_holder(port, socket.SOCK_STREAM, tmp_path) is None


@pytest.mark.parametrize("how", ["environment", "word", "two words"])
def test_a_service_that_keeps_no_file_open_is_known_by_how_it_was_started(tmp_path: Path, how: str) -> None:
    program, state_dir = tmp_path / "hotline", tmp_path / "state"
    program.write_text("import socket; s = socket.create_server(('127.0.0.1', 0))\n", encoding="utf-8")
    with program.open("a", encoding="utf-8") as file:
        file.write("print(s.getsockname()[1], flush=True); input()\n")
    words = {"word": [f"--state-dir={state_dir}"], "two words": ["--state-dir", str(state_dir)]}.get(how, [])
    with subprocess.Popen(
        [sys.executable, str(program), "run", *words],
        env={**os.environ, "HOTLINE_STATE_DIR": str(state_dir) if how == "environment" else "/elsewhere"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as service:
        assert service.stdout is not None
        port = int(service.stdout.readline())
        found = [find_holder(port, socket.SOCK_STREAM, folder) for folder in (state_dir, tmp_path / "another")]
        service.communicate("\n", timeout=10)
    assert [holder is not None and holder.is_ours for holder in found] == [True, False]


def test_a_program_behind_its_own_loader_has_its_own_name() -> None:
    loader = next(Path("/lib64").glob("ld-linux*"))
    code = "import socket; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True); input()"
    python = str(Path(sys.executable).resolve())
    with subprocess.Popen(
        [str(loader), python, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        assert program.stdout is not None
        holder = find_holder(int(program.stdout.readline()), socket.SOCK_STREAM, Path("/nowhere"))
        program.communicate("\n", timeout=10)
    assert holder == Holder(program.pid, Path(python).name, False)


async def make_database(path: Path, *, stopped: bool) -> None:
    database_ = await open_database(f"sqlite:///{path}")
    journal = Journal(database_)
    await journal.start()
    journal.record(ServiceStarted(at=NOW, version="1"))
    if stopped:
        journal.record(ServiceStopped(at=NOW + timedelta(seconds=5)))
    await journal.stop()
    await database_.close()


@pytest.mark.parametrize(
    ("stopped", "running", "status"), [(True, False, "ok"), (False, True, "ok"), (False, False, "warn")]
)
def test_a_journal_is_read_without_being_touched(tmp_path: Path, stopped: bool, running: bool, status: str) -> None:
    path = tmp_path / "hotline.db"
    asyncio.run(make_database(path, stopped=stopped))
    before = path.read_bytes()
    facts, findings = database.check_database(f"sqlite:///{path}", service_runs_now=running)
    assert facts is not None
    assert facts.newest == NOW + timedelta(seconds=5 if stopped else 0)
    assert [judged(finding) for finding in findings] == [("database", "ok"), ("journal", status)]
    assert path.read_bytes() == before


def test_a_row_that_is_missing_from_the_journal_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "hotline.db"
    asyncio.run(make_database(path, stopped=True))
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM call_events WHERE seq = 1")
    connection.commit()
    connection.close()
    _, findings = database.check_database(f"sqlite:///{path}", service_runs_now=False)
    assert judged(findings[1]) == ("journal", "fail")
    assert "1 of its last rows are missing" in findings[1].seen


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:////nowhere/hotline.db", ("database", "info")),
        ("postgresql://127.0.0.1:1/hotline", ("database", "fail")),
        ("mysql://x/y", ("database", "fail")),
        ("rubbish", ("database", "fail")),
    ],
)
def test_a_database_that_is_not_there_is_not_made(url: str, expected: tuple[str, str]) -> None:
    facts, findings = database.check_database(url, service_runs_now=False)
    assert facts is None
    assert [judged(finding) for finding in findings] == [expected]


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "hotline.db").write_text("this is no database, although it has the name of one" * 20, encoding="utf-8")
    _, findings = database.check_database(f"sqlite:///{tmp_path}/hotline.db", service_runs_now=False)
    assert judged(findings[0]) == ("database", "fail")
    assert "not a database" in findings[0].seen


def test_passwords_are_not_printed() -> None:
    _, findings = database.check_database("postgresql://u:geheim@127.0.0.1:1/hotline", service_runs_now=False)
    assert "geheim" not in str([finding.as_dict() for finding in findings])


def test_the_state_folder_is_looked_at_as_it_is(tmp_path: Path) -> None:
    settings = Settings(state_dir=tmp_path / "state")
    assert [judged(finding) for finding in state.check_state(settings)] == [("state-folder", "info")]
    settings.state_dir.mkdir(mode=0o700)
    settings.secrets_path.write_text("{}", encoding="ascii")
    settings.secrets_path.chmod(0o644)
    settings.emergency_spool_dir.mkdir()
    (settings.emergency_spool_dir / "a.bad").touch()
    wrapper = settings.asterisk_dir / "agi-bin" / "emergency"
    wrapper.parent.mkdir(parents=True)
    wrapper.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n', encoding="ascii")
    wrapper.chmod(0o700)
    assert [judged(finding) for finding in state.check_state(settings)] == [
        ("state-folder", "ok"),
        ("secrets", "fail"),
        ("emergency-path", "ok"),
        ("emergency-notes", "warn"),
    ]


def test_problems_of_the_configuration_are_counted_and_the_first_shown(tmp_path: Path) -> None:
    shutil.copytree(CHECKOUT / "examples" / "beijing", tmp_path / "city")
    (tmp_path / "city" / "queues.yaml").write_text("queues: 5\n", encoding="utf-8")
    loaded, findings = city.check_configuration(tmp_path / "city")
    assert loaded is None
    assert judged(findings[0]) == ("configuration", "fail")
    assert "queues.yaml:1:" in findings[0].seen


def test_without_asterisk_the_first_mend_is_set_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_ASTERISK_ROOT", str(tmp_path))
    assert [judged(finding) for finding in asterisk.check_asterisk()] == [("asterisk", "fail")]


def test_everything_is_looked_at_and_nothing_is_written(tmp_path: Path) -> None:
    findings = examine(Settings(state_dir=tmp_path / "state"))
    ids = [finding.id for finding in findings]
    assert len(ids) == len(set(ids))
    assert {"asterisk", "python", "configuration", "port-sip", "database", "disk-state", "clock", "open-files"} <= set(
        ids
    )
    assert not (tmp_path / "state").exists()


def listener_below(limit: int) -> socket.socket:
    """Return a listening socket on a port that a port base can lead to."""
    for port in range(27_003, limit):
        try:
            return socket.create_server(("127.0.0.1", port))
        except OSError:
            continue
    raise AssertionError("no port is free")


def test_the_command_prints_json_and_tells_by_its_exit_code_that_something_fails(tmp_path: Path) -> None:
    with listener_below(58_000) as server:
        base = server.getsockname()[1] - 3
        result = CliRunner().invoke(
            app, ["doctor", "--json", "--state-dir", str(tmp_path / "state"), "--port-base", str(base)]
        )
    said = json.loads(result.stdout)
    by_id = {finding["id"]: finding for finding in said["findings"]}
    assert (result.exit_code, said["ok"]) == (1, False)
    assert by_id["port-http"]["status"] == "fail"
    assert str(os.getpid()) in by_id["port-http"]["mend"]


def test_the_command_prints_lines_for_people(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["doctor", "--state-dir", str(tmp_path), "--config", str(tmp_path)])
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert any(line.startswith("fail  configuration") for line in lines)
    assert any("→ correct" in line for line in lines)
    assert lines[-1].endswith("fail")
