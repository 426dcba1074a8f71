"""`hotline report`: figures of a period. Each report is loaded when it is asked for."""

from __future__ import annotations

import typer

from hotline.cli.lazy import LazyCommands


class Reports(LazyCommands):
    """Every report."""

    places = {  # noqa: RUF012 - a ClassVar of the base
        "ivr": "hotline.cli.report_ivr:report_ivr",
        "transfers": "hotline.cli.report_transfers:report_transfers",
        "waits": "hotline.cli.report_waits:report_waits",
    }


report_app = typer.Typer(cls=Reports, no_args_is_help=True, help="Figures of a period, counted from the records.")


@report_app.callback()
def report() -> None:
    """Figures of a period, counted from the records."""
