"""A group of commands, each loaded when it is asked for: a notice must not wait for the demo's imports."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup


class LazyCommands(TyperGroup):
    """Knows its commands by name, and where each is."""

    places: ClassVar[Mapping[str, str]] = {}
    "Command to `module:attribute`, a function or a Typer."

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names in the order in which help shows them."""
        return list(self.places)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Load a command; None for a name that there is not."""
        place = self.places.get(cmd_name)
        if place is None:
            return None
        module, _, attribute = place.partition(":")
        found = getattr(importlib.import_module(module), attribute)
        if isinstance(found, typer.Typer):
            group = typer.main.get_group(found)
            group.name = cmd_name
            return group
        alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        alone.command(cmd_name)(found)
        return typer.main.get_command(alone)
