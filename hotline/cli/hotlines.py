"""`hotline hotlines list|up|down`: the directory as it is live, and a supervisor's hand on the marks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from hotline.cli.options import AsJson, StateDir, exit_codes, out, print_json
from hotline.control_socket import ask_service
from hotline.settings import Settings

hotlines_app = typer.Typer(no_args_is_help=True, help="Where callers can be passed on to.")

HotlineId = Annotated[str, typer.Argument(help="Id of the hotline.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, as the board shows it.")]
Number = Annotated[str, typer.Option("--number", help="Which of its numbers.")]


@hotlines_app.command("list")
def list_hotlines(
    find: Annotated[str, typer.Option("--find", help="What a citizen calls it, such as 煤气.")] = "",
    as_json: AsJson = False,
    state_dir: StateDir = None,
) -> None:
    """Every hotline: its keys and numbers, how many calls are there now, and what is marked down."""
    with exit_codes():
        settings = Settings.from_options(state_dir=state_dir)
        rows = ask_service(settings.control_socket, "hotlines", find=find)
        if as_json:
            print_json(rows)
            return
        table = Table("hotline", "name", "operator's key", "caller's key", "numbers", "hours", "calls", "marked down")
        for row in rows:
            table.add_row(*_cells(row))
        out.print(table)


@hotlines_app.command("down")
def mark_down(
    hotline: HotlineId, reason: Reason = "", number: Number = "", as_json: AsJson = False, state_dir: StateDir = None
) -> None:
    """Mark a hotline's number down: its other numbers are tried first, and callers are told."""
    _mark(hotline, True, reason, number, as_json, state_dir)


@hotlines_app.command("up")
def mark_up(
    hotline: HotlineId, reason: Reason = "", number: Number = "", as_json: AsJson = False, state_dir: StateDir = None
) -> None:
    """Take the mark off all of a hotline's numbers, or off one."""
    _mark(hotline, False, reason, number, as_json, state_dir)


def _mark(hotline: str, down: bool, reason: str, number: str, as_json: bool, state_dir: StateDir) -> None:
    with exit_codes():
        settings = Settings.from_options(state_dir=state_dir)
        row = ask_service(
            settings.control_socket, "hotline_mark", hotline=hotline, down=down, reason=reason, number=number
        )
        if as_json:
            print_json(row)
        else:
            marked = ", ".join(mark["number"] for mark in row["down"]) or "none of its numbers"
            out.print(f"{row['hotline_id']}: marked down: {marked}", highlight=False, markup=False)


def _cells(row: Mapping[str, Any]) -> list[str]:
    limit = "" if row["at_once"] is None else f" of {row['at_once']}"
    down = [f"{mark['number']} since {mark['since'][:19]} ({mark['reason'] or mark['by']})" for mark in row["down"]]
    cells = [
        row["hotline_id"],
        " / ".join(row["name"].values()),
        row["key"],
        row["ivr_key"] or "",
        ", ".join(row["numbers"]),
        row["hours"] or ("always" if row["kind"] == "service" else "emergency"),
        f"{row['under_way']}{limit}",
        "; ".join(down),
    ]
    return [escape(cell) for cell in cells]
