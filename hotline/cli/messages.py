"""`hotline messages`: what callers left to be done, messages and wishes to be called back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer
from rich.table import Table

from calls.errors import NotFound
from calls.events import DutyDone
from hotline.cli.options import AsJson, StateDir, exit_codes, out, print_json
from hotline.control_socket import ServiceAway, ask_service
from hotline.settings import Settings
from storage.database import Database, open_database, read_once
from storage.duties import Row, duties_in, find_duty

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
        kinds = ("message", "callback")
        rows = read_duties(settings, done=done, limit=limit, kinds=kinds)
        if as_json:
            print_json(rows)
            return
        table = Table("duty", "kind", "number", "asked", "due", "seconds", "recording", "done")
        for row in rows:
            table.add_row(
                row["duty_id"],
                row["kind"],
                row["number"] or "—",
                time_of(row["asked_at"]),
                time_of(row["due_at"]),
                "—" if row["seconds"] is None else f"{row['seconds']:.1f}",
                row["path"] or "—",
                f"{time_of(row['done_at'])} {row['done_by'] or ''}" if row["done_at"] else "—",
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
        note_done(settings, duty_id, by)
        out.print(f"{duty_id} is done", highlight=False)


def read_duties(settings: Settings, *, done: bool, limit: int, kinds: Collection[str]) -> list[Row]:
    """Return the duties of some kinds, the most urgent first; those that were dealt with only where `done`."""
    return read_once(
        settings.effective_database_url,
        lambda connection: duties_in(connection, open_only=not done, limit=limit, kinds=kinds),
    )


def note_done(settings: Settings, duty_id: str, by: str) -> None:
    """Note that a duty was dealt with: the running service does, so that nobody is called for it any more."""
    duty = with_database(settings, lambda database: find_duty(database, duty_id))
    if duty is None:
        raise NotFound(f"There is no duty {duty_id!r}; `hotline messages list` and `hotline missed list` show them.")
    call_id: str = duty["call_id"]
    try:
        ask_service(settings.control_socket, "duty_done", call_id=call_id, duty_id=duty_id, by=by)
    except ServiceAway:
        with_database(settings, lambda database: _write_done(database, call_id, duty_id, by))


async def _write_done(database: Database, call_id: str, duty_id: str, by: str) -> None:
    from storage.journal import Journal

    journal = Journal(database)
    await journal.start()
    try:
        journal.record(DutyDone(at=datetime.now(UTC), call_id=call_id, duty_id=duty_id, by=by))
        await journal.flush()
    finally:
        await journal.stop()


def with_database(settings: Settings, work: Callable[[Database], Awaitable[T]]) -> T:
    """Do something with the city's database, and close it again."""

    async def run() -> T:
        database = await open_database(settings.effective_database_url)
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())


def time_of(value: datetime | None) -> str:
    """Return a time as tables show it."""
    return value.astimezone().strftime("%m-%d %H:%M") if value else "—"
