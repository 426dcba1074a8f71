"""A group of commands, each loaded when it is asked for: neither a notice nor `--help` waits for the demo's imports."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command is, and what a list of commands says of it."""

    where: str
    "`module:attribute`, a function or a Typer."
    help: str
    "The first paragraph of the command's own help, so that a list needs no command."


class LazyCommands(TyperGroup):
    """Knows its commands by name, and where each is."""

    places: ClassVar[Mapping[str, Place]] = {}
    _listing = False

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names in the order in which help shows them."""
        return list(self.places)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Load a command; None for a name that there is not."""
        place = self.places.get(cmd_name)
        if place is None:
            return None
        return TyperCommand(cmd_name, help=place.help) if self._listing else _load(cmd_name, place.where)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the group's help, with its commands as they are listed."""
        self._listing = True
        try:
            super().format_help(ctx, formatter)
        finally:
            self._listing = False


def _load(name: str, where: str) -> Any:
    module, _, attribute = where.partition(":")
    found = getattr(importlib.import_module(module), attribute)
    if isinstance(found, typer.Typer):
        group = typer.main.get_group(found)
        group.name = name
        return group
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command(name)(found)
    return typer.main.get_command(alone)
