"""Builds what callers hear: every prompt in every language as an A-law file, spoken by an engine or recorded.

Only what changed is built again: a manifest beside the files remembers what each was made from. A file appears whole
(temporary name, then rename), so that a build may be interrupted at any time and run while calls are going on.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from calls.errors import HotlineError, NotFound
from hotline.config.city import City
from hotline.config.crosscheck import RECORDED_SUFFIXES
from hotline.prompts_sound import (
    ALAW,
    BYTES_PER_SECOND,
    PAUSE_SECONDS,
    PIECE_EFFECTS,
    SILENCE,
    SPOKEN_EFFECTS,
    build_music,
    to_telephone,
)
from hotline.prompts_speech import SpeechEngine, SpeechFailed
from ivr.speaking import PromptBook, Sound

__all__ = ["PromptFolder", "PromptReport", "PromptsFailed", "SpeechEngine", "build_music", "build_prompts"]

WORKERS = 2
MANIFEST = "manifest.json"
STALE_SECONDS = 3600.0
"A temporary folder of this age was left by a build that was killed."


class PromptsFailed(HotlineError):
    """Prompts could not be built. `problems` holds one line for each; those that were built are kept."""

    error_id = "prompts_failed"

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class PromptReport:
    """What a build did. Each prompt is named as language/name."""

    spoken: tuple[str, ...]
    "Spoken by the engine now."
    converted: tuple[str, ...]
    "Converted from a recording now."
    kept: tuple[str, ...]
    "Already there."
    removed: tuple[str, ...]
    "No longer in the configuration."
    seconds: Mapping[str, float]
    "Duration of each prompt there is now."


@dataclass(frozen=True, slots=True)
class PromptFolder:
    """The folder of built prompts: `<language>/<name>.alaw`."""

    root: Path

    def path(self, prompt: str, language: str) -> Path:
        """Return where the prompt's file is, built or not."""
        return self.root / language / f"{prompt}.alaw"

    def sound(self, prompt: str, language: str) -> str:
        """Return the prompt's path without suffix, the way Asterisk wants sounds named."""
        return str((self.root / language / prompt).absolute())

    def seconds_of(self, prompt: str, language: str) -> float:
        """Return how long the prompt plays; raise NotFound where it was not built."""
        try:
            return self.path(prompt, language).stat().st_size / BYTES_PER_SECOND
        except FileNotFoundError:
            raise NotFound(f"The prompt {prompt} was not built in {language}.") from None


@dataclass(frozen=True, slots=True)
class _Job:
    """One prompt in one language, and what its file is made from."""

    name: str
    "language/name."
    sound: Sound
    recorded: Path | None
    made_from: str
    "Digest of the source and of everything that shapes the file."


def build_prompts(
    city: City, prompts_dir: Path, recorded_dir: Path | None = None, engine: SpeechEngine | None = None
) -> PromptReport:
    """Build the city's prompts; a recording `recorded_dir/<language>/<name>.wav` wins over the text.

    Recordings are looked for in `prompts/` beside the city's YAML where no folder is given; the engine is
    city.yaml's where none is given. Raises PromptsFailed with every prompt that could not be built, after building the
    others. Takes seconds: call it from a thread where an event loop runs.
    """
    prompts_dir.mkdir(parents=True, exist_ok=True)
    _remove_stale(prompts_dir)
    recorded_dir = recorded_dir or city.config_dir / "prompts"
    engine = engine or SpeechEngine.of(city.speech)
    manifest = _read_manifest(prompts_dir)
    jobs = {job.name: job for job in _jobs(city, recorded_dir, engine)}
    removed = _remove_unknown(prompts_dir, manifest, jobs)
    wanted = [job for job in jobs.values() if not _is_built(prompts_dir, manifest, job)]
    problems = _build(wanted, prompts_dir, manifest, engine)
    if removed or wanted:
        _write_manifest(prompts_dir, manifest)
    if problems:
        raise PromptsFailed(sorted(problems))
    built = {job.name for job in wanted}
    return PromptReport(
        spoken=tuple(job.name for job in wanted if job.recorded is None),
        converted=tuple(job.name for job in wanted if job.recorded is not None),
        kept=tuple(name for name in jobs if name not in built),
        removed=removed,
        seconds={name: (prompts_dir / f"{name}.alaw").stat().st_size / BYTES_PER_SECOND for name in jobs},
    )


def _jobs(city: City, recorded_dir: Path, engine: SpeechEngine) -> Iterator[_Job]:
    for sound in PromptBook(city.prompts).sounds():
        if sound.language not in city.languages:
            continue
        shaping = repr((ALAW, PIECE_EFFECTS if sound.is_piece else SPOKEN_EFFECTS)).encode()
        recorded = _recorded(recorded_dir, sound.language, sound.name)
        source = f"{engine.fingerprint(sound.language)}\0{sound.text}".encode()
        digest = hashlib.sha256(shaping + (source if recorded is None else recorded.read_bytes()))
        yield _Job(f"{sound.language}/{sound.name}", sound, recorded, digest.hexdigest())


def _recorded(recorded_dir: Path, language: str, prompt: str) -> Path | None:
    candidates = (recorded_dir / language / f"{prompt}{suffix}" for suffix in RECORDED_SUFFIXES)
    return next((path for path in candidates if path.is_file()), None)


def _is_built(prompts_dir: Path, manifest: Mapping[str, str], job: _Job) -> bool:
    return manifest.get(job.name) == job.made_from and (prompts_dir / f"{job.name}.alaw").is_file()


def _build(wanted: list[_Job], prompts_dir: Path, manifest: dict[str, str], engine: SpeechEngine) -> list[str]:
    problems: list[str] = []
    with tempfile.TemporaryDirectory(prefix=".building-", dir=prompts_dir) as scratch:
        pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="prompts")
        try:
            futures: dict[Future[None], _Job] = {
                pool.submit(_build_one, job, prompts_dir, Path(scratch), engine): job for job in wanted
            }
            for future in as_completed(futures):
                job = futures[future]
                try:
                    future.result()
                except (SpeechFailed, OSError) as error:
                    problems.append(f"{job.name}: {error}")
                else:
                    # written each time: a build that is interrupted keeps what it has
                    manifest[job.name] = job.made_from
                    _write_manifest(prompts_dir, manifest)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
    return problems


def _build_one(job: _Job, prompts_dir: Path, scratch: Path, engine: SpeechEngine) -> None:
    stem = scratch / job.name.replace("/", "-")
    wav, alaw = stem.with_suffix(".wav"), stem.with_suffix(".done.alaw")
    if job.recorded is not None:
        to_telephone(job.recorded, alaw)
    elif job.sound.text:
        engine.speak(job.sound.text, job.sound.language, wav)
        to_telephone(wav, alaw, PIECE_EFFECTS if job.sound.is_piece else SPOKEN_EFFECTS)
    else:
        alaw.write_bytes(SILENCE * round(PAUSE_SECONDS * BYTES_PER_SECOND))
    target = prompts_dir / f"{job.name}.alaw"
    target.parent.mkdir(exist_ok=True)
    alaw.replace(target)


def _remove_unknown(prompts_dir: Path, manifest: dict[str, str], jobs: Mapping[str, _Job]) -> tuple[str, ...]:
    """Remove the files that an earlier build made and nothing names any more; other files are not ours."""
    removed = tuple(name for name in manifest if name not in jobs)
    for name in removed:
        (prompts_dir / f"{name}.alaw").unlink(missing_ok=True)
        del manifest[name]
    return removed


def _read_manifest(prompts_dir: Path) -> dict[str, str]:
    try:
        found = json.loads((prompts_dir / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}  # none yet, or damaged: build everything
    if not isinstance(found, dict):
        return {}
    # names become paths: nothing but language/name may come from a damaged file
    return {name: str(digest) for name, digest in found.items() if re.fullmatch("[a-z]+/[a-z0-9_]+", name)}


def _write_manifest(prompts_dir: Path, manifest: Mapping[str, str]) -> None:
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=prompts_dir, prefix=".building-", delete=False) as file:
        json.dump(dict(sorted(manifest.items())), file, indent=1)
    Path(file.name).replace(prompts_dir / MANIFEST)


def _remove_stale(prompts_dir: Path) -> None:
    for left in prompts_dir.glob(".building-*"):
        with contextlib.suppress(FileNotFoundError):  # another build tidies as well
            if time.time() - left.stat().st_mtime > STALE_SECONDS:
                shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink()
