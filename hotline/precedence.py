"""Before other programs of the machine: a conversation is heard at once, a backup can wait."""

from __future__ import annotations

import contextlib
import os

import structlog

log = structlog.get_logger(__name__)


def take_precedence(nice: int) -> bool:
    """Take this niceness (-20 first, 19 last), for this process and those that it starts; return whether it has it.

    The machine may not allow it, and then nothing changes. Call it before other threads are begun: each has its own.
    """
    if os.getpriority(os.PRIO_PROCESS, 0) <= nice:
        return True
    try:
        os.setpriority(os.PRIO_PROCESS, 0, nice)
    except PermissionError:
        mend = "allow it (systemd: Nice=, Docker: ulimits nice), or set HOTLINE_NICE=0: docs/operations.md"
        log.warning("precedence_refused", nice=nice, mend=mend)
        return False
    return True


def yield_precedence(pid: int) -> None:
    """Let a program that we have just started have no precedence of ours: calls go on beside its work."""
    with contextlib.suppress(ProcessLookupError):
        if os.getpriority(os.PRIO_PROCESS, pid) < 0:
            os.setpriority(os.PRIO_PROCESS, pid, 0)
