"""Reads a scenario and the files that it names: a Scenario, or every problem at once with line and column."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from hotline.config.explain import explain
from hotline.config.positions import Document, Keys, read_document
from hotline.config.problems import Problems, listed, quoted
from hotline.simulation.scenario import Scenario

MAX_FILE_BYTES = 200_000_000
MAX_VALUES = 5_000_000
_TIMES = ("arrivals", "service", "patience", "wrap_up")


def load_scenario(path: Path) -> Scenario:
    """Load a scenario; raise ConfigurationError with all problems where there are any."""
    problems = Problems()
    document = read_document(path, problems)
    scenario = _validate(document, problems) if document.readable else None
    if scenario is not None:
        _check(document, scenario, problems)
        scenario = _with_recordings(path.parent, document, scenario, problems)
    problems.raise_if_any()
    assert scenario is not None  # else there was a problem
    return scenario


def _validate(document: Document, problems: Problems) -> Scenario | None:
    if not isinstance(document.data, dict):
        problems.add(document.file, 1, 1, f"this is no scenario; it must hold {', '.join(Scenario.model_fields)}")
        return None
    try:
        return Scenario.model_validate(document.data, by_alias=True, by_name=False)
    except ValidationError as error:
        explain(document, Scenario, error, problems)
        return None


def _check(document: Document, scenario: Scenario, problems: Problems) -> None:
    """Check what a model alone can't see."""
    _check_once(document, "call_types", (each.type_id for each in scenario.call_types), problems)
    _check_once(document, "queues", (each.queue_id for each in scenario.queues), problems)
    _check_once(document, "operators", (each.group_id for each in scenario.operators), problems)
    known = {skill for group in scenario.operators for skill in group.skills}
    for index in range(len(scenario.call_types)):
        _check_type(document, scenario, index, known, problems)
    for index, queue in enumerate(scenario.queues):
        named = {skill for need in queue.needs_in_steps() for skill in need.skills}
        _check_skills(document, ("queues", index), named, known, problems)
    for index, group in enumerate(scenario.operators):
        for number, entry in enumerate(group.queues or ()):
            keys: Keys = ("operators", index, "queues", number)
            _check_queue(document, scenario, keys, entry.queue_id, problems)


def _check_type(document: Document, scenario: Scenario, index: int, known: set[str], problems: Problems) -> None:
    kind, keys = scenario.call_types[index], ("call_types", index)
    if kind.queue is not None and not _check_queue(document, scenario, (*keys, "queue"), kind.queue, problems):
        return
    written = next((name for name in ("skills", "needs") if getattr(kind, name) is not None), "id")
    if not _check_skills(document, (*keys, written), kind.requirement.skills, known, problems):
        return
    if kind.topic is not None and not _check_skills(document, (*keys, "topic"), {kind.topic}, known, problems):
        return
    if not any(scenario.is_served_by(kind, group) for group in scenario.operators):
        text = f"no operators can serve {kind.type_id}; give one group all that it needs"
        _add(document, (*keys, written), text, problems)


def _check_queue(document: Document, scenario: Scenario, keys: Keys, queue_id: str, problems: Problems) -> bool:
    allowed = list(scenario.queue_rules()) if keys[0] == "operators" else [queue.queue_id for queue in scenario.queues]
    if queue_id in allowed:
        return True
    hint = problems.did_you_mean(queue_id, allowed)
    _add(document, keys, f"there is no queue {quoted(queue_id)}; allowed: {listed(allowed)}{hint}", problems)
    return False


def _check_skills(document: Document, keys: Keys, named: Iterable[str], known: set[str], problems: Problems) -> bool:
    missing = sorted(set(named) - known)
    for skill in missing:
        hint = problems.did_you_mean(skill, known)
        text = f"no operator has the skill {quoted(skill)}; theirs: {listed(sorted(known))}{hint}"
        _add(document, keys, text, problems)
    return not missing


def _check_once(document: Document, section: str, ids: Iterable[str], problems: Problems) -> None:
    names = list(ids)
    repeated = {name for name, times in Counter(names).items() if times > 1}
    for index, name in enumerate(names):
        if name in repeated and name in names[:index]:
            _add(document, (section, index, "id"), f"the id {quoted(name)} stands twice in {section}", problems)


def _add(document: Document, keys: Keys, text: str, problems: Problems) -> None:
    place = document.place(keys)
    problems.add(document.file, place.line, place.column, text)


def _with_recordings(folder: Path, document: Document, scenario: Scenario, problems: Problems) -> Scenario:
    """Return the scenario with the values of the files that it names."""
    types = []
    for index, kind in enumerate(scenario.call_types):
        update = {
            name: _filled(folder, document, ("call_types", index, name), getattr(kind, name), problems)
            for name in _TIMES
        }
        types.append(kind.model_copy(update=update))
    ring = _filled(folder, document, ("ring",), scenario.ring, problems)
    return scenario.model_copy(update={"call_types": tuple(types), "ring": ring})


def _filled(folder: Path, document: Document, keys: Keys, times: Any, problems: Problems) -> Any:
    if times.kind != "recorded":
        return times
    if bool(times.file) == bool(times.values):
        _add(document, keys, "recorded times need either file or values", problems)
        return times
    if times.file is None:
        if min(times.values) < 0:
            _add(document, (*keys, "values"), "values must not be below 0", problems)
        return times
    values = _column(folder / times.file, times.column, document, (*keys, "file"), problems)
    return times.model_copy(update={"values": values})


def _column(path: Path, column: str, document: Document, keys: Keys, problems: Problems) -> tuple[float, ...]:
    found: list[float] = []
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            _add(document, keys, f"{path.name} is larger than {MAX_FILE_BYTES // 1_000_000} MB", problems)
            return ()
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines)
            if column not in (rows.fieldnames or ()):
                _add(
                    document,
                    keys,
                    f"{path.name} has no column {quoted(column)}; it has {listed(rows.fieldnames or ())}",
                    problems,
                )
                return ()
            for row in rows:
                value = _number(row[column])
                if value is None:
                    text = f"{quoted(row[column])} is no time; write seconds, 0 or more"
                    problems.add(str(path), rows.line_num, 1, text)
                    return ()
                found.append(value)
                if len(found) > MAX_VALUES:
                    problems.add(str(path), rows.line_num, 1, f"more than {MAX_VALUES:,} values")
                    return ()
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        _add(document, keys, f"{path.name} can't be read: {getattr(error, 'strerror', None) or error}", problems)
        return ()
    if not found:
        _add(document, keys, f"{path.name} holds no values", problems)
    return tuple(found)


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None
