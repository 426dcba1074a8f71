"""A PostgreSQL server of our own for the tests: private folder, no network, gone afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

START_SECONDS = 30.0


def _program(name: str) -> str:
    # Debian keeps the server's programs out of the path
    newest = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    found = str(newest[-1]) if newest else shutil.which(name)
    if found is None:
        raise RuntimeError(f"{name} is missing: install Debian's package postgresql (the tests need its server)")
    return found


def _unprivileged() -> dict[str, Any]:
    # the server refuses to run as root
    return {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}


def _is_ready(folder: Path) -> bool:
    state = folder / "data" / "postmaster.pid"
    # for a moment the file is there and empty
    return state.exists() and state.read_text().rstrip().endswith("\nready")


@contextmanager
def running_server() -> Iterator[str]:
    """Run a server and give the address of its database `postgres`, by way of a socket in its folder."""
    folder = Path(tempfile.mkdtemp(prefix="hotline-pg-"))
    who = _unprivileged()
    try:
        if who:
            shutil.chown(folder, who["user"], who["group"])
        initdb = [_program("initdb"), "-D", str(folder / "data"), "-U", "hotline", "-A", "trust", "-E", "UTF8", "-N"]
        subprocess.run([*initdb, "--locale=C.UTF-8"], check=True, stdout=subprocess.DEVNULL, cwd=folder, **who)
        settings = {"listen_addresses": "", "unix_socket_directories": str(folder), "fsync": "off"}
        arguments = [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
        with (folder / "log").open("wb") as log:
            command = [_program("postgres"), "-D", str(folder / "data"), *arguments]
            server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder, **who)
        try:
            _wait_until_ready(server, folder)
            yield f"postgresql://hotline@/postgres?host={folder}"
        finally:
            server.send_signal(signal.SIGINT)  # ends connections, writes everything, stops
            server.wait(START_SECONDS)
    finally:
        shutil.rmtree(folder)


def _wait_until_ready(server: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _is_ready(folder):
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"PostgreSQL did not start: {(folder / 'log').read_text()}")
        time.sleep(0.02)
