"""The command line: `hotline ...`."""

from __future__ import annotations

import typer

from hotline.cli.demo import demo
from hotline.cli.doctor import doctor
from hotline.cli.ivr import ivr_app
from hotline.cli.messages import messages_app
from hotline.cli.records import calls_app, operators_app, rebuild
from hotline.cli.report import report_app
from hotline.cli.run import asterisk_app, run

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Contact centre for a city's citizen hotline. Exit codes: 0 done, 1 failed, 2 wrong use or configuration.",
)
app.command()(demo)
app.command()(run)
app.command()(doctor)
app.command()(rebuild)
app.add_typer(calls_app, name="calls")
app.add_typer(operators_app, name="operators")
app.add_typer(ivr_app, name="ivr")
app.add_typer(messages_app, name="messages")
app.add_typer(asterisk_app, name="asterisk")
app.add_typer(report_app, name="report")


def main() -> None:
    """Run the command line."""
    app()
