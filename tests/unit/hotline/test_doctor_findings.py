"""What `hotline doctor` makes of facts: each finding by itself, and that it always says what mends it."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hotline.doctor import asterisk, city, database, machine, network, state, time, versions
from hotline.doctor.finding import Finding, Status
from hotline.doctor.processes import Holder
from storage.tables import SCHEMA_REVISION
from telephony.asterisk.locate import AsteriskBinary

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
OURS, OTHERS = Holder(77, "hotline", True), Holder(99, "sipp", False)


def binary(*version: int) -> AsteriskBinary:
    return AsteriskBinary(("/opt/asterisk",), version, Path("/modules"), Path("/data"))


def judged(finding: Finding) -> tuple[str, str]:
    return finding.id, str(finding.status)


def path_facts(mode: int, owner: int = 7, *, writable: bool = True) -> state.PathFacts:
    return state.PathFacts(Path("/state"), mode, owner, writable)


@pytest.mark.parametrize(
    ("finding", "expected", "mend"),
    [
        (asterisk.judge_version(binary(22, 10, 1)), ("asterisk", "ok"), ""),
        (asterisk.judge_version(binary(22, 9, 0)), ("asterisk", "warn"), "make setup"),
        (asterisk.judge_version(binary(20, 19, 0)), ("asterisk", "fail"), "make setup"),
        (asterisk.judge_version(binary(23, 1, 0)), ("asterisk", "warn"), "make test"),
        (asterisk.judge_modules(["a.so"], {"a.so", "b.so"}, Path("/m")), ("asterisk-modules", "ok"), ""),
        (asterisk.judge_modules(["a.so", "c.so"], {"a.so"}, Path("/m")), ("asterisk-modules", "fail"), "make setup"),
        (network.judge_address("127.0.0.1", True), ("address", "ok"), ""),
        (network.judge_address("192.0.2.1", False), ("address", "fail"), "HOTLINE_BIND"),
        (network.judge_exposure("127.0.0.1"), ("exposure", "ok"), ""),
        (network.judge_exposure("192.0.2.1"), ("exposure", "warn"), "firewall"),
        (network.judge_port(20000, "sip", False, None), ("port-sip", "ok"), ""),
        (network.judge_port(20000, "sip", True, OURS), ("port-sip", "ok"), ""),
        (network.judge_port(20000, "sip", True, OTHERS), ("port-sip", "fail"), "kill 99"),
        (network.judge_port(20000, "sip", True, None), ("port-sip", "fail"), "ss -tulpn | grep 20000"),
        (network.judge_rtp(21000, 26999, (32768, 60999)), ("rtp", "ok"), ""),
        (network.judge_rtp(31000, 36999, (32768, 60999)), ("rtp", "warn"), "--port-base"),
        (network.judge_rtp(31000, 36999, None), ("rtp", "ok"), ""),
        (network.judge_service({"ok": True, "checks": {"journal": "up"}}), ("service", "ok"), ""),
        (network.judge_service({"ok": False, "checks": {"asterisk": "down"}}), ("service", "fail"), "journalctl"),
        (network.judge_service(None), ("service", "info"), "hotline run"),
        (network.judge_foreign_asterisk(True, "127.0.0.1", 20001), ("asterisk-running", "ok"), ""),
        (network.judge_foreign_asterisk(False, "127.0.0.1", 20001), ("asterisk-running", "fail"), "run-asterisk"),
        (machine.judge_disk("disk-state", Path("/s"), 6 << 30, None), ("disk-state", "ok"), ""),
        (machine.judge_disk("disk-state", Path("/s"), (5 << 30) - 1, None), ("disk-state", "warn"), "df -h /s"),
        (machine.judge_disk("disk-state", Path("/s"), (500 << 20) - 1, 8), ("disk-state", "fail"), "--state-dir"),
        (machine.judge_open_files(4096, None), ("open-files", "ok"), ""),
        (machine.judge_open_files(1024, 65536), ("open-files", "warn"), "ulimit -n 65536"),
        (machine.judge_open_files(None, 2048), ("open-files", "warn"), "LimitNOFILE"),
        (machine.judge_memory(1 << 30), ("memory", "ok"), ""),
        (machine.judge_memory(100 << 20), ("memory", "warn"), "ps aux"),
        (machine.judge_tool("sox", "/usr/bin/sox"), ("tool-sox", "ok"), ""),
        (machine.judge_tool("sox", None), ("tool-sox", "fail"), "apt-get install sox"),
        (machine.judge_tool("sipp", None), ("tool-sipp", "info"), "apt-get install sip-tester"),
        (time.judge_clock(NOW, None, None), ("clock", "ok"), ""),
        (time.judge_clock(NOW, NOW + timedelta(seconds=1), None), ("clock", "ok"), ""),
        (time.judge_clock(NOW, NOW + timedelta(minutes=1), None), ("clock", "fail"), "timedatectl"),
        (time.judge_clock(NOW, None, NOW + timedelta(days=1)), ("clock", "fail"), "timedatectl"),
        (time.judge_ntp(0), ("clock-kept", "ok"), ""),
        (time.judge_ntp(5), ("clock-kept", "warn"), "chrony"),
        (time.judge_ntp(None), ("clock-kept", "info"), "timedatectl"),
        (time.judge_zone("Asia/Shanghai", True), ("timezone", "ok"), ""),
        (time.judge_zone("Asia/Shanghai", False), ("timezone", "fail"), "tzdata"),
        (versions.judge_python((3, 11, 2)), ("python", "ok"), ""),
        (versions.judge_python((3, 10, 9)), ("python", "fail"), "PYTHON="),
        (versions.judge_packages({"a": "1"}, {"a"}, {"a": "1"}), ("packages", "ok"), ""),
        (versions.judge_packages({"a": "1", "dev": "2"}, {"a"}, {"a": "1", "dev": None}), ("packages", "ok"), ""),
        (versions.judge_packages({"a": "1"}, {"a"}, {"a": None}), ("packages", "fail"), "make setup"),
        (versions.judge_packages({"a": "1"}, {"a"}, {"a": "2"}), ("packages", "warn"), "make setup"),
        (versions.judge_sqlite((3, 40, 1)), ("sqlite", "ok"), ""),
        (versions.judge_sqlite((3, 31, 0)), ("sqlite", "fail"), "HOTLINE_DATABASE_URL"),
        (state.judge_folder(path_facts(0o700), 7), ("state-folder", "ok"), ""),
        (state.judge_folder(path_facts(0o755), 7), ("state-folder", "warn"), "chmod 700 /state"),
        (state.judge_folder(path_facts(0o700, writable=False), 8), ("state-folder", "fail"), "chown"),
        (state.judge_secrets(Path("/s"), None, 7), ("secrets", "info"), "asterisk render"),
        (state.judge_secrets(Path("/s"), path_facts(0o600), 7), ("secrets", "ok"), ""),
        (state.judge_secrets(Path("/s"), path_facts(0o640), 7), ("secrets", "fail"), "chmod 600 /s"),
        (state.judge_secrets(Path("/s"), path_facts(0o600), 0), ("secrets", "warn"), "run as user 7"),
        (state.judge_wrapper(Path("/w"), None, False), ("emergency-path", "info"), "asterisk render"),
        (state.judge_wrapper(Path("/w"), "#!/bin/sh\n", False), ("emergency-path", "fail"), "chmod 700 /w"),
        (state.judge_wrapper(Path("/w"), "exec /no/such x", True), ("emergency-path", "fail"), "asterisk render"),
        (state.judge_wrapper(Path("/w"), f"exec {sys.executable} x", True), ("emergency-path", "ok"), ""),
        (state.judge_spool(Path("/n"), (0, 0, 0)), ("emergency-notes", "ok"), ""),
        (state.judge_spool(Path("/n"), (2, 1, 0)), ("emergency-notes", "info"), "hotline run"),
        (state.judge_spool(Path("/n"), (2, 1, 1)), ("emergency-notes", "warn"), "/n/*.bad"),
        (database.judge_schema("db", SCHEMA_REVISION), ("database", "ok"), ""),
        (database.judge_schema("db", None), ("database", "info"), "hotline run"),
        (database.judge_schema("db", "0000"), ("database", "warn"), "backup"),
        (database.judge_schema("db", "9999"), ("database", "fail"), "install the version"),
        (database.judge_unreadable("sqlite:///x", ["locked"]), ("database", "fail"), "Restore"),
        (database.judge_unreadable("postgresql://x", []), ("database", "fail"), "HOTLINE_DATABASE_URL"),
        (city.judge_problems(Path("/c"), ["a:1:1: x"]), ("configuration", "fail"), "docs/configuration.md"),
        (city.judge_problems(Path("/c"), ["a:1:1: x"] * 9), ("configuration", "fail"), "lists all 9"),
        (city.judge_example(Path("/c")), ("hotlines-example", "info"), "example: true"),
    ],
)
def test_a_finding_says_how_bad_it_is_and_what_mends_it(finding: Finding, expected: tuple[str, str], mend: str) -> None:
    assert judged(finding) == expected
    assert mend in finding.mend
    assert bool(finding.mend) == (finding.status is not Status.OK)
    assert finding.seen


def test_a_finding_without_a_mend_is_refused() -> None:
    with pytest.raises(ValueError, match="says no mend"):
        Finding("x", Status.WARN, "something")
