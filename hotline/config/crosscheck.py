"""Checks what one file says against what the others hold: names that exist, ids that are unique, translations.

Works on the plain data and not on the models, so that a mistake in one place hides no mistake in another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from hotline.config.check_callbacks import check_callbacks
from hotline.config.check_hotlines import check_hotlines
from hotline.config.check_needs import check_needs
from hotline.config.check_prompts import check_prompts, check_waiting_prompts, sound_names
from hotline.config.menu_names import check_menu_names, person_of
from hotline.config.positions import Document, Keys
from hotline.config.problems import Problems, listed, quoted
from ivr.model import connecting_prompt

Documents: TypeAlias = Mapping[str, Document]

RECORDED_SUFFIXES = (".wav", ".flac", ".ogg", ".alaw")
"Kinds of recordings that a prompt may be spoken by, in the order in which they win."

KEY = "<key>"
"In a pattern: the keys of the mapping are meant, not its values."

REFERENCES: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("city", ("city", "default_language"), "language"),
    ("city", ("lines", "*", "flow"), "flow"),
    ("city", ("lines", "*", "language"), "language"),
    ("city", ("lines", "*", "hours"), "opening hours"),
    ("city", ("lines", "*", "closed"), "flow"),
    ("city", ("lines", "*", "holiday"), "flow"),
    ("city", ("lines", "*", "after_call"), "flow"),
    ("city", ("lines", "*", "overflow"), "flow"),
    ("city", ("lines", "*", "aliases", "*", "language"), "language"),
    ("city", ("lines", "*", "aliases", "*", "announcement"), "prompt"),
    ("city", ("callers", "blocked", "*", "reason"), "prompt"),
    ("city", ("callers", "objection"), "prompt"),
    ("city", ("callbacks", "trunk"), "trunk"),
    ("city", ("callbacks", "queue"), "queue"),
    ("city", ("callbacks", "hours"), "opening hours"),
    ("city", ("speech", "voices", KEY), "language"),
    ("city", ("speech", "rates", KEY), "language"),
    ("flows", ("flows", "*", "nodes", "*", "prompt"), "prompt"),
    ("flows", ("flows", "*", "nodes", "*", "thanks"), "prompt"),
    ("flows", ("flows", "*", "nodes", "*", "hours"), "opening hours"),
    ("flows", ("flows", "*", "nodes", "*", "flow"), "flow"),
    ("flows", ("flows", "*", "nodes", "*", "skills", KEY), "skill"),
    ("flows", ("flows", "*", "nodes", "*", "queue"), "queue"),
    ("flows", ("flows", "*", "nodes", "*", "hotline"), "hotline"),
    ("flows", ("flows", "*", "nodes", "*", "language"), "language"),
    ("queues", ("queues", "*", "skills", KEY), "skill"),
    ("queues", ("queues", "*", "announcement"), "prompt"),
    ("queues", ("queues", "*", "comfort"), "prompt"),
    ("queues", ("queues", "*", "hours"), "opening hours"),
    ("queues", ("queues", "*", "overflow"), "queue"),
    ("queues", ("queues", "*", "overflow", "*", "queue"), "queue"),
    ("queues", ("queues", "*", "overflow", "*", "hotline"), "hotline"),
    ("queues", ("queues", "*", "overflow", "*", "flow"), "flow"),
    ("queues", ("queues", "*", "overflow", "*", "message"), "prompt"),
    ("queues", ("queues", "*", "overflow", "*", "goodbye"), "prompt"),
    ("queues", ("queues", "*", "music"), "music"),
    ("operators", ("operators", "*", "skills", KEY), "skill"),
    ("operators", ("operators", "*", "queues", "*"), "queue"),
    ("operators", ("operators", "*", "queues", "*", "id"), "queue"),
    ("hotlines", ("hotlines", "*", "trunk"), "trunk"),
    ("hotlines", ("hotlines", "*", "alternates", "*", "trunk"), "trunk"),
    ("hotlines", ("hotlines", "*", "hours"), "opening hours"),
    ("hotlines", ("hotlines", "*", "whisper"), "prompt"),
    ("hotlines", ("hotlines", "*", "on_failure"), "queue"),
    ("hotlines", ("hotlines", "*", "on_failure", "queue"), "queue"),
    ("hotlines", ("hotlines", "*", "on_failure", "flow"), "flow"),
    ("hotlines", ("service_away",), "hotline"),
    ("notices", ("notices", "*", "lines", "*"), "line"),
    ("notices", ("notices", "*", "prompt"), "prompt"),
    ("notices", ("notices", "*", "then"), "flow"),
)
"File, way to the name, and what the name must be one of."

NODE_REFERENCES = (
    ("next",),
    ("no_input",),
    ("invalid_input",),
    ("person",),
    ("otherwise",),
    ("fallback",),
    ("keys", "*"),
    ("cases", "*"),
)

UNIQUE: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("city", ("trunks", "*", "id"), "trunk"),
    ("city", ("lines", "*", "id"), "line"),
    ("city", ("city", "languages", "*"), "language"),
    ("queues", ("queues", "*", "id"), "queue"),
    ("operators", ("skills", "*"), "skill"),
    ("operators", ("operators", "*", "id"), "operator"),
    ("operators", ("operators", "*", "contact"), "contact"),
    ("operators", ("phones", "*", "id"), "phone"),
    ("operators", ("pause_reasons", "*", "id"), "pause reason"),
    ("operators", ("pause_reasons", "*", "key"), "pause key"),
    ("hotlines", ("hotlines", "*", "id"), "hotline"),
    ("hotlines", ("hotlines", "*", "key"), "hotline key"),
    ("hotlines", ("hotlines", "*", "number"), "hotline number"),
    ("notices", ("notices", "*", "id"), "notice"),
)

TRANSLATED: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("city", ("city", "name")),
    ("city", ("lines", "*", "name")),
    ("queues", ("queues", "*", "name")),
    ("hotlines", ("hotlines", "*", "name")),
    ("operators", ("pause_reasons", "*", "name")),
    ("prompts", ("prompts", "*")),
    ("city", ("calendar", "closed", "*", "name")),
    ("notices", ("notices", "*", "text")),
)

_DEFINED_IN: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "language": ("city", ("city", "languages", "*")),
    "trunk": ("city", ("trunks", "*", "id")),
    "line": ("city", ("lines", "*", "id")),
    "opening hours": ("city", ("hours", KEY)),
    "flow": ("flows", ("flows", KEY)),
    "queue": ("queues", ("queues", "*", "id")),
    "skill": ("operators", ("skills", "*")),
    "hotline": ("hotlines", ("hotlines", "*", "id")),
    "prompt": ("prompts", ("prompts", KEY)),
}


@dataclass(frozen=True, slots=True)
class _Found:
    """A text that a pattern led to."""

    keys: Keys
    word: str
    is_key: bool


def cross_check(documents: Documents, music: tuple[str, ...], problems: Problems) -> None:
    """Add a problem for each name that means nothing, stands twice or lacks a translation."""
    names = {what: _names(documents, what) for what in _DEFINED_IN}
    names["music"] = list(music)
    for file, pattern, what in REFERENCES:
        _check_references(documents[file], pattern, what, names[what], problems)
    _check_node_references(documents["flows"], problems)
    for file, pattern, what in UNIQUE:
        _check_unique(documents[file], pattern, what, problems)
    for file, pattern in TRANSLATED:
        _check_translations(documents[file], pattern, names["language"], problems)
    check_prompts(documents["prompts"], problems)
    check_waiting_prompts(documents["prompts"], documents["queues"], problems)
    check_hotlines(documents["hotlines"], documents["flows"], problems)
    check_menu_names(documents, problems)
    if names["skill"] is not None:
        check_needs(documents["queues"], names["skill"], problems)
    check_callbacks(documents, problems)


def check_recordings(config_dir: Path, documents: Documents, problems: Problems) -> None:
    """Add a problem for each recording in `prompts/<language>/` that no prompt is spoken by."""
    prompts, hotlines = _names(documents, "prompt"), _names(documents, "hotline")
    languages = _names(documents, "language")
    if prompts is None or hotlines is None or languages is None:
        return
    spoken = sound_names(_mapping(documents["prompts"].get("prompts")))
    known = list(dict.fromkeys([*prompts, *map(connecting_prompt, hotlines), *sorted(spoken)]))
    for path in sorted(config_dir.glob("prompts/*/*")):
        if path.suffix not in RECORDED_SUFFIXES:
            text = f"a recording must be one of {listed(RECORDED_SUFFIXES)}"
        elif path.parent.name not in languages:
            text = f"there is no language {quoted(path.parent.name)}; allowed: {listed(languages)}"
        elif path.stem not in known:
            text = f"there is no prompt {quoted(path.stem)}{problems.did_you_mean(path.stem, known)}"
        else:
            continue
        problems.add(str(path), 1, 1, text)


def _names(documents: Documents, what: str) -> list[str] | None:
    """Return the names that are defined, or None where their file can't tell."""
    file, pattern = _DEFINED_IN[what]
    document = documents[file]
    if not document.readable or document.get(pattern[0]) is None:
        return [] if what == "opening hours" and document.readable else None
    names = [found.word for found in _find(document.data, pattern)]
    # an empty list is a problem of its own, unless the city has no hotlines: don't add one for each use of a name
    return names if names or (what == "hotline" and document.get(*pattern[:1]) == []) else None


def _find(data: Any, pattern: tuple[str, ...], keys: Keys = ()) -> Iterator[_Found]:
    if not pattern:
        if isinstance(data, str):
            yield _Found(keys, data, False)
        return
    step, rest = pattern[0], pattern[1:]
    if step == KEY:
        if isinstance(data, dict):
            yield from (_Found((*keys, key), key, True) for key in data)
    elif step == "*":
        items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
        for key, value in items:
            yield from _find(value, rest, (*keys, key))
    elif isinstance(data, dict) and step in data:
        yield from _find(data[step], rest, (*keys, step))


def _check_references(
    document: Document, pattern: tuple[str, ...], what: str, allowed: list[str] | None, problems: Problems
) -> None:
    if allowed is None:
        return
    known = set(allowed)
    for found in _find(document.data, pattern):
        if found.word not in known:
            _unknown(document, found, what, allowed, problems)


def _unknown(
    document: Document, found: _Found, what: str, allowed: list[str], problems: Problems, where: str = ""
) -> None:
    place = document.place_of_key(found.keys) if found.is_key else document.place(found.keys)
    hint = problems.did_you_mean(found.word, allowed)
    text = f"there is no {what} {quoted(found.word)}{where}; allowed: {listed(allowed)}{hint}"
    problems.add(document.file, place.line, place.column, text)


def _check_node_references(document: Document, problems: Problems) -> None:
    for flow_id, flow in _mapping(document.get("flows")).items():
        nodes = list(_mapping(_mapping(flow).get("nodes")))
        if not nodes:
            continue
        at: Keys = ("flows", flow_id)
        patterns = [("start",), ("person",), *(("nodes", "*", *way) for way in NODE_REFERENCES)]
        for pattern in patterns:
            for found in _find(flow, pattern, at):
                if found.word not in nodes and (pattern[-1] != "person" or person_of(found.word)):
                    _unknown(document, found, "node", nodes, problems, f" in the flow {flow_id}")


def _check_unique(document: Document, pattern: tuple[str, ...], what: str, problems: Problems) -> None:
    first: dict[str, int] = {}
    for found in _find(document.data, pattern):
        place = document.place(found.keys)
        if found.word in first:
            text = f"the {what} {quoted(found.word)} is already in line {first[found.word]}; each may stand once"
            problems.add(document.file, place.line, place.column, text)
        else:
            first[found.word] = place.line


def _check_translations(
    document: Document, pattern: tuple[str, ...], languages: list[str] | None, problems: Problems
) -> None:
    for keys, value in _find_mappings(document.data, pattern):
        for language in languages or ():
            if language not in value:
                place = document.place_of_key(keys)
                text = (
                    f"{keys[-1] if keys[-1] != 'name' else 'the name'} has no text in the language {quoted(language)}"
                )
                problems.add(document.file, place.line, place.column, f"{text}; add '{language}: ...'")
        for language in value:
            if languages is not None and language not in languages:
                _unknown(document, _Found((*keys, language), language, True), "language", languages, problems)


def _find_mappings(data: Any, pattern: tuple[str, ...], keys: Keys = ()) -> Iterator[tuple[Keys, dict[str, Any]]]:
    if not pattern:
        if isinstance(data, dict):
            yield keys, data
        return
    step, rest = pattern[0], pattern[1:]
    items: Any = ()
    if step == "*":
        items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    elif isinstance(data, dict) and step in data:
        items = ((step, data[step]),)
    for key, value in items:
        yield from _find_mappings(value, rest, (*keys, key))


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
