"""`hotline report waits`: how far the expected waits were from the real ones, by queue."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from hotline.cli.options import AsJson, ConfigDir, StateDir, exit_codes, out, print_json
from hotline.periods import moment_of
from hotline.report_terms import load_terms
from hotline.settings import Settings
from storage.database import read_once
from storage.wait_report import WaitForecasts, forecasts_in


def report_waits(
    since: Annotated[str | None, typer.Option("--from", help="First day or moment, in the city's time.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="The period ends before this day or moment.")] = None,
    as_json: AsJson = False,
    state_dir: StateDir = None,
    config: ConfigDir = None,
) -> None:
    """How far the expected waits were from the real ones: mean, bias and relative RMS error of each queue."""
    with exit_codes():
        settings = Settings.from_options(state_dir=state_dir, config_dir=config)
        zone = load_terms(settings.config_dir).zone
        begin, end = moment_of(since, zone, "--from"), moment_of(until, zone, "--to")
        queues = read_once(settings.effective_database_url, lambda connection: forecasts_in(connection, begin, end))
        if as_json:
            print_json({"from": begin, "to": end, "queues": [asdict(each) for each in queues]})
        else:
            _print_table(queues)


def _print_table(queues: list[WaitForecasts]) -> None:
    table = Table("queue", "forecasts", "served", "expected s", "real s", "bias", "relative RMS error")
    for each in queues:
        table.add_row(
            each.queue_id,
            f"{each.forecasts:,}",
            f"{each.served:,}",
            *(f"{value:.1f}" if value is not None else "-" for value in (each.expected_seconds, each.real_seconds)),
            *(f"{value:.1%}" if value is not None else "-" for value in (each.bias, each.rrmse)),
        )
    out.print(table)
