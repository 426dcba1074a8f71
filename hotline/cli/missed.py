"""`hotline missed`: citizens who left before anybody could help them, one row for each number."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table

from hotline.cli.messages import note_done, read_duties, time_of
from hotline.cli.options import AsJson, StateDir, exit_codes, out, print_json
from hotline.settings import Settings

missed_app = typer.Typer(no_args_is_help=True, help="Missed calls: citizens who are to be called.")


@missed_app.command("list")
def missed_list(
    done: Annotated[bool, typer.Option("--all", help="Those that were dealt with as well.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Numbers at most, the most urgent first.")] = 100,
    as_json: AsJson = False,
    state_dir: StateDir = None,
) -> None:
    """Who was missed and not spoken with since, the most urgent first; each number once, with its newest call."""
    with exit_codes():
        settings = Settings.from_options(state_dir=state_dir)
        rows = read_duties(settings, done=done, limit=limit, kinds=("missed",))
        if as_json:
            print_json(rows)
            return
        now = datetime.now(UTC)
        table = Table("duty", "number", "calls", "left", "last call", "due", "done")
        for row in rows:
            overdue = row["done_at"] is None and row["due_at"] is not None and row["due_at"] < now
            table.add_row(
                row["duty_id"],
                row["number"] or "—",
                str(row["calls"] or 1),
                row["reason"] or "—",
                time_of(row["asked_at"]),
                f"{time_of(row['due_at'])}{' overdue' if overdue else ''}",
                f"{time_of(row['done_at'])} {row['done_by'] or ''}" if row["done_at"] else "—",
            )
        out.print(table)


@missed_app.command("done")
def missed_done(
    duty_id: Annotated[str, typer.Argument(help="The duty, as `hotline missed list` shows it.")],
    by: Annotated[str, typer.Option(help="Who dealt with it: an operator's id or a name.")] = "",
    state_dir: StateDir = None,
) -> None:
    """Note that somebody has dealt with a missed call."""
    with exit_codes():
        note_done(Settings.from_options(state_dir=state_dir), duty_id, by)
        out.print(f"{duty_id} is done", highlight=False)
