"""Finds the Asterisk to run: the one that set-up unpacked, or a new enough one of the machine's own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from calls.errors import NotFound

LEAST_VERSION = (22, 10, 1)
"""Older ones carry open security advisories."""

_VERSION = re.compile(r"^Asterisk (?:certified/)?(\d+(?:\.\d+)*)", re.MULTILINE)
_ASK_SECONDS = 10


@dataclass(frozen=True, slots=True)
class AsteriskBinary:
    """An Asterisk that runs on this machine."""

    command: tuple[str, ...]
    "How it is started; for an unpacked one through its own loader and libraries."
    version: tuple[int, ...]
    modules: Path
    data: Path

    @property
    def version_text(self) -> str:
        """Return the version as in 22.10.1."""
        return ".".join(str(number) for number in self.version)

    @property
    def is_outdated(self) -> bool:
        """Tell whether security advisories are open against it."""
        return self.version < LEAST_VERSION


def locate(checkout: Path, environment: Mapping[str, str] = os.environ) -> AsteriskBinary:
    """Return the Asterisk to run: HOTLINE_ASTERISK_ROOT, else the machine's own if new enough, else set-up's.

    An outdated one of the machine is taken only when there is no other; the caller warns (`is_outdated`).
    """
    if chosen := environment.get("HOTLINE_ASTERISK_ROOT"):
        binary = unpacked(Path(chosen))
        if binary is None:
            raise NotFound(f"HOTLINE_ASTERISK_ROOT={chosen} holds no Asterisk that runs here")
        return binary
    own = installed()
    if own is not None and not own.is_outdated:
        return own
    binary = unpacked(checkout / "var" / "asterisk-root") or own
    if binary is None:
        raise NotFound("There is no Asterisk 22 on this machine; `make setup` fetches one")
    return binary


def unpacked(root: Path) -> AsteriskBinary | None:
    """Return the Asterisk of a folder that Debian's packages were unpacked into."""
    program = root / "usr" / "sbin" / "asterisk"
    for loader in sorted(root.glob("usr/lib/*/ld-linux*.so.*")):
        library = loader.parent
        command = (str(loader), "--library-path", f"{library}:{root / 'usr' / 'lib'}", str(program))
        version = _version(command) if program.exists() else None
        if version is not None:
            return AsteriskBinary(command, version, library / "asterisk" / "modules", root / "usr/share/asterisk")
    return None


def installed() -> AsteriskBinary | None:
    """Return the Asterisk that is installed on this machine."""
    program = shutil.which("asterisk") or shutil.which("asterisk", path="/usr/sbin:/usr/local/sbin")
    version = _version((program,)) if program else None
    if program is None or version is None:
        return None
    libraries = [*Path("/usr/lib").glob("*-linux-*"), Path("/usr/lib"), Path("/usr/lib64"), Path("/usr/local/lib")]
    modules = [library / "asterisk" / "modules" for library in libraries]
    data = [Path("/usr/share/asterisk"), Path("/var/lib/asterisk")]
    usable_modules = [folder for folder in modules if (folder / "res_agi.so").exists()]
    usable_data = [folder for folder in data if (folder / "documentation").is_dir()]
    if not usable_modules or not usable_data:
        return None
    return AsteriskBinary((program,), version, usable_modules[0], usable_data[0])


def _version(command: tuple[str, ...]) -> tuple[int, ...] | None:
    try:
        said = subprocess.run([*command, "-V"], capture_output=True, text=True, timeout=_ASK_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _VERSION.search(said.stdout)
    return tuple(int(number) for number in found[1].split(".")) if found else None
