"""The command line: `hotline ...`."""

from __future__ import annotations

import typer

from hotline.cli.lazy import LazyCommands, Place


class Commands(LazyCommands):
    """Every command of the hotline."""

    places = {  # noqa: RUF012 - a ClassVar of the base
        "demo": Place(
            "hotline.cli.demo:demo",
            "Play a busy minute: 30 citizens call over SIP, 8 operators answer. "
            "Exit 0 only if every call is accounted for.",
        ),
        "run": Place("hotline.cli.run:run", "Run the service in the foreground until Ctrl-C."),
        "doctor": Place(
            "hotline.cli.doctor:doctor",
            "Look at Asterisk, ports, disk, clock, versions, records; say what mends each finding. 1 when any fails.",
        ),
        "rebuild": Place(
            "hotline.cli.records:rebuild",
            "Compute every table again from the journal and compare. Exit 1 where there is a difference.",
        ),
        "calls": Place("hotline.cli.records:calls_app", "Calls: what happened, from first ring to last record."),
        "operators": Place("hotline.cli.operators:operators_app", "Operators: who they are and what they do."),
        "ivr": Place("hotline.cli.ivr:ivr_app", "Menus: check, try, draw and compare them before they are live."),
        "messages": Place(
            "hotline.cli.messages:messages_app", "Messages and call backs: what callers left to be done."
        ),
        "missed": Place("hotline.cli.missed:missed_app", "Missed calls: citizens who are to be called."),
        "asterisk": Place("hotline.cli.run:asterisk_app", "The Asterisk that carries the calls."),
        "transfer": Place(
            "hotline.cli.transfer:transfer",
            "Pass a caller who talks to an operator on to a hotline. Exit 1 where that can't be.",
        ),
        "hotlines": Place("hotline.cli.hotlines:hotlines_app", "Where callers can be passed on to."),
        "report": Place("hotline.cli.report:report_app", "Figures of a period, counted from the records."),
        "simulate": Place(
            "hotline.cli.simulate:simulate",
            "Try operators, skills and rules on paper: the production routing engine in virtual time.",
        ),
        "staff": Place(
            "hotline.cli.staff:staff",
            "How many operators a steady load needs: from theory, and from a simulation with the real rules.",
        ),
    }


app = typer.Typer(cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def hotline() -> None:
    """Contact centre for a city's citizen hotline. Exit codes: 0 done, 1 failed, 2 wrong use or configuration."""


def main() -> None:
    """Run the command line."""
    app()
