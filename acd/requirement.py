"""What a call needs of an operator, as an expression over skills and levels: `gas >= 3 and (zh or en)`.

A requirement is kept in one canonical form, so that needs written differently but meaning the same share a group.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from acd.expression import parsed
from acd.need_tree import EVERYBODY, Level, Node, all_of, fits, names


@dataclass(frozen=True, slots=True)
class Requirement:
    """What an operator must have. Two that mean the same by the rules below are equal."""

    node: Node = field(repr=False, compare=False)
    text: str
    "The canonical text; requirements are equal when it is."

    @classmethod
    def parse(cls, text: str) -> Requirement:
        """Read an expression; raise RequirementError (a ValueError) with the position and what mends it."""
        return cls.of(parsed(text))

    @classmethod
    def of_levels(cls, levels: Mapping[str, int]) -> Requirement:
        """Return the requirement of every one of these skills at its level at least."""
        return cls.of(all_of(Level(skill, ">=", level) for skill, level in levels.items()))

    @classmethod
    def of(cls, node: Node) -> Requirement:
        """Return the requirement of a tree that `all_of` and `any_of` made."""
        return cls(node, str(node))

    def fits(self, skills: Mapping[str, int]) -> bool:
        """Return whether an operator with these skills meets the requirement."""
        return fits(self.node, skills)

    @property
    def skills(self) -> frozenset[str]:
        """The skills that it names."""
        return frozenset(names(self.node))

    def __and__(self, other: Requirement) -> Requirement:
        """Return the requirement of both."""
        return Requirement.of(all_of((self.node, other.node)))

    def __str__(self) -> str:
        """Return the canonical text, which `parse` reads."""
        return self.text


ANYONE: Final = Requirement.of(EVERYBODY)
"No need at all."
