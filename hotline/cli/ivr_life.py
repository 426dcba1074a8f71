"""`hotline ivr reload`, `versions`, `rollback`: what becomes of an edited configuration while calls go on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from hotline.cli.notice import notice_app
from hotline.cli.options import AsJson, StateDir, err, exit_codes, out, print_json
from hotline.control_socket import ServiceAway, ask_service
from hotline.settings import Settings
from hotline.versions import Versions, version_rows

Note = Annotated[str, typer.Option("--note", help="Why, as `hotline ivr versions` shows it.")]


def add_life_commands(app: typer.Typer) -> None:
    """Add the commands to `hotline ivr`."""
    app.command("reload")(reload)
    app.command("versions")(versions)
    app.command("rollback")(rollback)
    app.add_typer(notice_app, name="notice")


def reload(note: Note = "", as_json: AsJson = False, state_dir: StateDir = None) -> None:
    """Take in the configuration as it is now, whole or not at all. Exit 2 where it is refused."""
    with exit_codes():
        settings = Settings.from_options(state_dir=state_dir)
        _print_report(ask_service(settings.control_socket, "reload", note=note), as_json)


def rollback(
    number: Annotated[int, typer.Argument(min=1, help="Version, as `hotline ivr versions` shows it.")],
    note: Note = "",
    as_json: AsJson = False,
    state_dir: StateDir = None,
) -> None:
    """Make an earlier version live again, as a new version. It holds until the files change."""
    with exit_codes():
        settings = Settings.from_options(state_dir=state_dir)
        _print_report(ask_service(settings.control_socket, "rollback", number=number, note=note), as_json)


def versions(as_json: AsJson = False, state_dir: StateDir = None) -> None:
    """Every configuration that was live: who took it in, when, why."""
    with exit_codes():
        settings = Settings.from_options(state_dir=state_dir)
        try:
            rows = ask_service(settings.control_socket, "versions")
        except ServiceAway:
            store = Versions(settings.versions_dir)
            live, _ = store.live()
            rows = version_rows(store, live.label if live else "")
        if as_json:
            print_json(rows)
            return
        table = Table("version", "live", "since", "by", "note", "files", "from")
        for row in rows:
            since = datetime.fromisoformat(row["at"]).astimezone().strftime("%Y-%m-%d %H:%M:%S")
            live_mark = "●" if row["live"] else ""
            table.add_row(str(row["number"]), live_mark, since, row["by"], row["note"], row["digest"], row["source"])
        out.print(table)


def _print_report(report: Mapping[str, Any], as_json: bool) -> None:
    refused = report["result"] == "refused"
    if as_json:
        print_json(report)
    elif refused:
        for problem in report["problems"]:
            err.print(problem, markup=False, highlight=False, soft_wrap=True)
        err.print(f"refused: version {report['version']} goes on", highlight=False)
    else:
        words = {"loaded": "is live now", "rolled_back": "is live now, as a copy of the earlier one"}
        said = words.get(report["result"], "is live already; nothing has changed")
        out.print(f"version {report['version']} {said} ({report['seconds']:.1f} s)", highlight=False)
    if refused:
        raise typer.Exit(2)
