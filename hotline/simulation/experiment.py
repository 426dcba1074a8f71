"""Plays every replication of a scenario and draws the figures together."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from hotline.simulation.driver import Run
from hotline.simulation.scenario import Scenario
from hotline.simulation.statistics import Interval, Ratio, figures_of, ratio_interval
from hotline.simulation.tally import Tally

Figures = Mapping[str, Interval | None]
"Figure to what the replications say; None where none has it."


@dataclass(frozen=True, slots=True)
class Result:
    """What a scenario came to."""

    scenario: Scenario
    total: Figures
    types: Mapping[str, Figures]
    groups: Mapping[str, Figures]
    "Group of operators to its occupancy."
    calls: int
    "Calls played in all, warm-up included."
    seconds: float
    "How long it took."


def play(scenario: Scenario, progress: Callable[[float], None] | None = None) -> Result:
    """Play a scenario; `progress` is told the share done."""
    began = time.perf_counter()
    tallies = []
    for replication in range(scenario.replications):

        def told(share: float, done: int = replication) -> None:
            if progress is not None:
                progress((done + share) / scenario.replications)

        tallies.append(Run(scenario, replication).play(told))
        told(1.0)
    return _drawn_together(scenario, tallies, time.perf_counter() - began)


def _drawn_together(scenario: Scenario, tallies: Sequence[Tally], seconds: float) -> Result:
    limits = scenario.service_level_seconds
    rows = [figures_of(tally.total(), tally.present_seconds, limits) for tally in tallies]
    return Result(
        scenario=scenario,
        total=_intervals(rows),
        types={
            kind.type_id: _intervals(
                [figures_of(tally.types[kind.type_id], tally.present_seconds, limits) for tally in tallies]
            )
            for kind in scenario.call_types
        },
        groups={
            group.group_id: _intervals([_occupancy(tally, group.group_id) for tally in tallies])
            for group in scenario.operators
        },
        calls=sum(tally.calls for tally in tallies),
        seconds=seconds,
    )


def _occupancy(tally: Tally, group_id: str) -> dict[str, Ratio]:
    group = tally.groups[group_id]
    return {"occupancy": (group.busy_seconds, group.present_seconds)}


def _intervals(rows: Sequence[Mapping[str, Ratio]]) -> Figures:
    return {name: ratio_interval(row[name] for row in rows) for name in rows[0]}
