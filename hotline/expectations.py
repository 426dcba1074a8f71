"""Reads an admin's expectation files (tests/*.yaml beside the menus) and holds a configuration against them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from calls.errors import ConfigurationError, HotlineError
from hotline.config import City
from hotline.config.explain import explain
from hotline.config.positions import Document, read_document
from hotline.config.problems import Problems, listed, quoted
from ivr.expect import Difference, Expectation, ExpectationFile, differences
from ivr.rehearsal import Rehearsal
from ivr.rehearsal_model import Ending, Moment, Visitor, given_keys


@dataclass(frozen=True, slots=True)
class WrittenExpectation:
    """An expectation and where it stands."""

    file: str
    line: int
    expectation: Expectation


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one expectation."""

    written: WrittenExpectation
    differences: tuple[Difference, ...]
    moments: tuple[Moment, ...]
    ending: Ending

    @property
    def passed(self) -> bool:
        """Whether everything became as expected."""
        return not self.differences


def expectation_files(folder: Path) -> list[Path]:
    """Return the expectation files beside a configuration."""
    return sorted(path for path in (folder / "tests").glob("*.y*ml") if path.suffix in (".yaml", ".yml"))


def read_expectations(files: list[Path], city: City) -> list[WrittenExpectation]:
    """Read expectation files; raise ConfigurationError with every problem of every file."""
    problems = Problems()
    found: list[WrittenExpectation] = []
    for path in files:
        document = read_document(path, problems)
        if document.readable:
            found += _read(document, city, problems)
    problems.raise_if_any()
    return found


def _read(document: Document, city: City, problems: Problems) -> Iterator[WrittenExpectation]:
    try:
        file = ExpectationFile.model_validate(document.data, by_alias=True, by_name=False)
    except ValidationError as error:
        if isinstance(document.data, dict):
            explain(document, ExpectationFile, error, problems)
        else:
            problems.add(document.file, 1, 1, "the file must hold 'tests:' and a list of expectations")
        return
    for index, expectation in enumerate(file.tests):
        place = document.place(("tests", index))
        _check_names(document, index, expectation, city, problems)
        yield WrittenExpectation(document.file, place.line, expectation)


def _check_names(document: Document, index: int, test: Expectation, city: City, problems: Problems) -> None:
    """A name that means nothing would make a test that can't pass, or one that can't fail."""
    flows: Mapping[str, object] = city.flows
    nodes = {node_id: None for flow in city.flows.values() for node_id in flow.nodes}
    hotlines = {hotline.hotline_id: None for hotline in city.hotlines}
    notices = {notice.notice_id: None for notice in city.notices}
    named: list[tuple[tuple[str | int, ...], str, str | None, Mapping[str, object]]] = [
        (("line",), "line", test.line, city.lines),
        (("flow",), "flow", test.flow, flows),
        (("expect", "queue"), "queue", test.expect.queue, city.queues),
        (("expect", "hotline"), "hotline", test.expect.hotline, hotlines),
        (("expect", "flow"), "flow", test.expect.flow, flows),
        (("expect", "language"), "language", test.expect.language, dict.fromkeys(city.languages)),
        *((("notices", n), "notice", notice, notices) for n, notice in enumerate(test.notices)),
        *((("answers", node), "node", node, nodes) for node in test.answers),
    ]
    for keys, what, word, known in named:
        if word is not None and word not in known:
            place = document.place(("tests", index, *keys))
            hint = problems.did_you_mean(word, known)
            text = f"there is no {what} {quoted(word)}; allowed: {listed(known)}{hint}"
            problems.add(document.file, place.line, place.column, text)


def judge(written: WrittenExpectation, city: City, now: datetime) -> Verdict:
    """Take the caller through the menus and compare."""
    expectation = written.expectation
    rehearsal = Rehearsal(city, expectation.visitor(now, city.zone), given_keys(expectation.keys), city.speech.rates)
    try:
        moments = tuple(rehearsal)
    except HotlineError as error:
        raise ConfigurationError([f"{written.file}:{written.line}:1: {error}"]) from error
    return Verdict(written, tuple(differences(expectation.expect, rehearsal.ending)), moments, rehearsal.ending)


def as_expectation(visitor: Visitor, pressed: list[str], ending: Ending) -> str:
    """Return a walk as the text of an expectation file."""
    called = f"line: {visitor.line}" if visitor.line else f"flow: {visitor.flow}"
    given = {
        "at": visitor.at.strftime("%Y-%m-%d %H:%M"),
        "caller": visitor.number,
        "dialled": visitor.dialled,
        "keys": pressed,
        "answers": dict(visitor.answers),
        "notices": sorted(visitor.notices),
    }
    expected = {
        "outcome": ending.outcome,
        "queue": ending.queue,
        "hotline": ending.hotline,
        "says": [name for name, _ in ending.said],
        "language": ending.language,
        "topic": ending.topic,
        "rule": ending.rule if visitor.line else None,
        "priority": ending.priority,
    }
    name = f"{visitor.line or visitor.flow} {','.join(pressed) or 'in silence'} → {ending.outcome}"
    lines = ["tests:", f"  - name: {_written(name)}", f"    {called}"]
    lines += [f"    {key}: {_written(value)}" for key, value in given.items() if value]
    lines += ["    expect:"]
    lines += [f"      {key}: {_written(value)}" for key, value in expected.items() if value]
    text = "\n".join(lines) + "\n"
    return text


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)  # every JSON value is YAML
