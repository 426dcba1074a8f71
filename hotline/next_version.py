"""A configuration on its way to be live: copied, checked, its sounds built; nothing of the running one is touched."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from agi_scripts.definitions import Definitions
from calls.errors import ConfigurationError
from hotline import plans
from hotline.config import City, load_city
from hotline.prepare import Prepared
from hotline.prompts import MANIFEST, PromptsFailed, build_prompts
from hotline.prompts_sound import build_music
from hotline.versions import Version, Versions, digest_of
from telephony.asterisk.render import render_texts
from telephony.asterisk.secrets import load_secrets

MODULES: Mapping[str, str] = {
    "musiconhold.conf": "res_musiconhold.so",
    "features.conf": "features",
    "pjsip.conf": "res_pjsip.so",
    "extensions.conf": "pbx_config.so",
}
"""Files of Asterisk that follow from a city's configuration, and what reads them again."""

KEPT_SOUNDS = 20
"""Folders of sounds that are kept for calls that began with an older version. What did not change is stored once."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A configuration that is right and ready. `scratch` is its copy, which `Versions.keep` makes a version."""

    prepared: Prepared
    scratch: Path
    modules: tuple[str, ...]
    "Modules of Asterisk that must read their configuration again."


def make_ready(running: Prepared, source: Path, versions: Versions) -> Candidate:
    """Copy the folder, check it against what runs, build its sounds. Raises ConfigurationError with every problem."""
    scratch = versions.copy(source)
    try:
        city = _load(scratch, source)
        problems = _unchangeable(running, city)
        if problems:
            raise ConfigurationError(problems)
        sounds = _sounds(running, city, digest_of(scratch))
        secrets = load_secrets(running.settings.secrets_path, plans.phone_owners(city))
        plan = plans.asterisk_plan(city, running.settings, secrets, running.binary, sounds)
        prepared = dataclasses.replace(running, city=city, secrets=secrets, plan=plan, prompts_dir=sounds)
        return Candidate(prepared, scratch, _modules(running, prepared))
    except BaseException:
        versions.drop(scratch)
        raise


def keep(candidate: Candidate, versions: Versions, *, by: str, at: datetime, note: str, source: str) -> Prepared:
    """Make the candidate the newest version and return it as it runs from now on."""
    version = versions.keep(candidate.scratch, by=by, at=at, note=note, source=source)
    return as_version(candidate.prepared, version)


def as_version(prepared: Prepared, version: Version) -> Prepared:
    """Return what is prepared under the name of its version, whose copy is what it reads from."""
    city = dataclasses.replace(prepared.city, version=version.label, config_dir=version.folder)
    return dataclasses.replace(prepared, city=city, version=version)


def definitions_of(prepared: Prepared) -> Definitions:
    """Return what new calls meet."""
    return plans.definitions(prepared.city, prepared.prompts_dir)


def _load(scratch: Path, source: Path) -> City:
    try:
        return load_city(scratch)
    except ConfigurationError as error:
        # an admin mends the file that they wrote, not our copy of it
        raise ConfigurationError([line.replace(str(scratch), str(source)) for line in error.problems]) from None


def _unchangeable(running: Prepared, city: City) -> list[str]:
    """Return a sentence for everything that can't change while calls are going on."""
    now, problems = running.city, []
    if city.city_id != now.city_id:
        problems.append(f"city.yaml:1:1: city id {now.city_id} can't become {city.city_id} while running; restart")
    if city.timezone != now.timezone:
        problems.append(f"city.yaml:1:1: timezone {now.timezone} can't become {city.timezone} while running; restart")
    if city.figures != now.figures:
        problems.append("city.yaml:1:1: figures can't change while the day is being counted; restart at night")
    unknown = sorted(set(running.settings.trunk_addresses) - set(city.trunks))
    problems += [f"city.yaml:1:1: the service was started with --trunk {name}, which is gone" for name in unknown]
    return problems


def _sounds(running: Prepared, city: City, digest: str) -> Path:
    """Build the sounds in a folder of their own, beginning with those that the running version has."""
    folder = running.settings.sounds_dir / f"{digest}-{os.urandom(4).hex()}"
    for path in (*running.prompts_dir.glob("*/*.alaw"), running.prompts_dir / MANIFEST):
        target = folder / path.relative_to(running.prompts_dir)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, target)
        except OSError:  # another disk, or no such file
            with contextlib.suppress(OSError):
                shutil.copy2(path, target)
    try:
        build_prompts(city, folder)
        build_music(running.settings.music_dir, city.config_dir / "music")
    except PromptsFailed as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise ConfigurationError([f"prompts.yaml:1:1: {problem}" for problem in error.problems]) from error
    return folder


def forget_sounds(running: Prepared) -> None:
    """Remove the sounds of versions so old that no call can be using them."""
    folders = [path for path in running.settings.sounds_dir.glob("*") if path != running.prompts_dir]
    for path in sorted(folders, key=lambda path: path.stat().st_mtime)[:-KEPT_SOUNDS]:
        shutil.rmtree(path, ignore_errors=True)


def _modules(running: Prepared, prepared: Prepared) -> tuple[str, ...]:
    before, after = render_texts(running.plan), render_texts(prepared.plan)
    changed = [name for name in after if name.endswith(".conf") and before.get(name) != after[name]]
    fixed = [name for name in changed if name not in MODULES]
    if fixed:
        raise ConfigurationError(
            [f"city.yaml:1:1: Asterisk's {name} would change, which needs a restart" for name in fixed]
        )
    # announcements before music are files of the new version's folder, whatever else changed
    return tuple(dict.fromkeys([*(MODULES[name] for name in changed), MODULES["musiconhold.conf"]]))
