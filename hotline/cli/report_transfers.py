"""`hotline report transfers`: how well the hotlines can be reached, by hotline, door, hour or day."""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from calls.errors import ConfigurationError, HotlineError
from hotline.cli.options import AsJson, ConfigDir, StateDir, err, exit_codes, out
from hotline.periods import moment_of
from hotline.report_terms import ReportTerms, load_terms
from hotline.settings import Settings
from hotline.transfer_report import COLUMNS, OUTCOMES, SHOWN, TransferReport, make_report, shown
from storage.database import read_once
from storage.transfer_report import GROUPS, TARGET, Question, count

TABLE, CSV, JSON, XLSX = "table", "csv", "json", "xlsx"
FORMATS = (TABLE, CSV, JSON, XLSX)

BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"


def report_transfers(
    since: Annotated[str | None, typer.Option("--from", help="First day or moment, in the city's time.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="The period ends before this day or moment.")] = None,
    by: Annotated[str, typer.Option("--by", help="hour, day, target or door.")] = TARGET,
    target: Annotated[str | None, typer.Option("--target", help="Only this hotline.")] = None,
    door: Annotated[str | None, typer.Option("--door", help="Only transfers asked for here, such as menu_key.")] = None,
    form: Annotated[str, typer.Option("--format", help="table, csv, json or xlsx.")] = TABLE,
    output: Annotated[Path | None, typer.Option("--output", help="File to write instead of the terminal.")] = None,
    plot: Annotated[Path | None, typer.Option("--plot", help="Draw the connect rate into this SVG file.")] = None,
    raw: Annotated[bool, typer.Option("--raw", help="Count every row of the ledger: slower, the same.")] = False,
    language: Annotated[str | None, typer.Option("--language", help="Of names, formulas and the drawing.")] = None,
    as_json: AsJson = False,
    state_dir: StateDir = None,
    config: ConfigDir = None,
) -> None:
    """How well the hotlines can be reached: attempts, outcomes, connect rates, with the formulas beside them."""
    with exit_codes():
        form = JSON if as_json else form
        _check(form, by, output)
        settings = Settings.from_options(state_dir=state_dir, config_dir=config)
        terms = load_terms(settings.config_dir)
        question = Question(
            by=by,
            since=moment_of(since, terms.zone, "--from"),
            until=moment_of(until, terms.zone, "--to"),
            zone=terms.zone,
            target_id=target,
            door=door,
            rows=raw,
        )
        answer = read_once(settings.effective_database_url, lambda connection: count(connection, question))
        report = make_report(terms, question, answer, _language(terms, language))
        _write(report, form, output)
        if plot is not None:
            _plot(report, plot)


def _check(form: str, by: str, output: Path | None) -> None:
    problems = []
    if form not in FORMATS:
        problems.append(f"--format {form}: must be one of {', '.join(FORMATS)}")
    if by not in GROUPS:
        problems.append(f"--by {by}: must be one of {', '.join(GROUPS)}")
    if form == XLSX and output is None:
        problems.append("--format xlsx: is no text; name the file with --output FILE.xlsx")
    if problems:
        raise ConfigurationError(problems)


def _language(terms: ReportTerms, asked: str | None) -> str:
    if asked is None:
        return terms.default_language
    if asked not in terms.languages:
        raise ConfigurationError([f"--language {asked}: must be one of {', '.join(terms.languages)}"])
    return asked


def _write(report: TransferReport, form: str, output: Path | None) -> None:
    if form == XLSX and output is not None:
        from hotline.transfer_sheet import write_sheet

        _to_file(output, write_sheet(report))
    elif form == CSV:
        text = _csv(report)
        if output is None:
            sys.stdout.write(text)
        else:
            # Excel takes a CSV for GBK in China where no mark says that it is UTF-8
            _to_file(output, (BOM + text).encode())
    elif form == JSON:
        text = report.as_json()
        if output is None:
            sys.stdout.write(text)
        else:
            _to_file(output, text.encode())
    else:
        _print_table(report, output)


def _to_file(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise HotlineError(f"{path} cannot be written: {error.strerror}") from error


def _csv(report: TransferReport) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, report.columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(report.rows)
    return text.getvalue()


def _print_table(report: TransferReport, output: Path | None) -> None:
    # an outcome that there was not once has no column: a terminal is narrow
    told = [column for column in COLUMNS if column in SHOWN and (column not in OUTCOMES or report.total[column])]
    columns = [*report.group_columns, *told]
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    lines = [[_escape(shown(column, row.get(column))) for column in columns] for row in [*report.rows, report.total]]
    needed = 0
    for column, cells in zip(columns, zip(*lines, strict=True), strict=True):
        # a figure that lost its end would be another figure
        width = max(cell_len(word) for word in (*column.split("_"), *cells))
        needed += width + 2
        justify: Any = "left" if column in report.group_columns else "right"
        table.add_column(column.replace("_", " "), min_width=width, no_wrap=False, justify=justify)
    for line in lines:
        table.add_row(*line)
    text = _text([table, *report.notes()], needed)
    if output is None:
        sys.stdout.write(text)
    else:
        _to_file(output, text.encode())


def _text(parts: list[Any], needed: int) -> str:
    # wider than the terminal rather than cut off
    console = Console(file=io.StringIO(), width=max(out.width, needed))
    for part in parts:
        console.print(part, highlight=False)
    written: Any = console.file
    return "\n".join(line.rstrip() for line in written.getvalue().splitlines()) + "\n"


def _escape(text: str) -> str:
    return text.replace("[", r"\[")


def _plot(report: TransferReport, path: Path) -> None:
    from hotline.transfer_chart import draw

    if not report.rows:
        err.print("Nothing to draw: no transfer ended in the period.", highlight=False)
        return
    _to_file(path, draw(report))
