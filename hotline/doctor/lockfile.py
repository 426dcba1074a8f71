"""The locked versions, and which of them the service itself needs. Runs by itself, before anything is installed:

python3 hotline/doctor/lockfile.py   prints the part of requirements.lock that a production image holds.
"""

from __future__ import annotations

import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

_PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)")
_VIA = re.compile(r"^    #(?: via)?\s+(\S.*)$")
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_PROJECT = "hotline"
_ALSO = "-r "
"""How the lock marks what scripts/lock-also.in names."""


@dataclass(frozen=True, slots=True)
class Pin:
    """One locked package."""

    name: str
    version: str
    parents: frozenset[str]
    "Names of the packages that need it; the project itself is among them, and `-r` for scripts/lock-also.in."
    text: str
    "Its lines in the lock."


def read_lock(text: str) -> dict[str, Pin]:
    """Return every pin of a lock file by its normalised name."""
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)
    pins = [_pin(block) for block in blocks if _PIN.match(block)]
    return {pin.name: pin for pin in pins}


def runtime_pins(pins: dict[str, Pin], pyproject: str) -> dict[str, Pin]:
    """Return the pins that the project's own dependencies lead to: without those for development."""
    direct = {_named(line) for line in tomllib.loads(pyproject)["project"]["dependencies"]}
    chosen = {name for name, pin in pins.items() if name in direct or _ALSO.strip() in pin.parents}
    while more := {name for name, pin in pins.items() if name not in chosen and pin.parents & chosen}:
        chosen |= more
    return {name: pin for name, pin in pins.items() if name in chosen}


def normalised(name: str) -> str:
    """Return a package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _pin(block: str) -> Pin:
    found = _PIN.match(block)
    assert found is not None
    parents = {line[1] for line in map(_VIA.match, block.splitlines()) if line}
    names = {_ALSO.strip() if parent.startswith(_ALSO) else _named(parent) for parent in parents}
    return Pin(normalised(found[1]), found[2], frozenset(names - {_PROJECT}), block)


def _named(requirement: str) -> str:
    found = _NAME.match(requirement)
    return normalised(found[0]) if found else requirement


def main() -> None:
    """Print the runtime part of the lock."""
    root = Path(__file__).resolve().parent.parent.parent
    pins = read_lock((root / "requirements.lock").read_text(encoding="utf-8"))
    chosen = runtime_pins(pins, (root / "pyproject.toml").read_text(encoding="utf-8"))
    sys.stdout.writelines(pin.text for pin in chosen.values())


if __name__ == "__main__":
    main()
