"""Every configuration that was ever live: a full copy of the folder, with who took it in, when and why.

A copy is made first and checked then, so that what was checked is what is kept and what callers meet, whatever an
editor does to the folder meanwhile.
"""

from __future__ import annotations

import contextlib
import dataclasses
import getpass
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from calls.errors import ConfigurationError, NotFound

MAX_FILES = 20_000
MAX_BYTES = 4 * 1024**3
"""A folder beyond these is no configuration: somebody's home directory, for instance."""

TESTS = "tests"
"""The folder of expectations: no caller meets them, so that a version is not made of them."""

_FOLDER = re.compile(r"([0-9]+)-([0-9a-f]{12})")
_DETAILS = ".version.json"
_LIVE = "live.json"


@dataclass(frozen=True, slots=True)
class Version:
    """A configuration that was live."""

    number: int
    digest: str
    "First 12 hex digits of the SHA-256 of all its files: names and contents."
    at: datetime
    by: str
    "User of the operating system, or of the API."
    note: str
    source: str
    "Folder that it was copied from, or `version N` after a rollback."
    folder: Path
    "Where the copy is."

    @property
    def label(self) -> str:
        """The version's name in the journal: 7-3fa2b1c04d5e."""
        return f"{self.number}-{self.digest}"

    def as_dict(self) -> dict[str, Any]:
        """Return the version as JSON-ready values."""
        return {**dataclasses.asdict(self), "at": self.at.isoformat(), "folder": str(self.folder)}


def digest_of(folder: Path) -> str:
    """Return what names the contents of a configuration folder. Raises ConfigurationError for what is none."""
    total = hashlib.sha256()
    for name, path in _files(folder):
        total.update(f"{name}\0".encode("utf-8", "surrogateescape"))
        with path.open("rb") as file:
            total.update(hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()[:12]


def fingerprint_of(folder: Path) -> str:
    """Return what changes with any edit, from sizes and times alone: cheap enough for every second."""
    total = hashlib.sha256()
    with contextlib.suppress(OSError, ConfigurationError):  # in the middle of being replaced: different in any case
        for name, path in _files(folder):
            status = path.stat()
            total.update(f"{name}\0{status.st_size}\0{status.st_mtime_ns}\0{status.st_ino}\n".encode())
    return total.hexdigest()


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files of a configuration in order; what editors and version control keep beside them is left out."""
    if not folder.is_dir():
        raise ConfigurationError([f"{folder}:1:1: there is no such folder"])
    found: list[tuple[str, Path]] = []
    size = 0
    for root, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and Path(root, name) != folder / TESTS]
        for name in names:
            path = Path(root) / name
            if name.startswith((".", "#")) or name.endswith(("~", ".swp", ".tmp")) or not path.is_file():
                continue
            size += path.stat().st_size
            found.append((path.relative_to(folder).as_posix(), path))
            if len(found) > MAX_FILES or size > MAX_BYTES:
                raise ConfigurationError(
                    [f"{folder}:1:1: holds more files than any configuration; is it the right one?"]
                )
    yield from sorted(found)


def this_user() -> str:
    """Return the name of the operating system's user that this process runs as."""
    with contextlib.suppress(KeyError, OSError):
        return getpass.getuser()
    return str(os.getuid())


@dataclass(slots=True)
class Versions:
    """The versions of one installation, in `<state>/versions/`."""

    root: Path

    def all(self) -> list[Version]:
        """Return every version, the oldest first."""
        if not self.root.is_dir():
            return []
        found = (self._read(entry) for entry in self.root.iterdir() if _FOLDER.fullmatch(entry.name))
        return sorted((version for version in found if version is not None), key=lambda version: version.number)

    def get(self, number: int) -> Version:
        """Return a version by its number; raise NotFound where there is none."""
        for version in self.all():
            if version.number == number:
                return version
        raise NotFound(f"There is no version {number}; `hotline ivr versions` lists them.")

    def copy(self, source: Path) -> Path:
        """Copy a folder to be checked; the caller keeps it (`keep`) or drops it (`drop`)."""
        self.root.mkdir(parents=True, exist_ok=True)
        scratch = self.root / f".candidate-{os.getpid()}-{os.urandom(4).hex()}"
        try:
            for name, path in _files(source):
                target = scratch / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, target)
            scratch.mkdir(parents=True, exist_ok=True)  # an empty folder has its own list of problems
        except BaseException:
            self.drop(scratch)
            raise
        return scratch

    def drop(self, scratch: Path) -> None:
        """Remove a copy that is not kept."""
        shutil.rmtree(scratch, ignore_errors=True)

    def keep(self, scratch: Path, *, by: str, at: datetime, note: str, source: str) -> Version:
        """Make a copy the newest version, whole or not at all."""
        known = self.all()
        number = known[-1].number + 1 if known else 1
        digest = digest_of(scratch)
        if known:
            _share_files(scratch, known[-1].folder)
        details = {"at": at.isoformat(), "by": by, "note": note, "source": source}
        (scratch / _DETAILS).write_text(json.dumps(details, ensure_ascii=False, indent=1), encoding="utf-8")
        folder = self.root / f"{number}-{digest}"
        scratch.rename(folder)
        return Version(number, digest, at, by, note, source, folder)

    def set_live(self, version: Version, aside: str = "") -> None:
        """Note which version is live. `aside` is the digest of a folder that a rollback holds back until it changes."""
        scratch = self.root / f".{_LIVE}-{os.getpid()}"
        scratch.write_text(json.dumps({"number": version.number, "aside": aside}), encoding="utf-8")
        scratch.replace(self.root / _LIVE)

    def live(self) -> tuple[Version | None, str]:
        """Return the version that was live last, and the digest that is held back."""
        try:
            noted = json.loads((self.root / _LIVE).read_text(encoding="utf-8"))
            return self.get(int(noted["number"])), str(noted["aside"])
        except (OSError, ValueError, KeyError, TypeError, NotFound):
            return None, ""

    def _read(self, folder: Path) -> Version | None:
        match = _FOLDER.fullmatch(folder.name)
        try:
            noted = json.loads((folder / _DETAILS).read_text(encoding="utf-8"))
            at = datetime.fromisoformat(noted["at"])
            by, note, source = (str(noted[key]) for key in ("by", "note", "source"))
        except (OSError, ValueError, KeyError, TypeError):
            return None  # not one of ours
        assert match is not None
        return Version(int(match[1]), match[2], at, by, note, source, folder)


def version_rows(versions: Versions, live: str) -> list[dict[str, Any]]:
    """Return every version for people and machines, the newest first."""

    def row(version: Version) -> dict[str, Any]:
        return {**version.as_dict(), "label": version.label, "live": version.label == live}

    return [row(version) for version in reversed(versions.all())]


def _share_files(scratch: Path, earlier: Path) -> None:
    """Let files that did not change be the earlier version's own: a year of edits must not fill the disk."""
    for name, path in list(_files(scratch)):
        twin = earlier / name
        with contextlib.suppress(OSError):
            if twin.is_file() and twin.stat().st_size == path.stat().st_size and twin.read_bytes() == path.read_bytes():
                link = path.with_name(f".{path.name}.link")
                os.link(twin, link)
                link.replace(path)
