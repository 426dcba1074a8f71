"""What programs cost, read from /proc: CPU seconds and memory."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_UTIME, _STIME, _RSS = 11, 12, 21
"Places in /proc/<pid>/stat after the command's name."


@dataclass(frozen=True, slots=True)
class Cost:
    """One program, at one moment."""

    cpu_seconds: float
    "User and system time of all its threads since it started."
    memory_mb: float
    "Resident memory."


def cost_of(pid: int) -> Cost | None:
    """Return what a program has cost so far; None when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    ticks = int(fields[_UTIME]) + int(fields[_STIME])
    return Cost(ticks / _TICKS, int(fields[_RSS]) * _PAGE / 1e6)


def put_first(pid: int, nice: int) -> None:
    """Give a program the precedence that the service has, where the machine allows it."""
    with contextlib.suppress(PermissionError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            os.setpriority(os.PRIO_PROCESS, int(task.name), nice)


def children_named(name: str) -> list[int]:
    """Return our own child processes that run this program."""
    tasks = Path("/proc/self/task").glob("*/children")
    pids = [int(pid) for task in tasks for pid in task.read_text().split()]
    return [pid for pid in pids if _name_of(pid) == name]


def _name_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def machine() -> str:
    """Return what this runs on and how busy it is, in one line."""
    cpu = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), ""
    )
    return f"{os.cpu_count()} x {cpu or 'unknown CPU'}, load {load()}"


def load() -> str:
    """Return the load averages of 1, 5 and 15 minutes."""
    return " ".join(Path("/proc/loadavg").read_text().split()[:3])


def machine_cpu() -> tuple[float, float]:
    """Return the CPU seconds of the whole machine since its start: busy ones, and all."""
    values = [int(value) / _TICKS for value in _lines("/proc/stat")[0].split()[1:9]]
    idle = values[3] + values[4]
    return sum(values) - idle, sum(values)


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()
