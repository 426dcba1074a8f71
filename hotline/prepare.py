"""Everything that must be right before anything starts: configuration, ports, secrets, sounds, Asterisk's files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from agi_scripts.sounds import MUSIC, holding, waiting
from calls.errors import ConfigurationError
from hotline import plans
from hotline.config import City, load_city
from hotline.prompts import build_prompts
from hotline.prompts_sound import build_music
from hotline.settings import Settings
from hotline.versions import Version, Versions, digest_of, fingerprint_of, this_user
from telephony.asterisk.locate import AsteriskBinary, locate
from telephony.asterisk.plan import AsteriskPlan
from telephony.asterisk.render import render
from telephony.asterisk.running import find_running
from telephony.asterisk.secrets import Secrets, load_secrets

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A city that is ready to be served."""

    settings: Settings
    city: City
    secrets: Secrets
    binary: AsteriskBinary
    plan: AsteriskPlan
    prompts_dir: Path
    "The sounds of this version."
    version: Version


def check_ports(settings: Settings) -> None:
    """Raise ConfigurationError where a port that the service needs is taken, naming the port and the setting.

    Ports of an Asterisk that a service before this one left running are its own: it will be taken over.
    """
    asterisk = settings.asterisk_dir
    ours = (
        {settings.sip_port, settings.ami_port}
        if find_running(asterisk / "run", asterisk / "etc/asterisk.conf")
        else set()
    )
    problems = [
        f"port {port} ({purpose}) is in use: end the program that has it, or choose another with {setting}"
        for port, purpose, setting in settings.ports_in_use()
        if port not in ours
    ]
    if problems:
        raise ConfigurationError(problems)


def prepare(settings: Settings, progress: Progress = lambda _: None, *, last_good: bool = False) -> Prepared:
    """Load and check the configuration, then write what Asterisk needs. Nothing is written when something is wrong.

    With `last_good` a folder with mistakes gives way to the version of it that was live last: a restart must not take
    the line down. Raises ConfigurationError with every problem. Takes seconds the first time, when prompts are spoken.
    """
    versions = Versions(settings.versions_dir)
    source, aside = _source(settings, versions)
    try:
        city, fingerprint = _load(source)
    except ConfigurationError as error:
        good = _last_good(settings, versions) if last_good else None
        if good is None:
            raise
        problems = "\n  ".join(error.problems)
        progress(f"{source} has mistakes; version {good.label}, the last good one, is served until then:\n  {problems}")
        source, aside = good.folder, ""
        city, fingerprint = _load(source)
    binary = locate(plans.CHECKOUT)
    unknown = sorted(set(settings.trunk_addresses) - set(city.trunks))
    if unknown:
        raise ConfigurationError([f"--trunk {name}: there is no such trunk in city.yaml" for name in unknown])
    settings.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)  # callers' numbers and voices are in it
    secrets = load_secrets(settings.secrets_path, plans.phone_owners(city))
    plan = plans.asterisk_plan(city, settings, secrets, binary, settings.prompts_dir)
    progress("speaking prompts")
    build_prompts(city, settings.prompts_dir)
    build_music(settings.music_dir, city.config_dir / "music")
    lay_out_music(city, settings, settings.prompts_dir)
    progress("rendering the Asterisk configuration")
    settings.recordings_dir.mkdir(parents=True, exist_ok=True)
    settings.emergency_spool_dir.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(settings.sounds_dir, ignore_errors=True)  # of the service before this one
    render(plan)
    version = _version(versions, source, aside, fingerprint)
    city = replace(city, version=version.label, config_dir=version.folder)
    return Prepared(settings, city, secrets, binary, plan, settings.prompts_dir, version)


def _load(folder: Path) -> tuple[City, str]:
    """Return the configuration, and the fingerprint that it had before it was read."""
    fingerprint = fingerprint_of(folder)
    return load_city(folder), fingerprint


def _last_good(settings: Settings, versions: Versions) -> Version | None:
    """Return the version that was live last, where it came from this very folder or from a rollback; else None."""
    live, _ = versions.live()
    if live is None or not (live.source == str(settings.config_dir) or live.source.startswith("version ")):
        return None
    return live


def _source(settings: Settings, versions: Versions) -> tuple[Path, str]:
    """Return the folder to serve: the city's, or the version that it was rolled back to, until the city's changes."""
    live, aside = versions.live()
    if live is not None and aside and settings.config_dir.is_dir() and aside == digest_of(settings.config_dir):
        return live.folder, aside
    return settings.config_dir, ""


def _version(versions: Versions, source: Path, aside: str, fingerprint: str) -> Version:
    """Return what was loaded as a version: the one that was live before, where it is the same, else a new one."""
    scratch = versions.copy(source)
    live, _ = versions.live()
    if fingerprint_of(source) != fingerprint:
        versions.drop(scratch)
        raise ConfigurationError([f"{source}:1:1: was changed while it was being read; start again"])
    if live is not None and live.digest == digest_of(scratch):
        versions.drop(scratch)
        return live
    version = versions.keep(scratch, by=this_user(), at=datetime.now(UTC), note="start", source=str(source))
    versions.set_live(version, aside)
    return version


def lay_out_music(city: City, settings: Settings, prompts_dir: Path) -> None:
    """Make a folder for each music class with links to what it plays, in the order in which it plays."""
    for name, (language, parts) in plans.music_of(city).items():
        heard = ((q, (waiting(q.queue_id, language), holding(q.queue_id))) for q in city.queues.values())
        base = next((queue.music for queue, names in heard if name in names), "default")
        wanted: dict[str, Path] = {}
        for number, part in enumerate(parts):
            if part == MUSIC:
                for track in sorted((settings.music_dir / base).glob("*.alaw")):
                    wanted[f"{number:02d}_{track.name}"] = track
            else:
                wanted[f"{number:02d}_{part}.alaw"] = prompts_dir / language / f"{part}.alaw"
        _link(settings.music_dir / name, wanted)


def _link(folder: Path, wanted: dict[str, Path]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for entry in folder.iterdir():
        if entry.name not in wanted:
            entry.unlink()
    for name, target in wanted.items():
        link = folder / name
        if not (link.is_symlink() and os.readlink(link) == str(target)):
            link.unlink(missing_ok=True)
            link.symlink_to(target)
