"""Reads YAML into plain data and remembers where each key and value stands.

Scalars stay the text that the admin wrote; the model's types decide what they mean. So `key: 02` is the two digits 02,
`no` is a word, and 1:30 is nobody's ninety: none of YAML's guesses about numbers and booleans takes place.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from hotline.config.problems import Problems, quoted
from hotline.fast_yaml import INLINE, FastTree, Keys, Unusual, scalar_value

__all__ = ["Document", "Keys", "Place", "read_document"]

MAX_FILE_BYTES = 2_000_000
"A city of a thousand nodes has about 200 kB."

_CORE_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("map", "seq", "str", "int", "float", "bool", "null", "timestamp", "merge", "value")
)


@dataclass(frozen=True, slots=True)
class Place:
    """A line and a column, both counted from 1."""

    line: int = 1
    column: int = 1


@dataclass(slots=True)
class Document:
    """One file: its data, and where each part of it stands."""

    file: str
    "The file's path as the user named the folder."
    data: Any = None
    readable: bool = False
    "False where the file is missing or no YAML: then nothing can be said about what it holds."
    sha256: bytes = b""
    "Digest of the file's bytes."
    _values: dict[Keys, Place] = field(default_factory=dict)
    _keys: dict[Keys, Place] = field(default_factory=dict)
    _texts: dict[Keys, int] = field(default_factory=dict)
    "For values on one line: characters between where the value stands and its text, 1 where it is in quotes."

    def place(self, keys: Keys) -> Place:
        """Return where the value stands, or the nearest thing around it."""
        while keys and keys not in self._values:
            keys = keys[:-1]
        return self._values.get(keys, Place())

    def place_of_key(self, keys: Keys) -> Place:
        """Return where the key of this value stands."""
        return self._keys.get(keys) or self.place(keys)

    def place_inside(self, keys: Keys, position: int) -> Place:
        """Return where a character of a value's text stands, counted from 1; where unclear, the value's place."""
        place, before = self.place(keys), self._texts.get(keys)
        return place if before is None else Place(place.line, place.column + before + position - 1)

    def put_text(self, keys: Keys, before: int) -> None:
        """Remember that a value's text is on one line, after so many characters."""
        self._texts[keys] = before

    def put(self, keys: Keys, value: Place, key: Place | None = None) -> None:
        """Remember where a value (and its key) stands."""
        self._values[keys] = value
        if key is not None:
            self._keys[keys] = key

    def take(self, tree: FastTree) -> None:
        """Take over what was read."""
        self.data = tree.data
        self._values = {keys: Place(*mark) for keys, mark in tree.values.items()}
        self._keys = {keys: Place(*mark) for keys, mark in tree.keys.items()}
        self._texts = tree.texts

    def get(self, *keys: str | int) -> Any:
        """Return the value at the end of this way, or None where there is none."""
        value = self.data
        for key in keys:
            if isinstance(value, dict):
                value = value.get(key)
            elif isinstance(value, list) and isinstance(key, int) and key < len(value):
                value = value[key]
            else:
                return None
        return value


def read_document(path: Path, problems: Problems) -> Document:
    """Read one file; whatever is wrong with it as YAML becomes a problem."""
    document = Document(str(path))
    raw = _read_bytes(path, document.file, problems)
    text = None if raw is None else _decode(raw, document.file, problems)
    if raw is None or text is None:
        return document
    try:
        tree = FastTree(text)
    except Unusual:
        root = _compose(text, document.file, problems)
        if root is _FAILED:
            return document
        _Builder(document, problems).build(root)
    else:
        document.take(tree)
    document.readable = True
    document.sha256 = hashlib.sha256(raw).digest()
    return document


_FAILED: Any = object()


def _read_bytes(path: Path, file: str, problems: Problems) -> bytes | None:
    try:
        if not path.is_file():
            others = [p.name for p in path.parent.glob("*.y*ml")]
            problems.add(
                file, 1, 1, f"the file is missing{problems.did_you_mean(path.name, others, 'is it the file ')}"
            )
            return None
        if path.stat().st_size > MAX_FILE_BYTES:
            problems.add(file, 1, 1, f"the file is larger than {MAX_FILE_BYTES // 1_000_000} MB")
            return None
        return path.read_bytes()
    except OSError as error:
        problems.add(file, 1, 1, f"the file can't be read: {error.strerror}")
        return None


def _decode(raw: bytes, file: str, problems: Problems) -> str | None:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", "replace")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        problems.add(file, line, column, f"byte 0x{raw[error.start]:02x} is not UTF-8; save the file as UTF-8")
        return None


def _compose(text: str, file: str, problems: Problems) -> Any:
    try:
        return YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problems.add(file, line, column, _yaml_words(error))
    except ReaderError as error:
        before = text[: int(error.position)]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        problems.add(file, line, column, "a control character stands here; remove it")
    except RecursionError:
        problems.add(file, 1, 1, "brackets are nested too deeply")
    except (YAMLError, ValueError, LookupError, ArithmeticError, TypeError, AttributeError, AssertionError) as error:
        # the parser answers some broken texts with errors of its own inside, and those have no position
        problems.add(file, 1, 1, f"this is no YAML ({type(error).__name__}: {error})")
    return _FAILED


def _yaml_words(error: MarkedYAMLError) -> str:
    problem = " ".join(str(error.problem or error.context or "this is no YAML").split())
    if "'\\t'" in problem:
        return "a tab stands where only spaces may; indent with spaces"
    if "alphabetic or numeric" in problem or "undefined alias" in problem:
        return "* and & begin YAML's references; where a * is meant, as the key of a telephone, write it in quotes: '*'"
    if "could not find expected ':'" in problem:
        return "a ':' and a space are missing after a key, or a line is not indented as its neighbours"
    if "mapping values are not allowed here" in problem:
        return "this ':' is not expected; the line is indented wrongly, or a text with ': ' in it needs quotes"
    context = " ".join(str(error.context or "").split())
    return f"this is no YAML: {problem}" + (f" ({context})" if context else "")


class _Builder:
    """Turns the parser's nodes into dicts, lists and texts."""

    def __init__(self, document: Document, problems: Problems) -> None:
        self._document = document
        self._problems = problems
        self._seen: set[int] = set()

    def build(self, root: Node | None) -> None:
        self._document.data = None if root is None else self._value(root, ())

    def _value(self, node: Node, keys: Keys, key: Place | None = None) -> Any:
        place = _place(node)
        self._document.put(keys, place, key)
        if id(node) in self._seen:
            # expanding references could take all memory (or never end): a city's files can do without them
            self._problem(place, "references (* and &) can't be used here; write the value out")
            return None
        self._seen.add(id(node))
        if node.tag is not None and str(node.tag) not in _CORE_TAGS:
            self._problem(place, f"the tag {quoted(str(node.tag))} can't be used here; remove it")
        if isinstance(node, MappingNode):
            return self._mapping(node, keys)
        if isinstance(node, SequenceNode):
            return [self._value(item, (*keys, index)) for index, item in enumerate(node.value)]
        if isinstance(node, ScalarNode) and node.style in INLINE and node.start_mark.line == node.end_mark.line:
            self._document.put_text(keys, INLINE[node.style])
        return _scalar(node)

    def _mapping(self, node: MappingNode, keys: Keys) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            place = _place(key_node)
            if not isinstance(key_node, ScalarNode):
                self._problem(place, "a key must be one word, not a list or a mapping")
                continue
            key = str(key_node.value)
            if key in found:
                first = self._document.place_of_key((*keys, key))
                self._problem(place, f"the key {quoted(key)} is already in line {first.line}; each key may stand once")
                continue
            found[key] = self._value(value_node, (*keys, key), place)
        return found

    def _problem(self, place: Place, text: str) -> None:
        self._problems.add(self._document.file, place.line, place.column, text)


def _scalar(node: Node) -> str | None:
    return scalar_value(str(node.value), isinstance(node, ScalarNode) and node.style is None)


def _place(node: Node) -> Place:
    mark = node.start_mark
    return Place(mark.line + 1, mark.column + 1) if mark is not None else Place()
