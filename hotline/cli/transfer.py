"""`hotline transfer`: a caller who talks to an operator is passed on, as by the operator's own key."""

from __future__ import annotations

from typing import Annotated

import typer

from hotline.cli.options import AsJson, StateDir, exit_codes, out, print_json
from hotline.control_socket import ask_service
from hotline.settings import Settings


def transfer(
    call: Annotated[str, typer.Argument(help="Call id or case number, as `hotline calls list` shows it.")],
    target: Annotated[str, typer.Argument(help="Id of the hotline, as `hotline hotlines list` shows it. No number.")],
    as_json: AsJson = False,
    state_dir: StateDir = None,
) -> None:
    """Pass a caller who talks to an operator on to a hotline. Exit 1 where that can't be."""
    with exit_codes():
        settings = Settings.from_options(state_dir=state_dir)
        asked = ask_service(settings.control_socket, "transfer", call=call, target=target)
        if as_json:
            print_json(asked)
        else:
            out.print(f"{asked['call_id']} is being connected to {asked['target_id']}", highlight=False, markup=False)
