"""What reports take from a city's configuration: its clock, its name and its hotlines', what a short abandon is.

Read from two files only: to build and check a whole city takes longer than to count a year. Where these are not written
as plainly as expected, the whole configuration is loaded, and words what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from calls.patterns import ID_PATTERN, LANGUAGE_PATTERN, NAME_PATTERN
from hotline.fast_yaml import FastTree, Unusual

if TYPE_CHECKING:
    from hotline.config import City

_Id = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
_Language = Annotated[str, StringConstraints(pattern=LANGUAGE_PATTERN)]
_Names = Mapping[_Language, Annotated[str, StringConstraints(pattern=NAME_PATTERN)]]


@dataclass(frozen=True, slots=True)
class ReportTerms:
    """What reports need to know of a city."""

    zone: ZoneInfo
    name: Mapping[str, str]
    "In each language."
    languages: tuple[str, ...]
    default_language: str
    short_abandon_seconds: int
    hotlines: Mapping[str, Mapping[str, str]]
    "Hotline id to its name in each language, in the directory's order."


def load_terms(config_dir: Path) -> ReportTerms:
    """Read what reports need from the configuration in this folder; raise ConfigurationError where that can't be."""
    try:
        return _read(config_dir)
    except (ValidationError, Unusual, OSError, LookupError, ValueError):
        from hotline.config import load_city

        return terms_of(load_city(config_dir))


def terms_of(city: City) -> ReportTerms:
    """Return what reports need of a city that is loaded."""
    return ReportTerms(
        zone=city.zone,
        name=city.name,
        languages=city.languages,
        default_language=city.default_language,
        short_abandon_seconds=city.figures.short_abandon_seconds,
        hotlines={hotline.hotline_id: hotline.name for hotline in city.hotlines},
    )


class _Part(BaseModel):
    # the rest of a file is none of a report's business
    model_config = ConfigDict(extra="ignore")


class _City(_Part):
    name: _Names
    timezone: str
    languages: tuple[_Language, ...] = Field(min_length=1)
    default_language: _Language


class _Figures(_Part):
    # without a default: the one there is stands in the whole configuration
    short_abandon_seconds: int = Field(ge=0, le=60)


class _CityFile(_Part):
    city: _City
    figures: _Figures


class _Hotline(_Part):
    id: _Id
    name: _Names


class _HotlinesFile(_Part):
    hotlines: tuple[_Hotline, ...]


def _read(config_dir: Path) -> ReportTerms:
    file = _CityFile.model_validate(_data(config_dir / "city.yaml"))
    directory = _HotlinesFile.model_validate(_data(config_dir / "hotlines.yaml"))
    terms = ReportTerms(
        zone=ZoneInfo(file.city.timezone),
        name=file.city.name,
        languages=file.city.languages,
        default_language=file.city.default_language,
        short_abandon_seconds=file.figures.short_abandon_seconds,
        hotlines={hotline.id: hotline.name for hotline in directory.hotlines},
    )
    if terms.default_language not in terms.languages or len(terms.hotlines) < len(directory.hotlines):
        raise Unusual
    if any(language not in names for names in (terms.name, *terms.hotlines.values()) for language in terms.languages):
        raise Unusual
    return terms


def _data(path: Path) -> Any:
    return FastTree(path.read_bytes().decode("utf-8-sig")).data
