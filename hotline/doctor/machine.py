"""The machine: free disk, memory, open files, and the programs that are called."""

from __future__ import annotations

import resource
import shutil
from pathlib import Path

from hotline.doctor.finding import Finding, fail, info, ok, warn
from recording.recorder import FRAME_BYTES, SAMPLE_RATE

GIB = 1024**3
DISK_WARN_BYTES = 5 * GIB
DISK_FAIL_BYTES = 500 * 1024**2
MEMORY_WARN_BYTES = 512 * 1024**2
LEAST_OPEN_FILES = 4096
"""A call takes about a dozen files in Asterisk and three in the service."""

RECORDING_BYTES_PER_SECOND = SAMPLE_RATE * FRAME_BYTES
SPEAKING_TOOLS = ("espeak-ng", "sox")
TEST_TOOLS = ("sipp", "baresip", "chromium")


def check_disk(state_dir: Path, recordings_dir: Path, operators: int | None) -> list[Finding]:
    """Look at the room for records and recordings; where both lie on one file system, at that."""
    findings = [judge_disk("disk-state", state_dir, _free_bytes(state_dir), None)]
    findings.append(judge_disk("disk-recordings", recordings_dir, _free_bytes(recordings_dir), operators))
    return findings


def judge_disk(id_: str, folder: Path, free: int, operators: int | None) -> Finding:
    """Judge the room that is left; with `operators`, say how long their recordings fit."""
    seen = f"{free / GIB:.1f} GiB are free for {folder}"
    if operators:
        hours = free / RECORDING_BYTES_PER_SECOND / 3600
        seen += (
            f"; recordings grow by {RECORDING_BYTES_PER_SECOND // 1000} kB a second each: {hours:,.0f} hours of talk, "
            f"or {hours / operators / 24:.1f} days with all {operators} operators talking day and night"
        )
    mend = f"free some (df -h {folder}), or move --state-dir (HOTLINE_STATE_DIR) to a larger disk"
    if free < DISK_FAIL_BYTES:
        return fail(id_, seen, mend)
    return warn(id_, seen, mend) if free < DISK_WARN_BYTES else ok(id_, seen)


def check_limits() -> list[Finding]:
    """Look at memory and at the number of files that may be open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    available = _available_memory()
    return [judge_open_files(_spell(soft), _spell(hard)), *([judge_memory(available)] if available is not None else [])]


def judge_open_files(soft: int | None, hard: int | None) -> Finding:
    """Judge the limits on open files; None is no limit. Asterisk raises its own to the hard one."""
    seen = f"{_limit(soft)} files may be open ({_limit(hard)} at most)"
    if any(limit is not None and limit < LEAST_OPEN_FILES for limit in (soft, hard)):
        return warn("open-files", seen, "ulimit -n 65536 before the start (systemd: LimitNOFILE=65536)")
    return ok("open-files", seen)


def judge_memory(available: int) -> Finding:
    """Judge the memory that programs can still have."""
    seen = f"{available / GIB:.1f} GiB of memory are available"
    if available < MEMORY_WARN_BYTES:
        return warn("memory", seen, "end other programs (ps aux --sort -rss | head), or give the machine more")
    return ok("memory", seen)


def check_tools() -> list[Finding]:
    """Look for the programs that are called."""
    return [judge_tool(name, shutil.which(name)) for name in (*SPEAKING_TOOLS, *TEST_TOOLS)]


def judge_tool(name: str, path: str | None) -> Finding:
    """Judge whether a program is there; what only tests and the demo need is nothing to worry about."""
    id_ = f"tool-{name}"
    if path is not None:
        return ok(id_, path)
    if name in SPEAKING_TOOLS:
        return fail(
            id_, f"{name} is not there: new prompts can't be spoken, so the service does not start", _install(name)
        )
    return info(id_, f"{name} is not there; only the demo and the tests need it", _install(name))


def _install(name: str) -> str:
    package = {"sipp": "sip-tester", "baresip": "baresip-core"}.get(name, name)
    return f"make setup, or apt-get install {package}"


def _free_bytes(folder: Path) -> int:
    existing = next(each for each in (folder, *folder.absolute().parents) if each.is_dir())
    return shutil.disk_usage(existing).free


def _available_memory() -> int | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return int(found[0]) * 1024 if found else None


def _spell(limit: int) -> int | None:
    return None if limit == resource.RLIM_INFINITY else limit


def _limit(limit: int | None) -> str:
    return "any number of" if limit is None else str(limit)
