"""`hotline operators`: the operators, and what they may ask the running service for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from acd.pins import hash_pin
from calls.errors import ConfigurationError
from hotline.cli.options import AsJson, StateDir, exit_codes, out, print_json
from hotline.cli.records import operators_app
from hotline.control_socket import ask_service
from hotline.settings import Settings

__all__ = ["operators_app"]

LEAST_DIGITS, MOST_DIGITS = 4, 12

Operator = Annotated[str, typer.Argument(help="The operator's number.")]


@operators_app.command("log-in")
def log_in(
    operator: Operator,
    phone: Annotated[
        str | None, typer.Option("--phone", help="op<id> or desk<id>; the operator's own where left out.")
    ] = None,
    as_json: AsJson = False,
    state_dir: StateDir = None,
) -> None:
    """Log an operator in at a phone; who worked there is logged out."""
    _ask(operator, "log-in", as_json, state_dir, phone=phone)


@operators_app.command("pause")
def pause(
    operator: Operator,
    reason: Annotated[
        str | None, typer.Option("--reason", help="One of operators.yaml's pause_reasons; the first where left out.")
    ] = None,
    as_json: AsJson = False,
    state_dir: StateDir = None,
) -> None:
    """Give an operator no more calls; one under way is finished first."""
    _ask(operator, "pause", as_json, state_dir, reason=reason)


def _plain(verb: str, words: str) -> Callable[..., None]:
    def command(operator: Operator, as_json: AsJson = False, state_dir: StateDir = None) -> None:
        _ask(operator, verb, as_json, state_dir)

    command.__doc__ = words
    return command


for _verb, _words in (
    ("log-out", "Log an operator out; a call under way goes on to its end."),
    ("resume", "End an operator's pause, wrap-up, or not responding."),
    ("finish-wrap-up", "End an operator's wrap-up before its time."),
    ("extend-wrap-up", "Give an operator more time for notes, within the limit."),
):
    operators_app.command(_verb)(_plain(_verb, _words))


@operators_app.command("pin")
def pin() -> None:
    """Ask for a PIN and print what to write into operators.yaml: it can't be read back."""
    with exit_codes():
        given = typer.prompt("PIN", hide_input=True, confirmation_prompt=True)
        if not (given.isascii() and given.isdigit() and LEAST_DIGITS <= len(given) <= MOST_DIGITS):
            raise ConfigurationError([f"a PIN is {LEAST_DIGITS} to {MOST_DIGITS} digits"])
        out.print(f'pin: "{hash_pin(given)}"', highlight=False, markup=False, soft_wrap=True)


def _ask(operator: str, verb: str, as_json: bool, state_dir: StateDir, **values: str | None) -> None:
    with exit_codes():
        settings = Settings.from_options(state_dir=state_dir)
        given = {name: value for name, value in values.items() if value is not None}
        answer = ask_service(settings.control_socket, "operator", operator=operator, ask=verb, **given)
        if as_json:
            print_json(answer)
            return
        reason = f" ({answer['reason']})" if answer["reason"] else ""
        wanted = f", pause afterwards ({answer['pause_wanted']})" if answer["pause_wanted"] else ""
        where = f" at {answer['phone']}" if answer["phone"] else ""
        out.print(f"{operator} is {answer['state']}{reason}{where}{wanted}", highlight=False, markup=False)
