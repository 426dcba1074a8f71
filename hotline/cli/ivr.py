"""`hotline ivr`: menus that prove themselves before a caller hears them: check, schema, draw, diff, walk, test."""

from __future__ import annotations

import dataclasses
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from calls.errors import ConfigurationError, NotFound
from hotline.cli.ivr_life import add_life_commands
from hotline.cli.ivr_walk import hold_expectations, walk
from hotline.cli.options import AsJson, err, exit_codes, out, print_json
from hotline.config import City, examine_city
from hotline.config.compare import compare_cities
from hotline.config.problems import Problem
from hotline.config.schema import MODELS, TESTS, schema_of
from ivr.drawing import draw as draw_picture
from ivr.hours import calendar_warning

Folder = Annotated[Path, typer.Argument(help="Folder of the city's YAML files.")]

ivr_app = typer.Typer(no_args_is_help=True, help="Menus: check, try, draw and compare them before they are live.")


@ivr_app.command()
def check(config: Folder, as_json: AsJson = False) -> None:
    """Every mistake at once, with file:line:column and what mends it. Exit 0: none (warnings may be); 2: mistakes."""
    with exit_codes():
        examined = examine_city(config)
        warnings = [*examined.warnings, *_of_the_calendar(config, examined.city)]
        if as_json:
            print_json(
                {
                    "ok": examined.city is not None,
                    "version": examined.city.version if examined.city else None,
                    "errors": [_as_dict(problem) for problem in examined.errors],
                    "warnings": [_as_dict(problem) for problem in warnings],
                }
            )
        else:
            for problem in sorted([*examined.errors, *warnings]):
                err.print(str(problem), markup=False, highlight=False, soft_wrap=True)
            out.print(_summary(examined.city, len(examined.errors), len(warnings)), highlight=False)
        if examined.city is None:
            raise typer.Exit(2)


def _of_the_calendar(config: Path, city: City | None) -> list[Problem]:
    said = calendar_warning(city.calendar, datetime.now(UTC), city.zone) if city else None
    return [Problem(str(config / "city.yaml"), 1, 1, said, is_warning=True)] if said else []


def _as_dict(problem: Problem) -> dict[str, Any]:
    return {
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "text": problem.text,
        "mend": problem.mend,
    }


def _summary(city: City | None, errors: int, warnings: int) -> str:
    said = [_counted(errors, "mistake")] if errors else []
    said += [_counted(warnings, "warning")] if warnings else []
    if city is None:
        return ", ".join(said)
    nodes = sum(len(flow.nodes) for flow in city.flows.values())
    found = f"{len(city.lines)} lines, {len(city.flows)} flows, {nodes} nodes, {len(city.prompts)} prompts"
    return f"ok: {found}{', ' if said else ''}{', '.join(said)}"


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


@ivr_app.command()
def schema(
    file: Annotated[str | None, typer.Argument(help=f"One of {', '.join(MODELS)}; all of them where left out.")] = None,
    write: Annotated[
        Path | None, typer.Option("--write", help="Write <name>.json for each file into this folder.")
    ] = None,
) -> None:
    """JSON Schema for editors: completion, explanation, mistakes underlined while you write."""
    with exit_codes():
        name = file.removesuffix(".yaml") if file is not None else None
        if name is not None and name not in MODELS:
            raise ConfigurationError([f"there is no file {file}; allowed: {', '.join(MODELS)}"])
        schemas = {each: schema_of(each) for each in ([name] if name else MODELS)}
        if write is None:
            print_json(schemas[name] if name else schemas)
            return
        write.mkdir(parents=True, exist_ok=True)
        for each, content in schemas.items():
            (write / f"{each}.json").write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", "utf-8")
            first = f"../{write.name}/" if each == TESTS else f"{write.name}/"
            out.print(f"{write / each}.json  # yaml-language-server: $schema={first}{each}.json", highlight=False)


@ivr_app.command()
def draw(
    config: Folder,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="SVG file; printed where left out.")] = None,
    line: Annotated[str | None, typer.Option("--line", help="Only this line.")] = None,
    language: Annotated[str | None, typer.Option("--language", help="Language of the picture.")] = None,
    as_json: AsJson = False,
) -> None:
    """A picture of what callers go through: lines, hours, keys, queues."""
    with exit_codes():
        city = loaded(config)
        if language is not None and language not in city.languages:
            raise NotFound(f"There is no language {language!r}; there are {', '.join(city.languages)}.")
        picture = draw_picture(city, line, language=language)
        if output is None and not as_json:
            sys.stdout.write(picture)
            return
        if output is not None:
            output.write_text(picture, encoding="utf-8")
        if as_json:
            drawn = {"file": output, "bytes": len(picture.encode()), "svg": None if output else picture}
            print_json({"version": city.version, "lines": [line] if line else list(city.lines), **drawn})
        else:
            out.print(f"{output}: {', '.join([line] if line else city.lines)}", highlight=False)


@ivr_app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="Folder of the version that is live.")],
    new: Annotated[Path, typer.Argument(help="Folder of the version that is to be.")],
    as_json: AsJson = False,
) -> None:
    """What changes for callers, in words."""
    with exit_codes():
        before, after = loaded(old), loaded(new)
        changes = compare_cities(before, after)
        if as_json:
            rows = [dataclasses.asdict(change) for change in changes]
            print_json({"old": before.version, "new": after.version, "changes": rows})
        elif not changes:
            out.print("nothing changes for callers", highlight=False)
        for change in () if as_json else changes:
            out.print(change.text, markup=False, highlight=False, soft_wrap=True)


def loaded(config: Path) -> City:
    """Load a city; its warnings are not what was asked for."""
    examined = examine_city(config)
    if examined.city is None:
        raise ConfigurationError([str(problem) for problem in examined.errors])
    return examined.city


ivr_app.command()(walk)
ivr_app.command("test")(hold_expectations)
add_life_commands(ivr_app)
