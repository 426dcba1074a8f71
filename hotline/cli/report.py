"""`hotline report`: figures of a period. Each report is loaded when it is asked for."""

from __future__ import annotations

import typer

from hotline.cli.lazy import LazyCommands, Place


class Reports(LazyCommands):
    """Every report."""

    places = {  # noqa: RUF012 - a ClassVar of the base
        "ivr": Place(
            "hotline.cli.report_ivr:report_ivr",
            "What callers do in the menus: entries, keys, no input, wrong input, "
            "hang-ups, time, drop-off of each node.",
        ),
        "transfers": Place(
            "hotline.cli.report_transfers:report_transfers",
            "How well the hotlines can be reached: attempts, outcomes, connect rates, with the formulas beside them.",
        ),
        "waits": Place(
            "hotline.cli.report_waits:report_waits",
            "How far the expected waits were from the real ones: mean, bias and relative RMS error of each queue.",
        ),
    }


report_app = typer.Typer(cls=Reports, no_args_is_help=True, help="Figures of a period, counted from the records.")


@report_app.callback()
def report() -> None:
    """Figures of a period, counted from the records."""
