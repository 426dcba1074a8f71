"""The command line: `hotline ...`."""

from __future__ import annotations

import typer

from hotline.cli.lazy import LazyCommands


class Commands(LazyCommands):
    """Every command of the hotline."""

    places = {  # noqa: RUF012 - a ClassVar of the base
        "demo": "hotline.cli.demo:demo",
        "run": "hotline.cli.run:run",
        "doctor": "hotline.cli.doctor:doctor",
        "rebuild": "hotline.cli.records:rebuild",
        "calls": "hotline.cli.records:calls_app",
        "operators": "hotline.cli.operators:operators_app",
        "ivr": "hotline.cli.ivr:ivr_app",
        "messages": "hotline.cli.messages:messages_app",
        "missed": "hotline.cli.missed:missed_app",
        "asterisk": "hotline.cli.run:asterisk_app",
        "transfer": "hotline.cli.transfer:transfer",
        "hotlines": "hotline.cli.hotlines:hotlines_app",
        "report": "hotline.cli.report:report_app",
        "simulate": "hotline.cli.simulate:simulate",
        "staff": "hotline.cli.staff:staff",
    }


app = typer.Typer(cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def hotline() -> None:
    """Contact centre for a city's citizen hotline. Exit codes: 0 done, 1 failed, 2 wrong use or configuration."""


def main() -> None:
    """Run the command line."""
    app()
