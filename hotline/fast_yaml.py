"""Reads ordinary YAML thirty times as fast as the pure parser, by libyaml; whatever is unusual is left to that one.

Ordinary is what an admin writes: one document of mappings, lists and texts. Anything else (a mistake, a reference, a
tag, a key that stands twice) raises Unusual, and the pure parser words it. Works on the flat stream of events, never
recursively, since libyaml's own tree builder overflows the stack on a file of brackets.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import yaml

Keys: TypeAlias = tuple[str | int, ...]
"The way from a file's top to a value: keys and list indices."

Mark: TypeAlias = tuple[int, int]
"Line and column, both counted from 1."

MAX_DEPTH = 24
"Mappings and lists inside each other; a city's files have nine at most."

INLINE: dict[str | None, int] = {None: 0, "": 0, "'": 1, '"': 1}
"Styles whose text may stand on one line, and how many characters come before it."

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_OTHER_BREAKS = ("\x85", "\u2028", "\u2029", "\ufeff")
"Line breaks and marks that YAML 1.1, which libyaml reads, takes otherwise than 1.2."

_Loader: Any = getattr(yaml, "CSafeLoader", None)


class Unusual(Exception):
    """Not ordinary YAML: let the pure parser read it."""


def scalar_value(text: str, plain: bool) -> str | None:
    """Return what a scalar stands for: its text as written, or None for nothing."""
    return None if plain and text in _NULLS else text


class FastTree:
    """The data of a text, and where each value and key begins."""

    def __init__(self, text: str) -> None:
        """Read the text; raise Unusual where it is not ordinary."""
        self.data: Any = None
        self.values: dict[Keys, Mark] = {}
        self.keys: dict[Keys, Mark] = {}
        self.texts: dict[Keys, int] = {}
        self._open: list[_Open] = []
        if _Loader is None or any(each in text for each in _OTHER_BREAKS):
            raise Unusual
        self._documents = 0
        try:
            for event in yaml.parse(text, Loader=_Loader):
                self._take(event)
        except (yaml.YAMLError, ValueError) as error:
            raise Unusual from error

    def _take(self, event: Any) -> None:
        match event:
            case yaml.ScalarEvent():
                self._scalar(event)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._begin(event, {} if isinstance(event, yaml.MappingStartEvent) else [])
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._open.pop()
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1 or event.version or event.tags:
                    raise Unusual
            case yaml.AliasEvent():
                raise Unusual

    def _scalar(self, event: Any) -> None:
        if event.anchor is not None or event.tag is not None:
            raise Unusual
        if not self._open:
            raise Unusual  # no mapping at all
        parent = self._open[-1]
        mark = _mark(event)
        if parent.is_mapping and parent.key is None:
            if event.value in parent.data:
                raise Unusual
            parent.key, parent.key_mark = event.value, mark
            return
        keys = self._put(scalar_value(event.value, not event.style), mark)
        if event.style in INLINE and event.end_mark.line == event.start_mark.line:
            self.texts[keys] = INLINE[event.style]

    def _begin(self, event: Any, data: Any) -> None:
        parent = self._open[-1] if self._open else None
        if event.anchor is not None or event.tag is not None or len(self._open) >= MAX_DEPTH:
            raise Unusual
        if parent is not None and parent.is_mapping and parent.key is None:
            raise Unusual  # a key that is no word
        keys = self._put(data, _mark(event))
        self._open.append(_Open(keys, data))

    def _put(self, value: Any, mark: Mark) -> Keys:
        """Put a value where it belongs and return the way to it."""
        if not self._open:
            self.data = value
            self.values[()] = mark
            return ()
        parent = self._open[-1]
        if parent.is_mapping:
            keys = (*parent.keys, parent.key or "")
            parent.data[parent.key] = value
            self.keys[keys] = parent.key_mark
            parent.key = None
        else:
            keys = (*parent.keys, len(parent.data))
            parent.data.append(value)
        self.values[keys] = mark
        return keys


class _Open:
    """A mapping or list that has begun and not ended."""

    __slots__ = ("data", "is_mapping", "key", "key_mark", "keys")

    def __init__(self, keys: Keys, data: Any) -> None:
        self.keys = keys
        self.data = data
        self.is_mapping = isinstance(data, dict)
        self.key: str | None = None
        self.key_mark: Mark = (1, 1)


def _mark(event: Any) -> Mark:
    mark = event.start_mark
    return mark.line + 1, mark.column + 1
