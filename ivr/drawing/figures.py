"""Measured figures that a picture may show beside its nodes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class NodeFigures:
    """What happened at one node in the time that the figures are of."""

    entries: int
    "Calls that came to the node."
    hung_up: int = 0
    "Callers who hung up there."
    ways: Mapping[str, int] = field(default_factory=dict)
    'Way out to the calls that took it: a key ("1"), "no_input", "invalid_input".'

    @property
    def drop_off(self) -> float:
        """Share of the calls that ended here because the caller hung up."""
        return self.hung_up / self.entries if self.entries else 0.0


Figures: TypeAlias = Mapping[tuple[str, str], NodeFigures]
"Flow and node to what happened there."
