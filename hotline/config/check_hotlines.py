"""Checks hotlines.yaml beyond names: numbers that stand twice, emergency lines, keys of menus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hotline.config.positions import Document, Keys
from hotline.config.problems import Problems, quoted
from ivr.model import EMERGENCY_NUMBERS


def check_hotlines(document: Document, flows: Document, problems: Problems) -> None:
    """Add a problem for each hotline that means something else than its entry says."""
    hotlines = document.get("hotlines")
    first_numbers = {
        str(hotline.get("number")): hotline.get("id")
        for hotline in (hotlines if isinstance(hotlines, list) else ())
        if isinstance(hotline, dict)
    }
    aliases: dict[str, object] = {}
    for index, hotline in enumerate(hotlines if isinstance(hotlines, list) else ()):
        if isinstance(hotline, dict):
            at: Keys = ("hotlines", index)
            _check_numbers(document, at, hotline, first_numbers, aliases, problems)
            _check_kind(document, at, hotline, problems)
            _check_menu_key(document, flows, at, hotline, problems)


def _check_numbers(
    document: Document,
    at: Keys,
    hotline: dict[str, Any],
    first_numbers: dict[str, Any],
    aliases: dict[str, object],
    problems: Problems,
) -> None:
    """A retired number means one hotline; an alternate is another number than the first."""
    for index, number in enumerate(_list(hotline.get("aliases"))):
        taken = first_numbers.get(str(number)) or aliases.get(str(number))
        if taken is not None:
            text = f"the number {quoted(number)} belongs to {taken} already; an alias must mean one hotline alone"
            _add(document, (*at, "aliases", index), text, problems)
        aliases[str(number)] = hotline.get("id")
    tried = {(str(hotline.get("number")), hotline.get("trunk"))}
    for index, other in enumerate(_list(hotline.get("alternates"))):
        number = other.get("number") if isinstance(other, dict) else other
        trunk = (other.get("trunk") if isinstance(other, dict) else None) or hotline.get("trunk")
        if (str(number), trunk) in tried:
            text = f"the alternate {quoted(number)} is dialled already on this trunk; nobody is sent round twice"
            _add(document, (*at, "alternates", index), text, problems)
        tried.add((str(number), trunk))


def _check_kind(document: Document, at: Keys, hotline: dict[str, Any], problems: Problems) -> None:
    number = str(hotline.get("number"))
    if number in EMERGENCY_NUMBERS and hotline.get("kind") != "emergency":
        text = f"{number} is an emergency number; add 'kind: emergency', so that nothing stands in its way"
        _add(document, (*at, "number"), text, problems)
    if hotline.get("kind") == "emergency" and hotline.get("hours") is not None:
        _add(document, (*at, "hours"), "an emergency line is always open; leave hours out", problems)


def _check_menu_key(document: Document, flows: Document, at: Keys, hotline: dict[str, Any], problems: Problems) -> None:
    """`ivr_key` is what leaflets print: it should be what menus do."""
    key, hotline_id = hotline.get("ivr_key"), hotline.get("id")
    if not isinstance(key, str) or not isinstance(flows.get("flows"), dict):
        return
    found = sorted(set(_menu_keys(flows, hotline_id)))
    if key not in found:
        keys = f"by {' and '.join(found)}" if found else "by no key"
        text = f"no menu in flows.yaml leads to {hotline_id} by the key {quoted(key)}; they lead there {keys}"
        place = document.place((*at, "ivr_key"))
        problems.warn(document.file, place.line, place.column, text)


def _menu_keys(flows: Document, hotline_id: object) -> Iterator[str]:
    for flow in flows.get("flows").values():
        nodes = flow.get("nodes") if isinstance(flow, dict) else None
        named = nodes.items() if isinstance(nodes, dict) else ()
        nodes = {name: node for name, node in named if isinstance(node, dict)}
        goals = {name for name, node in nodes.items() if node.get("hotline") == hotline_id}
        for node in nodes.values():
            keys = node.get("keys")
            for key, to in keys.items() if isinstance(keys, dict) else ():
                if isinstance(to, str) and to in goals:
                    yield str(key)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _add(document: Document, keys: Keys, text: str, problems: Problems) -> None:
    place = document.place(keys)
    problems.add(document.file, place.line, place.column, text)
