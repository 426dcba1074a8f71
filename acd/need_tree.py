"""The tree of a need: skills against levels, joined by and, or, not. Trees that mean the same are written the same."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

COMPARE: Final[Mapping[str, Callable[[int, int], bool]]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "==": operator.eq,
}
"How a skill may be compared with a level."


@dataclass(frozen=True, slots=True)
class Level:
    """One skill against one level."""

    skill: str
    sign: str
    level: int

    def __str__(self) -> str:
        """Return it as it is written; the least level of all is the bare skill."""
        return self.skill if (self.sign, self.level) == (">=", 1) else f"{self.skill} {self.sign} {self.level}"


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite."""

    part: Node

    def __str__(self) -> str:
        """Return it as it is written."""
        return f"not ({self.part})" if isinstance(self.part, All | Any) and self.part.parts else f"not {self.part}"


@dataclass(frozen=True, slots=True)
class All:
    """Every part; no parts are anyone."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        """Return it as it is written."""
        return " and ".join(f"({p})" if isinstance(p, Any) else str(p) for p in self.parts) or "anyone"


@dataclass(frozen=True, slots=True)
class Any:
    """At least one part."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        """Return it as it is written."""
        return " or ".join(str(part) for part in self.parts)


Node: TypeAlias = Level | Not | All | Any

EVERYBODY: Final = All(())


def all_of(parts: Iterable[Node]) -> Node:
    """Join with `and`: flat, each once, of the least levels of one skill only the highest."""
    least: dict[str, int] = {}
    others: set[Node] = set()
    for part in _flat(parts, All):
        if isinstance(part, Level) and part.sign == ">=":
            least[part.skill] = max(part.level, least.get(part.skill, 0))
        else:
            others.add(part)
    nodes: list[Node] = [Level(skill, ">=", level) for skill, level in least.items() if level > 0]
    return _one_or(All, [*nodes, *others])


def any_of(parts: Iterable[Node]) -> Node:
    """Join with `or`: flat, each once; anyone or something is anyone."""
    nodes = list(dict.fromkeys(_flat(parts, Any)))
    return EVERYBODY if EVERYBODY in nodes else _one_or(Any, nodes)


def fits(node: Node, skills: Mapping[str, int]) -> bool:
    """Return whether these skills satisfy the tree."""
    match node:
        case Level():
            return COMPARE[node.sign](skills.get(node.skill, 0), node.level)
        case Not():
            return not fits(node.part, skills)
        case All():
            return all(fits(part, skills) for part in node.parts)
        case Any():
            return any(fits(part, skills) for part in node.parts)


def names(node: Node) -> Iterator[str]:
    """Yield the skills that the tree names."""
    match node:
        case Level():
            yield node.skill
        case Not():
            yield from names(node.part)
        case All() | Any():
            for part in node.parts:
                yield from names(part)


def _flat(parts: Iterable[Node], kind: type[All] | type[Any]) -> Iterator[Node]:
    for part in parts:
        if isinstance(part, kind):
            yield from part.parts
        else:
            yield part


def _one_or(kind: type[All] | type[Any], nodes: list[Node]) -> Node:
    return nodes[0] if len(nodes) == 1 else kind(tuple(sorted(nodes, key=str)))
