"""What the documents name exists: links, commands, verbs, constants, the dialplan's words, Asterisk's events."""

from __future__ import annotations

import dataclasses
import importlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import click
import pytest
import typer
from pydantic import BaseModel
from typer.testing import CliRunner

from hotline.cli.main import app
from telephony.ami.translation import EVENT_NAMES

ROOT = Path(__file__).resolve().parent.parent.parent
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "docker/*.md", "bench/*.md", "examples/**/*.md", "tests/**/*.md")
    for path in ROOT.glob(pattern)
)
UNITS = {"h": 3600, "KiB": 1024, "MiB": 1024**2}
"""Units that a value is not already given in by its constant."""

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_HOTLINE = re.compile(r"^(?:\.venv/bin/)?hotline((?: [a-z][a-z-]*)+)(.*)")
_LIMIT = re.compile(r"^\| [^|]+ \| ([\d,.]+)(?: (\w+))? \| `([\w.]+)` \| `([\w/.]+)` \|$", re.MULTILINE)


def test_every_relative_link_leads_somewhere() -> None:
    broken = []
    for document in DOCUMENTS:
        for link in _LINK.findall(_prose(document)):
            target, _, anchor = link.partition("#")
            path = (document.parent / target).resolve() if target else document
            if "://" not in link and not (path.exists() and _has_anchor(path, anchor)):
                broken.append(f"{document.relative_to(ROOT)}: {link}")
    assert broken == []


def test_every_command_that_is_named_exists_with_its_options() -> None:
    named = {match.groups() for _, code in _codes() if (match := _HOTLINE.match(code))}
    assert len(named) >= 8
    for words, rest in named:
        command, path = _resolve(words.split())
        answer = CliRunner().invoke(app, [*path, "--help"])
        assert answer.exit_code == 0, f"hotline {words}: {answer.output}"
        options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        assert set(re.findall(r"--[a-z-]+", rest)) <= options | {"--help"}, f"hotline{words}{rest}"


def test_every_verb_of_make_that_is_named_exists() -> None:
    verbs = set(re.findall(r"^([a-z%-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for document, code in _codes():
        for verb in re.findall(r"^make ([a-z][a-z-]*)", code):
            benchmark = ROOT / "bench" / f"{verb.removeprefix('bench-').replace('-', '_')}.py"
            exists = verb in verbs or (verb.startswith("bench-") and benchmark.exists())
            assert exists, f"{document.relative_to(ROOT)}: make {verb}"


def _limits() -> list[tuple[str, str, str, str]]:
    return _LIMIT.findall((ROOT / "docs" / "behaviour.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("value", "unit", "name", "file"), _limits(), ids=lambda part: str(part))
def test_every_limit_is_what_the_code_says(value: str, unit: str, name: str, file: str) -> None:
    told = float(value.replace(",", "")) * UNITS.get(unit, 1)
    if file.endswith(".j2"):
        settings = re.findall(rf"^{name} = ([\d.]+)$", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)
        assert told in [float(setting) for setting in settings]
    else:
        assert _constant(file, name) == told


def test_no_row_of_limits_escapes_the_comparison() -> None:
    tables = (ROOT / "docs" / "behaviour.md").read_text(encoding="utf-8").partition("## Limits")[2]
    rows = [line for line in tables.splitlines() if line.startswith("| ") and not line.startswith("| what |")]
    assert len(rows) == len(_limits()) > 50


def test_every_context_of_the_dialplan_is_told() -> None:
    contexts = re.findall(r"^\[([\w-]+)\]$", _template("extensions.conf"), re.MULTILINE)
    assert _first_cells("### Channel variables", before=True) >= set(contexts) - {"general"}


def test_every_channel_variable_is_told_and_used() -> None:
    told = _first_cells("### Channel variables")
    dialplan = _template("extensions.conf")
    made = set(re.findall(r"Set\((?:MASTER_CHANNEL\()?([A-Z][A-Z_]+)\)?=", dialplan)) - {"MASTER_CHANNEL"}
    assert made <= told
    code = "".join(path.read_text(encoding="utf-8") for path in (*_python("telephony"), *_python("agi_scripts")))
    assert [name for name in told if name not in dialplan + code] == []


def test_every_event_of_asterisk_that_is_read_is_told() -> None:
    assert _first_cells("## Asterisk's manager interface (AMI)") == set(EVENT_NAMES)


@cache
def _prose(document: Path) -> str:
    """Return a document without its blocks of code."""
    return _FENCE.sub("", document.read_text(encoding="utf-8"))


def _codes() -> Iterator[tuple[Path, str]]:
    """Yield every piece of code: between backticks, and each line of a block."""
    for document in DOCUMENTS:
        for language, block in _FENCE.findall(document.read_text(encoding="utf-8")):
            if language != "mermaid":
                yield from ((document, line.strip()) for line in block.splitlines())
        prose = _prose(document)
        yield from ((document, code) for code in re.findall(r"`([^`\n]+)`", prose))
        yield from ((document, line.strip()) for line in prose.splitlines() if line.startswith("    "))


def _has_anchor(path: Path, anchor: str) -> bool:
    if not anchor:
        return True
    headings = re.findall(r"^#+ (.+)$", _prose(path), re.MULTILINE)
    return anchor in [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]


def _resolve(words: list[str]) -> tuple[click.Command, list[str]]:
    """Return the command that the words begin with, and the words that name it."""
    command: Any = typer.main.get_command(app)
    path: list[str] = []
    for word in words:
        if not hasattr(command, "list_commands"):
            break
        context = click.Context(command)
        assert word in command.list_commands(context), f"hotline {' '.join(words)}: there is no {word!r}"
        command = command.get_command(context, word)
        path.append(word)
    return command, path


def _constant(file: str, name: str) -> Any:
    module = importlib.import_module(file.removesuffix(".py").replace("/", "."))
    owner, _, field = name.rpartition(".")
    if not owner:
        return getattr(module, name)
    cls = getattr(module, owner)
    if issubclass(cls, BaseModel):
        return cls.model_fields[field].default
    return next(each.default for each in dataclasses.fields(cls) if each.name == field)


def _template(name: str) -> str:
    return (ROOT / "asterisk_conf" / f"{name}.j2").read_text(encoding="utf-8")


def _python(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def _first_cells(heading: str, *, before: bool = False) -> set[str]:
    """Return the names in the first column of the table under a heading of the call flows, or of the one before it."""
    text = (ROOT / "docs" / "call-flows.md").read_text(encoding="utf-8")
    above, _, below = text.partition(heading)
    section = above.rpartition("\n## ")[2] if before else re.split(r"\n##", below)[0]
    cells = re.findall(r"^\| (`[^|]+`) \|", section, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}
