"""How a change is put into words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel

from hotline.config.problems import printable

_Thing = TypeVar("_Thing", bound=BaseModel)

MAX_SHOWN = 120
"Characters of a value in a sentence."


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changes."""

    area: str
    "line, hours, notice, callers, flow, prompt, queue, hotline, operator, trunk, table, city, settings."
    subject: str
    "What changes: an id, or flow/node."
    text: str


def compare_keyed(
    area: str,
    old: Mapping[str, _Thing],
    new: Mapping[str, _Thing],
    words: Callable[[_Thing], str],
    compare: Callable[[str, _Thing, _Thing], Iterator[Change]] | None = None,
    what: str = "",
) -> Iterator[Change]:
    """Yield what came, what went, and what became different."""
    called = what or f"{area} "
    for name, thing in new.items():
        before = old.get(name)
        if before is None:
            yield Change(area, name, f"the {called}{name} is new: {words(thing)}")
        elif compare is not None:
            yield from compare(name, before, thing)
        else:
            yield from compare_fields(area, f"the {called}{name}", name, before, thing, set())
    for name in old:
        if name not in new:
            yield Change(area, name, f"the {called}{name} is gone")


def compare_fields(
    area: str, called: str, subject: str, old: BaseModel, new: BaseModel, without: Collection[str]
) -> Iterator[Change]:
    """Yield each field that has another value."""
    for field in type(new).model_fields:
        before, after = getattr(old, field), getattr(new, field)
        if field not in without and before != after:
            yield Change(area, subject, f"{called}: {field} {shown(after)} (was {shown(before)})")


def shown(value: Any) -> str:
    """Return a value as an admin would say it, shortened."""
    if value is None or value in ("", (), {}):
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {shown(each)}" for key, each in value.items())
    if isinstance(value, tuple | list | frozenset):
        return ", ".join(shown(each) for each in value)
    if isinstance(value, BaseModel):
        return shown({name: getattr(value, name) for name in type(value).model_fields})
    text = f"{value:g}" if isinstance(value, float) else printable(str(value))
    text = text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"
    return f"“{text}”" if " " in text or not text.isascii() else text
