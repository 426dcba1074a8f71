"""Renders the templates of asterisk_conf/ into a complete Asterisk configuration: whole or not at all."""

from __future__ import annotations

import json
import os
import resource
import shlex
import shutil
from importlib import resources
from pathlib import Path

import jinja2

from calls.errors import ConfigurationError
from telephony.ami.translation import EVENT_NAMES
from telephony.asterisk.plan import AsteriskPlan

_SUFFIX = ".j2"
_MOST_OPEN_FILES = 65536


def render(plan: AsteriskPlan, target: Path | None = None) -> Path:
    """Write the configuration to `target` (by default the plan's own folder) and return that folder.

    The old configuration is replaced only when the new one is complete; an error leaves it as it was.
    """
    target = target or plan.folders.etc
    files = render_texts(plan)
    fresh = target.with_name(f".{target.name}.new.{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True, mode=0o700)
    try:
        for name, text in files.items():
            _write(fresh / name, text, 0o600)
        _swap(fresh, target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    for folder in plan.folders.writable():
        folder.mkdir(parents=True, exist_ok=True)
    _write_emergency_script(plan)
    return target


def render_texts(plan: AsteriskPlan) -> dict[str, str]:
    """Return every file of the configuration by its name."""
    templates = {
        entry.name: entry.read_text(encoding="utf-8")
        for entry in resources.files("asterisk_conf").iterdir()
        if entry.name.endswith(_SUFFIX)
    }
    environment = jinja2.Environment(
        loader=jinja2.DictLoader(templates),
        undefined=jinja2.StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    texts = {
        name.removesuffix(_SUFFIX): environment.get_template(name).render(
            plan=plan, folders=plan.folders, events=EVENT_NAMES, open_files=_open_files()
        )
        for name in sorted(templates)
    }
    texts[plan.emergency_document.name] = json.dumps(plan.emergency.document, ensure_ascii=False, indent=1)
    return texts


def _open_files() -> int:
    """Return how many files Asterisk may hold open: every channel takes a handful, so as many as the system grants."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _MOST_OPEN_FILES if most == resource.RLIM_INFINITY else min(most, _MOST_OPEN_FILES)


def _harmless(value: object) -> object:
    """Return what a value becomes in the configuration, where a line break would begin another setting."""
    if value is None or isinstance(value, bool | jinja2.Undefined):
        return value
    text = str(value)
    if any(ord(character) < 32 or ord(character) == 127 for character in text) or "${" in text or "$[" in text:
        raise ConfigurationError([f"{text!r} can't stand in Asterisk's configuration"])
    return text.replace(";", r"\;")


def _swap(fresh: Path, target: Path) -> None:
    """Put the complete folder in the place of the old one."""
    old = target.with_name(f".{target.name}.old.{os.getpid()}")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    fresh.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _write_emergency_script(plan: AsteriskPlan) -> None:
    """Write what the dialplan runs as AGI(emergency): in the dialplan itself a comma would split a path.

    A caller who hangs up while it starts (SIGHUP) must still be noted.
    """
    command = shlex.join([*plan.emergency.command, str(plan.emergency_document)])
    script = plan.folders.agi_bin / "emergency"
    fresh = script.with_name(f".emergency.{os.getpid()}")
    _write(fresh, f"#!/bin/sh\ntrap '' HUP\nexec {command} \"$@\"\n", 0o700)
    os.replace(fresh, script)


def _write(path: Path, text: str, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as file:
        file.write(text)
