"""`hotline calls`, `hotline operators`, `hotline rebuild`: what the records say."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, TypeVar

import typer
from rich.table import Table

from calls.errors import NotFound
from hotline.call_json import call_json, timings
from hotline.cli.options import AsJson, ConfigDir, PortBase, StateDir, err, exit_codes, out, print_json
from hotline.settings import Settings
from storage.database import Database, open_database
from storage.queries import CallRecord, Queries

T = TypeVar("T")
Row = dict[str, Any]

calls_app = typer.Typer(no_args_is_help=True, help="Calls: what happened, from first ring to last record.")
operators_app = typer.Typer(no_args_is_help=True, help="Operators: who they are and what they do.")


def _with_database(settings: Settings, work: Callable[[Database], Awaitable[T]]) -> T:
    async def run() -> T:
        database = await open_database(settings.effective_database_url)
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())


@calls_app.command("list")
def calls_list(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Calls at most, the latest first.")] = 50,
    outcome: Annotated[str | None, typer.Option(help="Only calls with this outcome, such as abandoned.")] = None,
    as_json: AsJson = False,
    state_dir: StateDir = None,
) -> None:
    """The latest calls."""
    with exit_codes():
        settings = Settings.from_options(state_dir=state_dir)
        rows = _with_database(settings, lambda db: Queries(db).list_calls(limit=limit, outcome=outcome))
        if as_json:
            print_json(rows)
            return
        table = Table("call", "started", "line", "caller", "outcome", "operator", "wait", "talk", "moved", "recorded")
        for row in rows:
            table.add_row(
                row["call_id"],
                _time(row["started_at"]),
                row["line_id"] or "—",
                row["ani"] or "—",
                row["outcome"] or f"({row['stage']})",
                row["operator_id"] or "—",
                _seconds(row["wait_seconds"]),
                _seconds(row["talk_seconds"]),
                str(row["transfers"]),
                str(row["recordings"]),
            )
        out.print(table)


@calls_app.command("show")
def calls_show(
    call_id: Annotated[str, typer.Argument(help="The call's id or its case id.")],
    as_json: AsJson = False,
    state_dir: StateDir = None,
) -> None:
    """One call, each step with its milliseconds."""
    with exit_codes():
        settings = Settings.from_options(state_dir=state_dir)
        record = _with_database(settings, lambda db: Queries(db).show_call(call_id))
        if record is None:
            raise NotFound(f"There is no call {call_id!r}; `hotline calls list` shows the latest.")
        if as_json:
            print_json(call_json(record))
            return
        _print_call(record)


def _print_call(record: CallRecord) -> None:
    call = record.call
    out.print(
        f"call {call['call_id']}  case {call['case_id']}  line {call['line_id']}  "
        f"outcome {call['outcome'] or call['stage']}  ended by {call['ended_by'] or '—'}",
        highlight=False,
    )
    table = Table("at", "ms", "+ms", "step", "what")
    steps = timings([event.at for event in record.events])
    for event, (since_start, since_step) in zip(record.events, steps, strict=True):
        facts = "  ".join(f"{key}={value}" for key, value in event.data.items() if value not in (None, "", {}))
        table.add_row(_time(event.at), f"{since_start:.1f}", f"{since_step:.1f}", event.type, facts)
    out.print(table)
    for recording in record.recordings:
        duration = _seconds(recording["duration_seconds"])
        out.print(f"recording {recording['path']}  {recording['status']}  {duration}", highlight=False)


@operators_app.command("list")
def operators_list(as_json: AsJson = False, state_dir: StateDir = None, config: ConfigDir = None) -> None:
    """The operators, their skills, and the state that the records last heard of."""
    # the other commands about operators and calls need no city
    from hotline.config import load_city

    with exit_codes():
        settings = Settings.from_options(state_dir=state_dir, config_dir=config)
        city = load_city(settings.config_dir)
        states = {row["operator_id"]: row for row in _with_database(settings, lambda db: Queries(db).operators_now())}
        rows = [
            {
                "operator_id": o.operator_id,
                "name": o.name,
                "skills": dict(o.skills),
                "queues": None if o.queues is None else [q.model_dump() for q in o.queues],
                "state": states.get(o.operator_id, {}).get("state", "offline"),
                "since": states.get(o.operator_id, {}).get("started_at"),
                "call_id": states.get(o.operator_id, {}).get("call_id"),
            }
            for o in city.operators.values()
        ]
        if as_json:
            print_json(rows)
            return
        table = Table("operator", "name", "state", "since", "skills", "only queues")
        for row in rows:
            skills = " ".join(f"{skill}={level}" for skill, level in row["skills"].items())
            queues = "; ".join(map(_queue_words, row["queues"] or ()))
            table.add_row(row["operator_id"], row["name"], row["state"], _time(row["since"]), skills, queues)
        out.print(table)


def rebuild(
    write: Annotated[bool, typer.Option("--write", help="Replace the tables where they differ.")] = False,
    as_json: AsJson = False,
    state_dir: StateDir = None,
    port_base: PortBase = None,
) -> None:
    """Compute every table again from the journal and compare. Exit 1 where there is a difference."""
    from storage.rebuild import rebuild as rebuild_projections

    with exit_codes():
        settings = Settings.from_options(state_dir=state_dir, port_base=port_base)
        report = _with_database(settings, lambda db: rebuild_projections(db, write=write))
        if as_json:
            print_json(dataclasses.asdict(report))
        else:
            out.print(f"{report.events} events, {sum(report.rows.values())} rows, {report.differing_rows} differences")
            for difference in report.differences:
                err.print(str(difference), markup=False, highlight=False)
        if report.differing_rows and not write:
            raise typer.Exit(1)


def _queue_words(queue: dict[str, Any]) -> str:
    """Return a queue of an operator's own list: its points and the seconds that a call must have waited, if any."""
    points = f" +{queue['priority']}" if queue["priority"] else ""
    delay = f" after {queue['delay_seconds']} s" if queue["delay_seconds"] else ""
    return f"{queue['queue_id']}{points}{delay}"


def _time(value: datetime | None) -> str:
    return value.astimezone().strftime("%H:%M:%S.%f")[:-3] if value else "—"


def _seconds(value: float | None) -> str:
    return f"{value:.1f} s" if value is not None else "—"
