"""`hotline staff`: how many operators a load needs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from calls.errors import ConfigurationError, HotlineError
from hotline.charts import Series, draw_lines
from hotline.cli.options import AsJson, exit_codes, out, print_json
from hotline.cli.simulate import progress_bar
from hotline.simulation.staffing import Demand, Goal, Staffing, as_json, staffing


def staff(
    calls: Annotated[
        float, typer.Option("--calls-per-half-hour", min=0.1, max=1_000_000, help="Calls that come in half an hour.")
    ],
    aht: Annotated[float, typer.Option("--aht", min=1, max=36_000, help="Mean handling time: talk and wrap-up, s.")],
    sl: Annotated[str, typer.Option("--sl", help="Service level: share/seconds.")] = "0.8/15",
    patience: Annotated[
        float | None, typer.Option(min=1, max=360_000, help="Mean patience of callers, s; endless where left out.")
    ] = None,
    wrap_up: Annotated[
        float, typer.Option(min=0, max=36_000, help="Part of the handling time that is notes, s.")
    ] = 0.0,
    ring: Annotated[float, typer.Option(min=0, max=120, help="Seconds until a phone is picked up.")] = 0.0,
    plot: Annotated[Path | None, typer.Option(help="Write the service level against operators to this SVG.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Where chance begins.")] = 1,
    replications: Annotated[int, typer.Option(min=2, max=1000, help="Runs with different chance.")] = 8,
    as_json_: AsJson = False,
) -> None:
    """How many operators a steady load needs: from theory, and from a simulation with the real rules."""
    with exit_codes():
        if wrap_up >= aht:
            raise ConfigurationError([f"--wrap-up {wrap_up:g}: must be less than --aht {aht:g}, of which it is a part"])
        demand = Demand(
            calls,
            aht,
            Goal.parse(sl),
            patience,
            wrap_up_seconds=wrap_up,
            ring_seconds=ring,
            seed=seed,
            replications=replications,
        )
        with progress_bar("simulating") as told:
            found = staffing(demand, told)
        if plot is not None:
            draw(found, plot)
        if as_json_:
            print_json(as_json(found))
        else:
            _print(found)


def draw(found: Staffing, path: Path) -> None:
    """Write the plot."""
    demand, points = found.demand, [point for point in found.points if point.simulated is not None]
    operators = [point.operators for point in points]
    levels = [point.simulated for point in points if point.simulated is not None]
    theory = "Erlang C" if demand.patience_seconds is None else "Erlang A"
    try:
        draw_lines(
            path,
            f"{demand.calls_per_half_hour:g} calls in half an hour, {demand.aht_seconds:g} s each",
            "operators",
            f"answered within {demand.goal.seconds:g} s",
            [
                Series(theory, operators, [point.theory for point in points], marker="o"),
                Series(
                    "simulation with the real rules, 95 % interval",
                    operators,
                    [level.mean for level in levels],
                    low=[level.mean if level.low is None else level.low for level in levels],
                    high=[level.mean if level.high is None else level.high for level in levels],
                    marker="s",
                    dashed=True,
                ),
            ],
            marks={f"goal {demand.goal.share:.0%}": demand.goal.share},
            percent=True,
            whole_x=True,
        )
    except OSError as error:
        raise HotlineError(f"{path} can't be written: {error.strerror}") from error


def _print(found: Staffing) -> None:
    demand = found.demand
    seconds, short = demand.goal.seconds, demand.short_abandon_seconds
    table = Table(
        "operators", "theory", "simulation", "95 % interval", "occupancy", "abandon",
        title=f"Service level: answered within {seconds:g} s / (offered - left within {short:g} s)",
    )  # fmt: skip
    for point in found.points:
        level = point.simulated
        bounds = "—" if level is None or level.low is None else f"{level.low:.2%} … {level.high:.2%}"
        marks = [("theory", found.by_theory), ("simulation", found.by_simulation)]
        needed = " and ".join(name for name, number in marks if number == point.operators)
        table.add_row(
            f"{point.operators}{f'  ← {needed}' if needed else ''}",
            f"{point.theory:.2%}",
            "—" if level is None else f"{level.mean:.2%}",
            bounds,
            f"{point.occupancy:.1%}",
            f"{point.abandon_rate:.2%}",
            style="bold" if needed else None,
        )
    out.print(table)
    out.print(
        f"{demand.erlangs:g} erlangs need {found.by_theory} operators by theory, "
        f"{found.by_simulation} by simulation, for {demand.goal.share:.0%} within {seconds:g} s"
    )
