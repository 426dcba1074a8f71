"""Who holds a port, and whether that is this installation: read from /proc."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from hotline.settings import Settings

_LISTENING = {socket.SOCK_STREAM: "0A", socket.SOCK_DGRAM: "07"}
_TABLES = {socket.SOCK_STREAM: ("tcp", "tcp6"), socket.SOCK_DGRAM: ("udp", "udp6")}


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that holds a port."""

    pid: int
    name: str
    "Its program, such as sipp."
    is_ours: bool
    "It has files of this installation's state folder open, or is a service that was started on it."


def find_holder(port: int, kind: socket.SocketKind, state_dir: Path, proc: Path = Path("/proc")) -> Holder | None:
    """Return the process that listens on a port; None where it is not found, or another user's."""
    inodes = {f"socket:[{inode}]" for inode in _inodes(port, kind, proc)}
    if not inodes:
        return None
    for process in proc.glob("[0-9]*"):
        files = set(_open_files(process))
        if files & inodes:
            ours = any(file.startswith(f"{state_dir}/") for file in files) or _serves(process, state_dir)
            return Holder(int(process.name), _name(process), ours)
    return None


def _serves(process: Path, state_dir: Path) -> bool:
    """Tell whether this is `hotline run` on the folder: with PostgreSQL it keeps no file of it open."""
    words = _words(process / "cmdline")
    if "run" not in words or not any(word.endswith("/hotline") for word in words):
        return False
    given = dict(pair.split("=", 1) for pair in _words(process / "environ") if "=" in pair)
    folder = given.get("HOTLINE_STATE_DIR") or str(Settings().state_dir)
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == "--state-dir":
            folder = following
        elif word.startswith("--state-dir="):
            folder = word.partition("=")[2]
    return Path(folder) == state_dir


def _inodes(port: int, kind: socket.SocketKind, proc: Path) -> Iterator[str]:
    for table in _TABLES[kind]:
        try:
            lines = (proc / "net" / table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:  # no IPv6
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == _LISTENING[kind] and int(fields[1].rpartition(":")[2], 16) == port:
                yield fields[9]


def _open_files(process: Path) -> Iterator[str]:
    try:
        for entry in (process / "fd").iterdir():
            yield os.readlink(entry)
    except OSError:  # it ended, or is another user's
        return


def _name(process: Path) -> str:
    name = "".join(_words(process / "comm")).strip()
    if not name.startswith("ld-"):
        return name or "?"
    # a program that its own loader runs, as the unpacked Asterisk is, has the loader's name
    programs = [word for word in _words(process / "cmdline")[1:] if word.startswith("/") and ":" not in word]
    return Path(programs[0]).name if programs else name


def _words(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8", errors="replace").split("\0")
    except OSError:  # it ended, or is another user's
        return []
