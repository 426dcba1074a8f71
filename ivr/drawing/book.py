"""What a picture, a comparison or a dry run needs of a city. `hotline.config.City` is one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from ivr.model import Flow, Hours, Line


class Named(Protocol):
    """Something with a name in each language."""

    @property
    def name(self) -> Mapping[str, str]:
        """Language to name."""
        ...


class NamedQueue(Named, Protocol):
    """A call queue."""

    @property
    def skills(self) -> Mapping[str, int]:
        """Skill to least level."""
        ...


class NamedHotline(Named, Protocol):
    """A hotline."""

    @property
    def number(self) -> str:
        """What is dialled."""
        ...


class Directory(Protocol):
    """Hotlines by their ids."""

    def by_id(self, hotline_id: str) -> NamedHotline:
        """Return the hotline."""
        ...


class Book(Protocol):
    """A city, as far as its menus go."""

    @property
    def name(self) -> Mapping[str, str]:
        """Language to the city's name."""
        ...

    @property
    def default_language(self) -> str:
        """The language in which a call begins."""
        ...

    @property
    def lines(self) -> Mapping[str, Line]:
        """Lines by id."""
        ...

    @property
    def flows(self) -> Mapping[str, Flow]:
        """Flows by id."""
        ...

    @property
    def hours(self) -> Mapping[str, Hours]:
        """Opening hours by name."""
        ...

    @property
    def prompts(self) -> Mapping[str, Mapping[str, str]]:
        """Prompt to language to text."""
        ...

    @property
    def queues(self) -> Mapping[str, NamedQueue]:
        """Call queues by id."""
        ...

    @property
    def hotlines(self) -> Directory:
        """Hotlines."""
        ...
