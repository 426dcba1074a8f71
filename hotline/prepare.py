"""Everything that must be right before anything starts: configuration, ports, secrets, sounds, Asterisk's files."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agi_scripts.sounds import MUSIC
from calls.errors import ConfigurationError
from hotline import plans
from hotline.config import City, load_city
from hotline.prompts import build_prompts
from hotline.prompts_sound import build_music
from hotline.settings import Settings
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


def prepare(settings: Settings, progress: Progress = lambda _: None) -> Prepared:
    """Load and check the configuration, then write what Asterisk needs. Nothing is written when something is wrong.

    Raises ConfigurationError with every problem. Takes seconds the first time, when prompts are spoken.
    """
    city = load_city(settings.config_dir)
    binary = locate(plans.CHECKOUT)
    unknown = sorted(set(settings.trunk_addresses) - set(city.trunks))
    if unknown:
        raise ConfigurationError([f"--trunk {name}: there is no such trunk in city.yaml" for name in unknown])
    secrets = load_secrets(settings.secrets_path, city.operators)
    plan = plans.asterisk_plan(city, settings, secrets, binary, settings.prompts_dir)
    progress("speaking prompts")
    build_prompts(city, settings.prompts_dir)
    build_music(settings.music_dir, city.config_dir / "music")
    lay_out_music(city, settings, settings.prompts_dir)
    progress("rendering the Asterisk configuration")
    settings.recordings_dir.mkdir(parents=True, exist_ok=True)
    settings.emergency_spool_dir.mkdir(parents=True, exist_ok=True)
    render(plan)
    return Prepared(settings, city, secrets, binary, plan)


def lay_out_music(city: City, settings: Settings, prompts_dir: Path) -> None:
    """Make a folder for each music class with links to what it plays, in the order in which it plays."""
    music = {queue.queue_id: queue.music for queue in city.queues.values()}
    for name, (language, parts) in plans.music_of(city).items():
        base = next((m for queue_id, m in music.items() if name == f"waiting_{queue_id}_{language}"), "default")
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
