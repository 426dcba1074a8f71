"""What the operating system knows of a running Asterisk: who owns its folder, whether it lives, when it ends."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
from pathlib import Path
from typing import IO

from calls.errors import HotlineError


class AsteriskFailed(HotlineError):
    """Asterisk did not start."""

    error_id = "asterisk_failed"


def take_ownership(run_folder: Path) -> IO[str]:
    """Hold the folder until the returned file is closed. Raises AsteriskFailed when another process holds it."""
    run_folder.mkdir(parents=True, exist_ok=True)
    lock = (run_folder / "owner.lock").open("a", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise AsteriskFailed(
            f"A service runs an Asterisk in {run_folder} already: choose another --state-dir"
        ) from None
    return lock


def find_running(run_folder: Path, config: Path) -> int | None:
    """Return the process id of an Asterisk that was started with this configuration and is alive."""
    try:
        pid = int((run_folder / "asterisk.pid").read_text(encoding="ascii"))
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    # a process id is used again one day: only the command line tells whose it is now
    return pid if os.fsencode(config) in command.split(b"\0") else None


def has_udp_port(pid: int, port: int) -> bool:
    """Tell whether this process has a UDP socket on a port; True where the system does not say."""
    sockets: set[str] = set()
    for table in ("udp", "udp6"):
        with contextlib.suppress(OSError):
            rows = [row.split() for row in Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:]]
            sockets |= {f"socket:[{row[9]}]" for row in rows if row[1].endswith(f":{port:04X}")}
    held: set[str] = set()
    try:
        entries = [entry.path for entry in os.scandir(f"/proc/{pid}/fd")]
    except OSError:
        return True
    for entry in entries:
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            held.add(os.readlink(entry))
    return not sockets.isdisjoint(held)


async def wait_for_end(pid: int) -> None:
    """Return when this process, which need not be our child, has ended."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    try:
        loop.add_reader(descriptor, ended.set)
        await ended.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


def reap(pid: int) -> None:
    """Take the ended process out of the system's list, where it stays if it was a child that we once abandoned."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def size_of(path: Path) -> int:
    """Return how long a log is, 0 where there is none."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def tail_of(path: Path, count: int, *, since: int = 0) -> list[str]:
    """Return the last lines of a log, of what was written after it had been `since` bytes long."""
    try:
        with path.open("rb") as file:
            file.seek(max(since, path.stat().st_size - 8192))
            return file.read().decode(errors="replace").splitlines()[-count:]
    except FileNotFoundError:
        return []
