"""The clock: sane, kept right by the network, and the city's time zone known."""

from __future__ import annotations

import ctypes
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hotline.doctor.finding import Finding, fail, info, ok, warn

TOLERANCE = timedelta(seconds=2)
"""By which something already recorded may be ahead of the clock."""

_TIMEX_BYTES = 1024  # struct timex is 208 on 64 bits; all zero means: only read
_TIME_ERROR = 5
_SET = "set it: timedatectl set-ntp true (or install chrony)"


def check_time(newest_event: datetime | None, files: list[Path], zone: str | None) -> list[Finding]:
    """Compare the clock with what was recorded and written before, and ask the system whether it is kept right."""
    findings = [judge_clock(datetime.now(UTC), newest_event, newest_file(files)), judge_ntp(kernel_clock_state())]
    return [*findings, *([judge_zone(zone, _knows(zone))] if zone else [])]


def judge_clock(now: datetime, newest_event: datetime | None, file: datetime | None) -> Finding:
    """Judge whether the clock is behind something that has happened already."""
    seen = f"it is {now:%Y-%m-%d %H:%M:%S} UTC"
    for what, moment in (("the newest fact in the journal", newest_event), ("the newest file here", file)):
        if moment is not None and now + TOLERANCE < moment:
            return fail("clock", f"{seen}, but {what} is from {moment:%Y-%m-%d %H:%M:%S}: the clock is behind", _SET)
    return ok("clock", f"{seen}, and nothing was recorded after that")


def judge_ntp(state: int | None) -> Finding:
    """Judge what the kernel says of its clock (`adjtimex`); None: it can't be told."""
    if state is None:
        return info("clock-kept", "whether the clock is kept right can't be told from here", "timedatectl, on the host")
    if state == _TIME_ERROR:
        return warn("clock-kept", "nothing keeps the clock right (the kernel calls it not synchronised)", _SET)
    return ok("clock-kept", "the clock is kept right (the kernel calls it synchronised)")


def judge_zone(name: str, known: bool) -> Finding:
    """Judge whether the rules of the city's time zone are there."""
    if known:
        return ok("timezone", f"the rules of {name} are there")
    return fail("timezone", f"the rules of {name} are not on this machine", "apt-get install tzdata")


def newest_file(files: list[Path]) -> datetime | None:
    """Return when the newest of these files was written."""
    times = [path.stat().st_mtime for path in files if path.exists()]
    return datetime.fromtimestamp(max(times), UTC) if times else None


def kernel_clock_state() -> int | None:
    """Return what adjtimex(2) says: 0 to 4 synchronised, 5 not; None where it may not be asked."""
    try:
        state: int = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError):
        return None
    return state if state >= 0 else None


def _knows(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
