"""`hotline messages`: what callers left to be done, messages and wishes to be called back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import typer
from rich.table import Table

from calls.errors import NotFound
from calls.events import DutyDone
from hotline.cli.options import AsJson, StateDir, exit_codes, out, print_json
from hotline.settings import Settings
from storage.database import Database, open_database
from storage.duties import find_duty, list_duties
from storage.journal import Journal

T = TypeVar("T")

messages_app = typer.Typer(no_args_is_help=True, help="Messages and call backs: what callers left to be done.")


@messages_app.command("list")
def messages_list(
    done: Annotated[bool, typer.Option("--all", help="Those that were dealt with as well.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Duties at most, the most urgent first.")] = 100,
    as_json: AsJson = False,
    state_dir: StateDir = None,
) -> None:
    """What is still to be done, the most urgent first."""
    with exit_codes():
        settings = Settings.from_options(state_dir=state_dir)
        rows = _with_database(settings, lambda db: list_duties(db, open_only=not done, limit=limit))
        if as_json:
            print_json(rows)
            return
        table = Table("duty", "kind", "number", "asked", "due", "seconds", "recording", "done")
        for row in rows:
            table.add_row(
                row["duty_id"],
                row["kind"],
                row["number"] or "—",
                _time(row["asked_at"]),
                _time(row["due_at"]),
                "—" if row["seconds"] is None else f"{row['seconds']:.1f}",
                row["path"] or "—",
                f"{_time(row['done_at'])} {row['done_by'] or ''}" if row["done_at"] else "—",
            )
        out.print(table)


@messages_app.command("done")
def messages_done(
    duty_id: Annotated[str, typer.Argument(help="The duty, as `hotline messages list` shows it.")],
    by: Annotated[str, typer.Option(help="Who dealt with it: an operator's id or a name.")] = "",
    state_dir: StateDir = None,
) -> None:
    """Note that a message or a call back was dealt with."""
    with exit_codes():
        settings = Settings.from_options(state_dir=state_dir)
        _with_database(settings, lambda db: _note_done(db, duty_id, by))
        out.print(f"{duty_id} is done", highlight=False)


async def _note_done(database: Database, duty_id: str, by: str) -> None:
    duty: dict[str, Any] | None = await find_duty(database, duty_id)
    if duty is None:
        raise NotFound(f"There is no duty {duty_id!r}; `hotline messages list` shows them.")
    journal = Journal(database)
    await journal.start()
    try:
        journal.record(DutyDone(at=datetime.now(UTC), call_id=duty["call_id"], duty_id=duty_id, by=by))
        await journal.flush()
    finally:
        await journal.stop()


def _with_database(settings: Settings, work: Callable[[Database], Awaitable[T]]) -> T:
    async def run() -> T:
        database = await open_database(settings.effective_database_url)
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())


def _time(value: datetime | None) -> str:
    return value.astimezone().strftime("%m-%d %H:%M") if value else "—"
