"""Checks the names that menus use among themselves: parameters, variables, cases, retired numbers, spoken parts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from hotline.config.positions import Document, Keys
from hotline.config.problems import Problems, listed, quoted
from hotline.config.tables import nodes_of
from ivr.model import CALL_VARIABLES, CALLER_KINDS, CHOOSE_BY, HOURS_STATES, NO_PERSON, CollectNode

_IN_BRACES = re.compile(r"\{([a-z][a-z0-9_]*)\}")

FIXED_CASES: Mapping[str, tuple[str, ...]] = {"caller": CALLER_KINDS, "hours": HOURS_STATES}
"What `choose` looks at, to the only cases that it can have."


def check_menu_names(documents: Mapping[str, Document], problems: Problems) -> None:
    """Add a problem for each name inside the menus that means nothing."""
    _check_dialled_numbers(documents["city"], problems)
    flows = documents["flows"]
    for flow_id, node_id, node in nodes_of(flows):
        at: Keys = ("flows", flow_id, "nodes", node_id)
        known = _variables(flows, flow_id)
        match node.get("kind"):
            case "choose":
                _check_choose(documents, at, node, known, problems)
            case "flow":
                _check_arguments(flows, at, node, known, problems)
            case "look_up":
                _check_look_up(flows, at, node, known, problems)
            case "call_back":
                _check_variable(flows, (*at, "number"), node.get("number"), known, problems)
            case "collect":
                _check_confirm(documents, at, node, problems)


def person_of(word: Any) -> bool:
    """Say whether `person` names a node."""
    return isinstance(word, str) and word != NO_PERSON


def _add(document: Document, keys: Keys, text: str, problems: Problems, *, key: bool = False) -> None:
    place = document.place_of_key(keys) if key else document.place(keys)
    problems.add(document.file, place.line, place.column, text)


def _unknown(
    document: Document,
    keys: Keys,
    what: str,
    word: str,
    allowed: Iterable[str],
    problems: Problems,
    *,
    key: bool = False,
) -> None:
    words = list(allowed)
    hint = problems.did_you_mean(word, words)
    _add(document, keys, f"there is no {what} {quoted(word)}; allowed: {listed(words)}{hint}", problems, key=key)


def _check_dialled_numbers(document: Document, problems: Problems) -> None:
    """Lines and retired numbers share one set of numbers: a call must lead to one place."""
    lines = document.get("lines")
    first: dict[str, int] = {}
    for index, line in enumerate(lines if isinstance(lines, list) else ()):
        dnis = line.get("dnis") if isinstance(line, dict) else None
        aliases = line.get("aliases") if isinstance(line, dict) else None
        ways: list[Keys] = [("lines", index, "dnis", n) for n in range(len(dnis) if isinstance(dnis, list) else 0)]
        ways += [
            ("lines", index, "aliases", n, "dnis") for n in range(len(aliases) if isinstance(aliases, list) else 0)
        ]
        for keys in ways:
            number = document.get(*keys)
            if not isinstance(number, str):
                continue
            if number in first:
                text = f"the dialled number {quoted(number)} is already in line {first[number]}; each may stand once"
                _add(document, keys, text, problems)
            else:
                first[number] = document.place(keys).line


def _variables(document: Document, flow_id: str) -> list[str]:
    """Return the variables that this flow can read."""
    flow = document.get("flows", flow_id)
    own: list[str] = list(CALL_VARIABLES)
    parameters = flow.get("parameters")
    own += [word for word in parameters if isinstance(word, str)] if isinstance(parameters, list) else []
    for node in _mapping(flow.get("nodes")).values():
        if isinstance(node, dict):
            own += [node["into"]] if isinstance(node.get("into"), str) else []
            own += [word for part in ("variables", "take") for word in _mapping(node.get(part))]
    return list(dict.fromkeys(own))


def _check_variable(document: Document, keys: Keys, word: Any, known: list[str], problems: Problems) -> None:
    if isinstance(word, str) and word not in known:
        _unknown(document, keys, "variable", word, known, problems)


def _check_choose(
    documents: Mapping[str, Document], at: Keys, node: Mapping[str, Any], known: list[str], problems: Problems
) -> None:
    document, by, cases = documents["flows"], node.get("by"), _mapping(node.get("cases"))
    if not isinstance(by, str):
        return
    allowed: Iterable[str] | None = FIXED_CASES.get(by)
    if by == "language":
        languages = documents["city"].get("city", "languages")
        allowed = [word for word in languages if isinstance(word, str)] if isinstance(languages, list) else None
    elif by == "line":
        lines = documents["city"].get("lines")
        ids = [_mapping(line).get("id") for line in lines] if isinstance(lines, list) else []
        allowed = [word for word in ids if isinstance(word, str)] or None
    elif by not in CHOOSE_BY:
        words = [*CHOOSE_BY, *(word for word in known if word not in CHOOSE_BY)]
        if by not in words:
            _unknown(document, (*at, "by"), "thing to choose by or variable", by, words, problems)
    for case in cases if allowed is not None else ():
        if case not in (words := list(allowed or ())):
            _unknown(document, (*at, "cases", case), f"case of {by}", case, words, problems, key=True)
    if node.get("hours") is not None and by != "hours":
        _add(document, (*at, "hours"), "hours can stand only with by: hours", problems, key=True)


def _check_arguments(
    document: Document, at: Keys, node: Mapping[str, Any], known: list[str], problems: Problems
) -> None:
    flow = document.get("flows", node["flow"]) if isinstance(node.get("flow"), str) else None
    if not isinstance(flow, dict):
        return
    parameters = flow.get("parameters")
    wanted = [word for word in parameters if isinstance(word, str)] if isinstance(parameters, list) else []
    given = _mapping(node.get("with"))
    for word, value in given.items():
        if word not in wanted:
            _unknown(document, (*at, "with", word), f"parameter of {node['flow']}", word, wanted, problems, key=True)
        for name in _IN_BRACES.findall(value) if isinstance(value, str) else ():
            _check_variable(document, (*at, "with", word), name, known, problems)
    for word in wanted:
        if word not in given:
            text = f"the flow {node['flow']} needs its parameter {quoted(word)}; add 'with: {{{word}: ...}}'"
            _add(document, at, text, problems, key=True)
    theirs = _variables(document, node["flow"])
    for ours, word in _mapping(node.get("take")).items():
        _check_variable(document, (*at, "take", ours), word, theirs, problems)


def _check_look_up(document: Document, at: Keys, node: Mapping[str, Any], known: list[str], problems: Problems) -> None:
    if node.get("table") is not None:
        _check_variable(document, (*at, "key"), node.get("key"), known, problems)
    url = node.get("url")
    for name in re.findall(r"\{([^{}]*)\}", url) if isinstance(url, str) else ():
        _check_variable(document, (*at, "url"), name, known, problems)


def _check_confirm(documents: Mapping[str, Document], at: Keys, node: Mapping[str, Any], problems: Problems) -> None:
    word, prompts = node.get("confirm"), documents["prompts"].get("prompts")
    if not isinstance(word, str) or word == "false" or not isinstance(prompts, dict):
        return
    prompt = CollectNode.READ_BACK if word == "true" else word
    if prompt not in prompts:
        _unknown(documents["flows"], (*at, "confirm"), "prompt", prompt, prompts, problems)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
