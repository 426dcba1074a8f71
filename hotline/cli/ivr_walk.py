"""`hotline ivr walk`, `hotline ivr test`: a dry run through the menus, and expectations held against them."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError

from calls.errors import ConfigurationError
from hotline.cli.options import AsJson, err, exit_codes, out, print_json
from hotline.config import City, load_city
from hotline.expectations import Verdict, as_expectation, expectation_files, judge, read_expectations
from ivr.expect import Past, split_keys
from ivr.lines import in_zone
from ivr.rehearsal import Rehearsal
from ivr.rehearsal_model import Ear, Ending, Question, Visitor, given_keys
from ivr.rehearsal_model import Moment as RehearsalMoment
from ivr.types import Moment

Folder = Annotated[Path, typer.Argument(help="Folder of the city's YAML files.")]


def walk(
    config: Folder,
    line: Annotated[str | None, typer.Option("--line", help="Line that is called, such as citizen.")] = None,
    flow: Annotated[str | None, typer.Option("--flow", help="Flow to begin in instead of a line.")] = None,
    at: Annotated[str | None, typer.Option("--at", help='When, in the city\'s time: "2026-10-01 08:00"; now.')] = None,
    caller: Annotated[str, typer.Option("--caller", help="The caller's number; withheld where left out.")] = "",
    dialled: Annotated[str | None, typer.Option("--dialled", help="Number dialled; the line's first.")] = None,
    keys: Annotated[
        str | None, typer.Option("--keys", help="What is pressed, question by question: 2,1 (2,,1: silence between).")
    ] = None,
    past_days: Annotated[float | None, typer.Option("--past-days", help="Days since the caller's last call.")] = None,
    past_language: Annotated[str | None, typer.Option("--past-language", help="Language of that call.")] = None,
    open_case: Annotated[bool, typer.Option("--open-case", help="The caller has an open case.")] = False,
    answer: Annotated[
        list[str] | None, typer.Option("--answer", help="What a look-up answers: NODE=VALUE. May be repeated.")
    ] = None,
    notice: Annotated[list[str] | None, typer.Option("--notice", help="Notice that is on. May be repeated.")] = None,
    expect: Annotated[
        Path | None, typer.Option("--expect", help="Write this walk as an expectation; compare where it is there.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """A dry run by the code that takes real callers. Without --keys it asks you. Exit 1: otherwise than expected."""
    with exit_codes():
        city = load_city(config)
        if (line is None) == (flow is None):
            line = line or (next(iter(city.lines)) if len(city.lines) == 1 and flow is None else None)
            if line is None or flow is not None:
                raise ConfigurationError(
                    [f"--line: one of {', '.join(city.lines)}; or --flow: {', '.join(city.flows)}"]
                )
        moment = _moment(at, city)
        visitor = Visitor(
            line=line,
            flow=flow,
            at=moment,
            number=caller,
            dialled=dialled,
            past=Past(days_ago=past_days, language=past_language, open_case=open_case).at(moment),
            notices=frozenset(_known(notice or [], (each.notice_id for each in city.notices), "--notice")),
            answers=_answers(answer or []),
        )
        pressed: list[str] = []
        ear = _remembering(_ear(keys, as_json), pressed)
        rehearsal = Rehearsal(city, visitor, ear, city.speech.rates)
        moments = [_shown(each, quiet=as_json) for each in rehearsal]
        if as_json:
            print_json(
                {
                    "line": line,
                    "at": moment,
                    "keys": pressed,
                    "steps": [dataclasses.asdict(each) for each in moments],
                    "ending": dataclasses.asdict(rehearsal.ending),
                }
            )
        else:
            _print_ending(rehearsal.ending)
        if expect is not None:
            _expect(expect, city, visitor, pressed, rehearsal.ending)


def hold_expectations(config: Folder, as_json: AsJson = False) -> None:
    """Hold the configuration against tests/*.yaml beside it. Exit 1 where something became otherwise than expected."""
    with exit_codes():
        city = load_city(config)
        files = expectation_files(config)
        if not files:
            raise ConfigurationError([f"{config / 'tests'}:1:1: there are no expectation files (tests/*.yaml)"])
        verdicts = [judge(each, city, datetime.now(UTC)) for each in read_expectations(files, city)]
        if as_json:
            print_json([_verdict_dict(verdict) for verdict in verdicts])
        else:
            for verdict in verdicts:
                _print_verdict(verdict)
            failed = sum(not verdict.passed for verdict in verdicts)
            out.print(f"{len(verdicts) - failed} passed, {failed} failed", highlight=False)
        if not all(verdict.passed for verdict in verdicts):
            raise typer.Exit(1)


# -- what is given -------------------------------------------------------------------------------------


def _moment(at: str | None, city: City) -> datetime:
    if at is None:
        return datetime.now(city.zone)
    try:
        moment: datetime = TypeAdapter(Moment).validate_python(at)
    except ValidationError:
        raise ConfigurationError(['--at: must be a day and a time in the city, such as "2026-10-01 08:00"']) from None
    return in_zone(moment, city.zone)


def _known(words: list[str], known: Iterable[str], option: str) -> list[str]:
    allowed = list(known)
    for word in words:
        if word not in allowed:
            raise ConfigurationError([f"{option} {word}: allowed: {', '.join(allowed) or 'none'}"])
    return words


def _answers(values: list[str]) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for value in values:
        node, separator, said = value.partition("=")
        if not (node and separator):
            raise ConfigurationError([f"--answer {value}: must be NODE=VALUE"])
        found[node] = said or None
    return found


def _ear(keys: str | None, as_json: bool) -> Ear:
    if keys is not None:
        given = split_keys(keys)
        if any(set(each) - set("0123456789*#") for each in given):
            raise ConfigurationError([f"--keys {keys}: only 0 to 9, * and #, with a comma between two questions"])
        return given_keys(given)
    if as_json or not sys.stdin.isatty():
        return given_keys([])
    return _ask_person


def _ask_person(question: Question) -> str:
    """Ask whoever sits at the terminal; the end of input is silence from then on."""
    allowed = " ".join(question.keys) or f"up to {question.most_digits} digits"
    while True:
        try:
            said = input(f"          keys ({allowed}; Enter is silence): ").strip()
        except EOFError:
            return ""
        if not set(said) - set("0123456789*#"):
            return said
        err.print("          only 0 to 9, * and #", highlight=False)


def _remembering(ear: Ear, pressed: list[str]) -> Ear:
    def remember(question: Question) -> str:
        pressed.append(ear(question))
        return pressed[-1]

    return remember


# -- what is told --------------------------------------------------------------------------------------


def _shown(moment: RehearsalMoment, *, quiet: bool) -> RehearsalMoment:
    if not quiet:
        out.print(f"{moment.seconds:7.1f} s  {_words(moment)}", markup=False, highlight=False, soft_wrap=True)
    return moment


def _words(moment: RehearsalMoment) -> str:
    at = f"{moment.flow}/{moment.node}"
    match moment.what:
        case "rule":
            return f"rule {moment.text}" + (f": the flow {moment.flow}" if moment.flow else "")
        case "node":
            return f"{at} ({moment.kind})"
        case "says":
            return f"  says ({moment.language}): {moment.text}"
        case "asks":
            return f"  waits for {moment.text}"
        case "hears":
            return f"  hears {moment.text or 'nothing'}"
        case "language":
            return f"  goes on in {moment.text}"
        case "hours":
            return f"  hours: {moment.text}"
        case "looks_up":
            return f"  looks up: {moment.text}"
        case _:
            return f"  notes {moment.text}"


def _print_ending(ending: Ending) -> None:
    where = ending.queue or ending.hotline or ""
    facts = {"language": ending.language, "topic": ending.topic, "priority": ending.priority, "skills": ending.skills}
    more = "  ".join(f"{name} {value}" for name, value in facts.items() if value not in (None, "", {}))
    out.print(f"{ending.seconds:7.1f} s  → {ending.outcome} {where}  {more}", markup=False, highlight=False)


def _print_verdict(verdict: Verdict) -> None:
    written = verdict.written
    sign = "pass" if verdict.passed else "FAIL"
    where = f"{written.file}:{written.line}"
    out.print(f"{sign}  {written.expectation.name}  ({where})", markup=False, highlight=False, soft_wrap=True)
    for difference in verdict.differences:
        out.print(f"      {difference.what}", markup=False, highlight=False)
        out.print(f"        - {difference.expected}", markup=False, highlight=False, soft_wrap=True)
        out.print(f"        + {difference.found}", markup=False, highlight=False, soft_wrap=True)
    for moment in verdict.moments if not verdict.passed else ():
        if moment.what in ("rule", "node", "hears"):
            out.print(f"      {_words(moment)}", markup=False, highlight=False, soft_wrap=True)


def _verdict_dict(verdict: Verdict) -> dict[str, Any]:
    return {
        "name": verdict.written.expectation.name,
        "file": verdict.written.file,
        "line": verdict.written.line,
        "passed": verdict.passed,
        "differences": [dataclasses.asdict(each) for each in verdict.differences],
        "ending": dataclasses.asdict(verdict.ending),
    }


# -- a walk as an expectation --------------------------------------------------------------------------


def _expect(path: Path, city: City, visitor: Visitor, pressed: list[str], ending: Ending) -> None:
    """Write the walk as an expectation file, or compare it with the one that is there."""
    if path.exists():
        failed = False
        for written in read_expectations([path], city):
            verdict = judge(written, city, visitor.at)
            _print_verdict(verdict)
            failed = failed or not verdict.passed
        if failed:
            raise typer.Exit(1)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(as_expectation(visitor, pressed, ending), encoding="utf-8")
    said = f"{path}: written; `hotline ivr test` compares with it from now on"
    err.print(said, markup=False, highlight=False, soft_wrap=True)
