"""`hotline demo`: the main job, shown with real calls."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.live import Live
from rich.table import Table

from calls.errors import HotlineError
from hotline.cli.options import Bind, ConfigDir, PortBase, StateDir, err, exit_codes, out
from hotline.demo.figures import DemoFigures
from hotline.demo.stage import Progress, Show, play
from hotline.logs import configure_logs
from hotline.prepare import check_ports
from hotline.settings import Settings

LINE_SECONDS = 5.0
"""Between two lines of progress where the output is no terminal."""


def demo(
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write the figures to this file as JSON.", metavar="FILE")
    ] = None,
    progress: Annotated[bool, typer.Option("--progress/--no-progress", help="Show how it goes.")] = True,
    state_dir: StateDir = None,
    port_base: PortBase = None,
    config: ConfigDir = None,
    bind: Bind = None,
) -> None:
    """Play a busy minute: 30 citizens call over SIP, 8 operators answer. Exit 0 only if every call is accounted for."""
    with exit_codes():
        settings = Settings.from_options(state_dir=state_dir, port_base=port_base, config_dir=config, bind=bind)
        check_ports(settings)
        log_file = settings.state_dir / "demo.log"
        log_file.parent.mkdir(parents=True, exist_ok=True)
        with log_file.open("w", encoding="utf-8") as log, _shown(progress) as show:
            configure_logs(stream=log)
            figures = uvloop.run(play(settings, show, _say if progress else lambda _: None))
        if json_file is not None:
            _write_json(json_file, figures)
        out.print(_table(figures))
        _where_next(settings, log_file)
        if figures.unaccounted:
            raise HotlineError(f"{figures.unaccounted} calls or transfers are unaccounted for; see {log_file}")


def _say(what: str) -> None:
    err.print(f"demo: {what}", highlight=False, soft_wrap=True)


@contextmanager
def _shown(progress: bool) -> Iterator[Show]:
    """Yield what shows the progress: a live table on a terminal, a line every few seconds elsewhere."""
    if not progress:
        yield lambda _: None
    elif err.is_terminal:
        with Live(console=err, refresh_per_second=4, transient=True) as live:
            yield lambda now: live.update(_progress_table(now))
    else:
        last = [-LINE_SECONDS]

        def line(now: Progress) -> None:
            at = now.snapshot.at.timestamp()
            if at - last[0] >= LINE_SECONDS:
                last[0] = at
                err.print(_progress_line(now), highlight=False, soft_wrap=True)

        yield line


def _progress_line(now: Progress) -> str:
    stages = {name: getattr(now.snapshot.stages, name) for name in ("in_menu", "waiting", "ringing", "talking")}
    words = "  ".join(f"{name.replace('_', ' ')} {number}" for name, number in stages.items())
    return (
        f"demo: {now.finished} of {now.to_place} calls over   {words}   transferring {now.snapshot.stages.transferring}"
    )


def _progress_table(now: Progress) -> Table:
    table = Table("operator", "state", "calls", title=_progress_line(now), title_justify="left")
    for operator in now.snapshot.operators:
        table.add_row(f"{operator.operator_id} {operator.name}", str(operator.state), str(operator.answered))
    return table


def _table(figures: DemoFigures) -> Table:
    table = Table("figure", "value", title="The demo, counted")
    transfers, waits = figures.transfers, figures.wait_seconds
    rows = [
        ("placed", figures.placed),
        ("answered by a person", figures.answered),
        ("abandoned", figures.abandoned),
        ("left in the menu", figures.left_in_menu),
        ("transfers attempted", transfers.attempted),
        ("  answered", transfers.answered),
        ("  busy", transfers.busy),
        ("  no answer", transfers.no_answer),
        ("  other", transfers.other),
        ("  came back", transfers.returned),
        ("wait p50", _seconds(waits["p50"])),
        ("wait p95", _seconds(waits["p95"])),
        ("recorded", figures.recorded),
        ("connect rate = answered ÷ asked for a person", _percent(figures.connect_rate)),
        ("calls unaccounted for", figures.unaccounted),
    ]
    for name, value in rows:
        table.add_row(name, str(value))
    return table


def _seconds(value: float | None) -> str:
    return "—" if value is None else f"{value:.2f} s"


def _percent(value: float | None) -> str:
    return "—" if value is None else f"{value:.1%}"


def _write_json(path: Path, figures: DemoFigures) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_text(json.dumps(figures.as_dict(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    fresh.replace(path)


def _where_next(settings: Settings, log_file: Path) -> None:
    default = Settings()
    where = "" if settings.state_dir == default.state_dir else f" --state-dir {settings.state_dir}"
    for line in (
        "Where to look next:",
        f"  .venv/bin/hotline calls list{where}          every call; `calls show ID` has each step",
        f"  .venv/bin/hotline rebuild{where}             computes every figure again from the journal",
        f"  {settings.recordings_dir}   the recordings: operator left, citizen right",
        f"  {log_file}   what the service said",
        "  make run                               the service to call with your own softphone",
    ):
        out.print(line, highlight=False, markup=False, soft_wrap=True)
