"""How many operators a load needs: from theory, and from a simulation with the real rules."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from acd.theory import Steady, erlang_a, erlang_c
from calls.errors import ConfigurationError
from hotline.simulation.experiment import play
from hotline.simulation.scenario import Scenario
from hotline.simulation.statistics import Interval, formulas, service_level_name

MORE_REPLICATIONS = 4
"Times as many replications where the goal lies inside the interval: that number of operators decides."

MAX_OPERATORS = 20_000
NEIGHBOURS = 3
"Operators more and fewer that are shown beside the answer."

_GOAL = re.compile(r"^(0?\.\d+|0|1(?:\.0*)?)/(\d+(?:\.\d+)?)$")


@dataclass(frozen=True, slots=True)
class Goal:
    """A service level: this share within so many seconds."""

    share: float
    seconds: float

    @staticmethod
    def parse(text: str) -> Goal:
        """Return the goal that 0.8/15 means; raise ConfigurationError for anything else."""
        match = _GOAL.match(text)
        if match is None or not 0.0 < float(match[1]) < 1.0 or float(match[2]) <= 0.0:
            raise ConfigurationError(
                [f"--sl {text}: must be a share below 1, a / and seconds, such as 0.8/15 for 80 % within 15 s"]
            )
        return Goal(float(match[1]), float(match[2]))


@dataclass(frozen=True, slots=True)
class Demand:
    """A load that does not change, and what is wanted."""

    calls_per_half_hour: float
    aht_seconds: float
    "Talk and wrap-up."
    goal: Goal
    patience_seconds: float | None = None
    wrap_up_seconds: float = 0.0
    "Part of the handling time; theory does not tell it from talk."
    ring_seconds: float = 0.0
    short_abandon_seconds: float = 5.0
    seed: int = 1
    replications: int = 8
    calls_counted: int = 4_000
    "Calls in each replication, about."

    @property
    def erlangs(self) -> float:
        """Operators busy on average where nobody leaves."""
        return self.calls_per_half_hour / 1800.0 * self.aht_seconds

    @property
    def fewest(self) -> int:
        """The least number that can be asked about: below it the queue would grow for ever."""
        return 1 if self.patience_seconds is not None else int(self.erlangs) + 1


@dataclass(frozen=True, slots=True)
class Point:
    """What so many operators achieve."""

    operators: int
    theory: float
    "Service level by theory."
    simulated: Interval | None
    "None where it was not simulated."
    occupancy: float
    "By theory."
    abandon_rate: float
    "By theory."


@dataclass(frozen=True, slots=True)
class Staffing:
    """The answer."""

    demand: Demand
    by_theory: int
    by_simulation: int
    points: tuple[Point, ...]
    "A few operators more and fewer, in order."


def staffing(demand: Demand, progress: Callable[[float], None] | None = None) -> Staffing:
    """Return how many operators the demand needs, and what a few more or fewer achieve."""
    by_theory = _needed_by_theory(demand)
    first = max(demand.fewest, by_theory - NEIGHBOURS)
    simulated: dict[int, Interval] = {}

    def achieved(operators: int) -> float:
        if operators not in simulated:
            simulated[operators] = _simulate(demand, operators)
            if progress is not None:
                progress(min(1.0, len(simulated) / (2 * NEIGHBOURS + 1)))
        return simulated[operators].mean

    by_simulation = by_theory
    while achieved(by_simulation) < demand.goal.share:
        by_simulation += 1
        _check_size(by_simulation)
    while by_simulation > demand.fewest and achieved(by_simulation - 1) >= demand.goal.share:
        by_simulation -= 1
    last = max(by_theory, by_simulation) + NEIGHBOURS
    for operators in range(min(first, by_simulation), last + 1):
        achieved(operators)
    points = tuple(_point(demand, operators, simulated[operators]) for operators in sorted(simulated))
    return Staffing(demand, by_theory, by_simulation, points)


def as_json(found: Staffing) -> dict[str, Any]:
    """Return the answer for machines."""
    demand = found.demand
    return {
        "calls_per_half_hour": demand.calls_per_half_hour,
        "aht_seconds": demand.aht_seconds,
        "patience_seconds": demand.patience_seconds,
        "erlangs": round(demand.erlangs, 6),
        "service_level": {"share": demand.goal.share, "seconds": demand.goal.seconds},
        "formula": formulas((demand.goal.seconds,), demand.short_abandon_seconds)[
            service_level_name(demand.goal.seconds)
        ],
        "operators": {"theory": found.by_theory, "simulation": found.by_simulation},
        "points": [
            {
                "operators": point.operators,
                "theory": point.theory,
                "simulation": None if point.simulated is None else point.simulated.mean,
                "low": None if point.simulated is None else point.simulated.low,
                "high": None if point.simulated is None else point.simulated.high,
                "occupancy": point.occupancy,
                "abandon_rate": point.abandon_rate,
            }
            for point in found.points
        ],
    }


def _point(demand: Demand, operators: int, simulated: Interval) -> Point:
    steady = _steady(demand, operators)
    level = steady.service_level(demand.goal.seconds, demand.short_abandon_seconds)
    return Point(operators, level, simulated, steady.occupancy, steady.p_abandon)


def _steady(demand: Demand, operators: int) -> Steady:
    load = operators, demand.calls_per_half_hour / 1800.0, demand.aht_seconds
    if demand.patience_seconds is None:
        return erlang_c(*load)
    return erlang_a(*load, demand.patience_seconds)


def _needed_by_theory(demand: Demand) -> int:
    """Return the least number that achieves the goal: doubled until enough, then halved in between."""

    def enough(operators: int) -> bool:
        level = _steady(demand, operators).service_level(demand.goal.seconds, demand.short_abandon_seconds)
        return level >= demand.goal.share

    few = demand.fewest - 1
    step = 1
    while not enough(few + step):
        few += step
        step *= 2
        _check_size(few)
    many = few + step
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if enough(middle) else (middle, many)
    return many


def _check_size(operators: int) -> None:
    if operators > MAX_OPERATORS:
        raise ConfigurationError([f"more than {MAX_OPERATORS:,} operators would be needed; is the load right?"])


def _simulate(demand: Demand, operators: int) -> Interval:
    found = _level(demand, operators, demand.replications)
    if found.holds(demand.goal.share):
        found = _level(demand, operators, MORE_REPLICATIONS * demand.replications)
    return found


def _level(demand: Demand, operators: int, replications: int) -> Interval:
    result = play(_scenario(demand, operators, replications))
    found = result.total[service_level_name(demand.goal.seconds)]
    assert found is not None  # calls were offered
    return found


def _scenario(demand: Demand, operators: int, replications: int) -> Scenario:
    patience = {"kind": "none"}
    if demand.patience_seconds is not None:
        patience = {"kind": "exponential", "mean_seconds": str(demand.patience_seconds)}
    per_hour = 2.0 * demand.calls_per_half_hour
    call_type = {
        "id": "calls",
        "arrivals": {"kind": "poisson", "per_hour": per_hour},
        "service": {"kind": "exponential", "mean_seconds": demand.aht_seconds - demand.wrap_up_seconds},
        "wrap_up": {"kind": "constant", "seconds": demand.wrap_up_seconds},
        "patience": patience,
    }
    scenario = {
        "call_types": [call_type],
        "operators": [{"id": "all", "count": operators, "skills": {"calls": 3}}],
        "ring": {"kind": "constant", "seconds": demand.ring_seconds},
        "warm_up_hours": _warm_up_hours(demand, operators),
        "duration_hours": min(8784.0, max(1.0, demand.calls_counted / per_hour)),
        "replications": replications,
        "seed": demand.seed,
        "service_level_seconds": [demand.goal.seconds],
        "short_abandon_seconds": demand.short_abandon_seconds,
    }
    return Scenario.model_validate(scenario, by_alias=True, by_name=False)


def _warm_up_hours(demand: Demand, operators: int) -> float:
    """Return hours after which the queue has forgotten that it began empty.

    Three times the relaxation time of M/M/s, 1 / (sqrt(s mu) - sqrt(lambda))^2 (Cohen 1982), and some calls at least.
    """
    shortest = 10 * demand.aht_seconds / 3600.0
    if demand.patience_seconds is not None:
        return shortest + 3 * demand.patience_seconds / 3600.0
    spare = math.sqrt(operators / demand.aht_seconds) - math.sqrt(demand.calls_per_half_hour / 1800.0)
    return min(48.0, max(shortest, 3.0 / spare**2 / 3600.0))
