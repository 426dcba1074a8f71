"""The state folder: who may read it, the secrets in it, and the emergency path that Asterisk runs by itself."""

from __future__ import annotations

import os
import shlex
import stat
from dataclasses import dataclass
from pathlib import Path

from hotline.doctor.finding import Finding, fail, info, ok, warn
from hotline.settings import Settings

_RENDER = "hotline asterisk render (the service does it at each start as well)"
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class PathFacts:
    """What the file system says of a file or folder."""

    path: Path
    mode: int
    owner: int
    "User id."
    writable: bool
    "By who looks."

    @classmethod
    def of(cls, path: Path) -> PathFacts | None:
        """Return the facts; None where there is nothing."""
        try:
            found = path.stat()
        except FileNotFoundError:
            return None
        return cls(path, stat.S_IMODE(found.st_mode), found.st_uid, os.access(path, os.W_OK))


def check_state(settings: Settings) -> list[Finding]:
    """Look at the folder, the secrets, the recordings and the emergency path."""
    user = os.geteuid()
    folder = PathFacts.of(settings.state_dir)
    if folder is None:
        mend = f"hotline run makes it; where its parent may not be written: install -d -m 700 {settings.state_dir}"
        return [info("state-folder", f"{settings.state_dir} is not there yet", mend)]
    wrapper = settings.asterisk_dir / "agi-bin" / "emergency"
    return [
        judge_folder(folder, user),
        judge_secrets(settings.secrets_path, PathFacts.of(settings.secrets_path), user),
        judge_wrapper(wrapper, _read(wrapper), os.access(wrapper, os.X_OK)),
        judge_spool(settings.emergency_spool_dir, _notes(settings.emergency_spool_dir)),
    ]


def judge_folder(folder: PathFacts, user: int) -> Finding:
    """Judge who may read the records, the recordings and the passwords."""
    seen = f"{folder.path} has mode {folder.mode:04o}"
    if not folder.writable:
        mend = f"run as user {folder.owner}, or: chown -R $(id -un) {folder.path}"
        return fail("state-folder", f"{seen} and may not be written by user {user}", mend)
    if folder.mode & _OTHERS:
        return warn("state-folder", f"{seen}: other users may look into it", f"chmod 700 {folder.path}")
    return ok("state-folder", f"{seen}: its owner's alone")


def judge_secrets(path: Path, facts: PathFacts | None, user: int) -> Finding:
    """Judge who may read the passwords."""
    if facts is None:
        return info("secrets", f"{path} is not there yet", f"{_RENDER}: makes passwords for Asterisk and every phone")
    if facts.mode & _OTHERS:
        seen = f"{path} has mode {facts.mode:04o}: other users may read every phone's password"
        return fail(
            "secrets", seen, f"chmod 600 {path}; if others could log in: remove it, and set up every phone anew"
        )
    if facts.owner != user:
        seen = f"{path} belongs to user {facts.owner}, and this is user {user}"
        return warn("secrets", seen, f"run as user {facts.owner}, or: chown $(id -un) {path}")
    return ok("secrets", f"{path} has mode {facts.mode:04o}")


def judge_wrapper(path: Path, text: str | None, executable: bool) -> Finding:
    """Judge what Asterisk runs for a caller when the service can't be reached."""
    if text is None:
        return info("emergency-path", f"{path} is not rendered yet", _RENDER)
    if not executable:
        return fail("emergency-path", f"{path} may not be executed", f"chmod 700 {path}")
    missing = [part for part in _files_of(text) if not Path(part).exists()]
    if missing:
        return fail("emergency-path", f"{path} names what is not there: {', '.join(missing)}", _RENDER)
    return ok("emergency-path", f"{path} is executable and all that it names is there")


def judge_spool(folder: Path, notes: tuple[int, int, int]) -> Finding:
    """Judge the notes of calls that were handled without the service: (finished, under way, unreadable)."""
    finished, part, bad = notes
    if bad:
        mend = f"read {folder}/*.bad, enter these calls by hand, then remove the files"
        return warn("emergency-notes", f"{bad} notes of calls in {folder} can't be read", mend)
    if finished or part:
        seen = f"{finished} calls handled without the service wait to be counted, {part} are under way or were cut off"
        return info("emergency-notes", seen, "hotline run: it counts them every 5 seconds")
    return ok("emergency-notes", "every call that was handled without the service is counted")


def _files_of(wrapper: str) -> list[str]:
    """Return the absolute paths that the wrapper's last line hands to the shell."""
    lines = wrapper.strip().splitlines()
    words = shlex.split(lines[-1]) if lines else []
    return [word for word in words if word.startswith("/")]


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def _notes(spool: Path) -> tuple[int, int, int]:
    if not spool.is_dir():
        return 0, 0, 0
    suffixes = [path.suffix for path in spool.iterdir()]
    return suffixes.count(".json"), suffixes.count(".part"), suffixes.count(".bad")
