"""Notices that are switched on by command: kept in one file, spoken before they go live, over when their time is."""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from calls.errors import ConfigurationError, NotFound
from hotline.config import City
from hotline.prompts_sound import SPOKEN_EFFECTS, to_telephone
from hotline.prompts_speech import SpeechEngine, SpeechFailed
from ivr.lines import in_zone
from ivr.model import Notice

MAX_NOTICES = 100

_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")
_AHEAD = re.compile(r"\+([0-9]{1,4})([mhd])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class StoredNotice:
    """A notice with who switched it on, and when."""

    notice: Notice
    by: str
    at: datetime

    def as_dict(self) -> dict[str, Any]:
        """Return the notice as JSON-ready values, named as in notices.yaml."""
        written = self.notice.model_dump(mode="json", by_alias=False, exclude_none=True)
        renamed = {{"notice_id": "id", "since": "from"}.get(key, key): value for key, value in written.items()}
        return {**renamed, "by": self.by, "at": self.at.isoformat()}


def until_of(text: str, now: datetime, zone: ZoneInfo) -> datetime:
    """Return the end that an admin means: 18:00 (today, or tomorrow where that is over), +2h, or a date and time."""
    local = now.astimezone(zone)
    if match := _CLOCK.fullmatch(text.strip()):
        end = local.replace(hour=int(match[1]), minute=int(match[2]), second=0, microsecond=0)
        return end if end > local else end + timedelta(days=1)
    if match := _AHEAD.fullmatch(text.strip()):
        return (local + int(match[1]) * _UNITS[match[2]]).replace(microsecond=0)
    try:
        return in_zone(datetime.fromisoformat(text.strip()), zone)
    except ValueError:
        raise ConfigurationError([f"--until {text}: must be like 18:00, +2h or 2026-10-01 18:00"]) from None


@dataclass(slots=True)
class NoticeStore:
    """The file, and what it held when it was read."""

    path: Path
    stored: dict[str, StoredNotice] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Read what an earlier run left; a damaged file is put aside, never guessed at."""
        try:
            rows = json.loads(self.path.read_text(encoding="utf-8"))
            for row in rows:
                by, at = str(row.pop("by")), datetime.fromisoformat(row.pop("at"))
                notice = Notice.model_validate(row, by_alias=True, by_name=False)
                self.stored[notice.notice_id] = StoredNotice(notice, by, at)
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            with contextlib.suppress(OSError):
                self.path.rename(self.path.with_suffix(".damaged"))
            self.stored.clear()

    def current(self, now: datetime, zone: ZoneInfo) -> tuple[Notice, ...]:
        """Return the notices whose end has not come, the newest first."""
        return tuple(row.notice for row in self.rows(now, zone))

    def rows(self, now: datetime, zone: ZoneInfo) -> list[StoredNotice]:
        """Return the same with who and when."""
        kept = [row for row in self.stored.values() if now < in_zone(row.notice.until, zone)]
        return sorted(kept, key=lambda row: row.at, reverse=True)

    def put(self, notice: Notice, by: str, now: datetime, zone: ZoneInfo) -> StoredNotice:
        """Keep a notice, in place of one with the same id; those that are over are forgotten."""
        row = StoredNotice(notice, by, now)
        stored = {each.notice.notice_id: each for each in self.rows(now, zone)} | {notice.notice_id: row}
        if len(stored) > MAX_NOTICES:
            raise ConfigurationError([f"{MAX_NOTICES} notices are on; switch one off first"])
        self._write(stored)
        return row

    def remove(self, notice_id: str) -> StoredNotice:
        """Forget a notice. Raises NotFound where there is none."""
        row = self.stored.get(notice_id)
        if row is None:
            raise NotFound(f"No notice {notice_id!r} was switched on by command; `hotline ivr notice list` shows them.")
        self._write({key: each for key, each in self.stored.items() if key != notice_id})
        return row

    def free_id(self) -> str:
        """Return an id that no stored notice has."""
        return next(name for n in range(1, MAX_NOTICES + 2) if (name := f"notice{n}") not in self.stored)

    def _write(self, stored: dict[str, StoredNotice]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=self.path.parent, prefix=".notices-", delete=False
        ) as file:
            json.dump([row.as_dict() for row in stored.values()], file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(self.path)
        self.stored = stored


def notice_of(values: Mapping[str, Any], city: City, now: datetime) -> Notice:
    """Return the notice that these values make, checked against the city. Raises ConfigurationError."""
    try:
        notice = Notice.model_validate(dict(values), by_alias=True, by_name=False)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, e['loc'])) or 'notice'}: {e['msg']}" for e in error.errors()]
        raise ConfigurationError(problems) from None
    problems = [
        f"there is no line {line!r}; lines: {', '.join(city.lines)}" for line in notice.lines if line not in city.lines
    ]
    if notice.then is not None and notice.then not in city.flows:
        problems.append(f"there is no flow {notice.then!r}")
    if notice.prompt is not None and notice.prompt not in city.prompts:
        problems.append(f"there is no prompt {notice.prompt!r} in prompts.yaml")
    if notice.notice_id in {each.notice_id for each in city.notices}:
        problems.append(f"the notice {notice.notice_id} stands in notices.yaml; edit it there or choose another --id")
    if notice.text is not None:
        missing = [language for language in city.languages if language not in notice.text]
        problems += [f"there is no text in the language {language}: add --text-{language}" for language in missing]
        problems += [
            f"a notice can't speak values: {text!r}" for text in notice.text.values() if {"{", "}"} & set(text)
        ]
    if now >= in_zone(notice.until, city.zone):
        problems.append(f"its end {notice.until} is over already")
    if problems:
        raise ConfigurationError(problems)
    return notice


def speak_notice(notice: Notice, city: City, folder: Path, recorded: Mapping[str, Path] | None = None) -> None:
    """Build the notice's sounds beside the city's; a recording wins over its text. Takes part of a second.

    Raises ConfigurationError where it can't be spoken; nothing is replaced then.
    """
    if notice.text is None:
        return
    engine = SpeechEngine.of(city.speech)
    with tempfile.TemporaryDirectory(prefix=".building-", dir=folder) as scratch:
        built: dict[Path, Path] = {}
        for language, text in notice.text.items():
            alaw = Path(scratch) / f"{language}.done.alaw"
            try:
                if recorded and language in recorded:
                    to_telephone(recorded[language], alaw)
                else:
                    engine.speak(text, language, Path(scratch) / f"{language}.wav")
                    to_telephone(Path(scratch) / f"{language}.wav", alaw, SPOKEN_EFFECTS)
            except SpeechFailed as error:
                raise ConfigurationError([f"{language}: {error}"]) from error
            built[alaw] = folder / language / f"{notice.prompt_name}.alaw"
        for alaw, target in built.items():
            target.parent.mkdir(exist_ok=True)
            alaw.replace(target)


def is_spoken(notice: Notice, city: City, folder: Path) -> bool:
    """Say whether the notice's sounds are there."""
    return all((folder / language / f"{notice.prompt_name}.alaw").is_file() for language in city.languages)
