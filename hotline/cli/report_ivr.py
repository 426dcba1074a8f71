"""`hotline report ivr`: what callers did in the menus in a period, counted from the journal."""

from __future__ import annotations

import asyncio
import csv
import sys
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from calls.errors import ConfigurationError
from calls.menu_figures import MenuFigures
from hotline.cli.options import AsJson, ConfigDir, StateDir, exit_codes, out, print_json
from hotline.menu_report import COLUMNS, lines_of, rows_of
from hotline.periods import moment_of
from hotline.report_terms import load_terms
from hotline.settings import Settings
from storage.database import open_database
from storage.menu_events import menu_events

FORMATS = ("table", "csv", "json")


def report_ivr(
    since: Annotated[str | None, typer.Option("--from", help="First day or moment, in the city's time.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="The period ends before this day or moment.")] = None,
    line: Annotated[str | None, typer.Option("--line", help="Only this line.")] = None,
    form: Annotated[str, typer.Option("--format", help="table, csv or json.")] = "table",
    as_json: AsJson = False,
    state_dir: StateDir = None,
    config: ConfigDir = None,
) -> None:
    """What callers do in the menus: entries, keys, no input, wrong input, hang-ups, time, drop-off of each node."""
    with exit_codes():
        form = "json" if as_json else form
        if form not in FORMATS:
            raise ConfigurationError([f"--format {form}: must be one of {', '.join(FORMATS)}"])
        settings = Settings.from_options(state_dir=state_dir, config_dir=config)
        zone = load_terms(settings.config_dir).zone
        begin, end = moment_of(since, zone, "--from"), moment_of(until, zone, "--to")
        figures = asyncio.run(_figures(settings.effective_database_url, begin, end))
        rows = rows_of(figures, line)
        if form == "json":
            print_json({"from": begin, "to": end, "lines": lines_of(figures), "nodes": rows})
        elif form == "csv":
            _print_csv(rows)
        else:
            _print_table(rows)


async def _figures(url: str, since: datetime | None, until: datetime | None) -> MenuFigures:
    figures = MenuFigures(since, until)
    database = await open_database(url)
    try:
        async for event in menu_events(database, since, until):
            figures.apply(event)
    finally:
        await database.close()
    return figures


def _print_csv(rows: list[dict[str, Any]]) -> None:
    writer = csv.DictWriter(sys.stdout, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({**row, "keys": _keys(row["keys"])} for row in rows)


def _print_table(rows: list[dict[str, Any]]) -> None:
    table = Table(*(column.replace("_", " ") for column in COLUMNS))
    for row in rows:
        seconds, drop_off = row["mean_seconds"], row["drop_off"]
        table.add_row(
            row["line"],
            row["flow"],
            row["node"],
            row["kind"],
            f"{row['entries']:,}",
            _keys(row["keys"]),
            f"{row['answered']:,}",
            f"{row['no_input']:,}",
            f"{row['invalid_input']:,}",
            f"{row['hung_up']:,}",
            "—" if seconds is None else f"{seconds:.1f} s",
            "—" if drop_off is None else f"{drop_off:.1%}",
        )
    out.print(table)


def _keys(keys: dict[str, int]) -> str:
    return " ".join(f"{key}:{count}" for key, count in keys.items())
