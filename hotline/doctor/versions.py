"""Python, the locked packages, and SQLite."""

from __future__ import annotations

import platform
import sqlite3
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from hotline.doctor.finding import Finding, a_few, fail, ok, warn
from hotline.doctor.lockfile import read_lock, runtime_pins

LEAST_PYTHON = (3, 11)
LEAST_SQLITE = (3, 35)
"""RETURNING, and WAL repairs that a service which may be killed at any time depends on."""

_RENEW = "make setup (scripts/setup-venv installs exactly what requirements.lock names)"


def check_versions(checkout: Path) -> list[Finding]:
    """Compare what runs with what the tests ran on."""
    return [
        judge_python(sys.version_info[:3]),
        _check_packages(checkout),
        judge_sqlite(sqlite3.sqlite_version_info),
    ]


def judge_python(running: tuple[int, ...]) -> Finding:
    """Judge Python's version."""
    seen = f"Python {_dotted(running)} ({platform.python_implementation()}): {sys.executable}"
    if running < LEAST_PYTHON:
        return fail("python", seen, f"make setup PYTHON=/path/to/python{_dotted(LEAST_PYTHON)}")
    return ok("python", seen)


def judge_packages(locked: dict[str, str], needed: set[str], installed: dict[str, str | None]) -> Finding:
    """Judge the installed packages; those that only development needs may be missing, but not in another version."""
    missing = sorted(name for name in needed if installed.get(name) is None)
    other = sorted(
        f"{name} {has} (locked {locked[name]})"
        for name, has in installed.items()
        if has is not None and has != locked[name]
    )
    if missing:
        return fail("packages", f"packages are missing ({len(missing)}): {a_few(missing)}", _RENEW)
    if other:
        return warn("packages", f"packages have another version ({len(other)}): {a_few(other)}", _RENEW)
    present = sum(has is not None for has in installed.values())
    return ok("packages", f"{present} packages are installed as requirements.lock names them")


def judge_sqlite(library: tuple[int, ...]) -> Finding:
    """Judge the version of SQLite that Python brings."""
    seen = f"SQLite {_dotted(library)}"
    if library < LEAST_SQLITE:
        return fail("sqlite", seen, "use a Python with SQLite 3.35 or newer, or HOTLINE_DATABASE_URL=postgresql://...")
    return ok("sqlite", seen)


def _check_packages(checkout: Path) -> Finding:
    try:
        pins = read_lock((checkout / "requirements.lock").read_text(encoding="utf-8"))
        needed = runtime_pins(pins, (checkout / "pyproject.toml").read_text(encoding="utf-8"))
    except OSError as error:
        return warn("packages", f"the lock can't be read: {error}", "git checkout requirements.lock pyproject.toml")
    locked = {name: pin.version for name, pin in pins.items()}
    return judge_packages(locked, set(needed), {name: _installed(name) for name in pins})


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _dotted(numbers: tuple[int, ...]) -> str:
    return ".".join(str(number) for number in numbers)
