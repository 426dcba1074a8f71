"""`hotline simulate`: a scenario on the production routing engine in virtual time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from calls.errors import HotlineError
from hotline.cli.options import err, exit_codes, out
from hotline.simulation.experiment import play
from hotline.simulation.load import load_scenario
from hotline.simulation.report import as_json, tables


def simulate(
    scenario: Annotated[Path, typer.Argument(help="Scenario, such as examples/simulations/erlang_c.yaml.")],
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file.")] = None,
    replications: Annotated[int | None, typer.Option(min=1, max=10_000, help="In place of the scenario's.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="In place of the scenario's.")] = None,
) -> None:
    """Try operators, skills and rules on paper: the production routing engine in virtual time."""
    with exit_codes():
        wanted = load_scenario(scenario)
        instead = {"replications": replications, "seed": seed}
        wanted = wanted.model_copy(update={key: value for key, value in instead.items() if value is not None})
        with progress_bar(f"simulating {wanted.name or scenario.stem}") as told:
            result = play(wanted, told)
        if json_file is not None:
            write_json(json_file, as_json(result))
        for table in tables(result):
            out.print(table)
        rate = result.calls / result.seconds if result.seconds else 0.0
        out.print(f"{result.calls:,} calls in {result.seconds:.1f} s ({rate:,.0f} a second), seed {wanted.seed}")


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[float], None]]:
    """Show a bar on the terminal; give what it is told by."""
    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task(what, total=1.0)
        yield lambda share: progress.update(task, completed=share)


def write_json(path: Path, value: object) -> None:
    """Write a value as JSON."""
    try:
        path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise HotlineError(f"{path} can't be written: {error.strerror}") from error
