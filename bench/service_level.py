"""What looking once a second costs callers, at equal staff: our engine, a queue that polls, and theory.

48 calls a minute, 50 operators, 60 s each, in virtual time; both queues get the same arrivals and talk
times. python -m bench.service_level [--replications N] [--hours N] [--plot]; the last line is one JSON object.
"""

from __future__ import annotations

import argparse
import bisect
import json
import statistics
import sys
from collections.abc import Callable, Sequence
from typing import Any

from acd.theory import Steady, erlang_c
from bench.plots import plot_path
from bench.polling_queue import PollingQueue
from hotline.charts import Series, draw_lines
from hotline.simulation.draws import arrival_times, draws, stream
from hotline.simulation.driver import Run
from hotline.simulation.observer import Watcher
from hotline.simulation.scenario import Scenario
from hotline.simulation.statistics import interval

OPERATORS, PER_HOUR, SERVICE_SECONDS, WITHIN_SECONDS = 50, 2880.0, 60.0, 20.0
WARM_UP_HOURS = 4.0
"The queue forgets where it began with a time constant of 0.8 h."


class Waits(Watcher):
    """Keeps the wait of every counted call."""

    def __init__(self, window: tuple[float, float]) -> None:
        self._window = window
        self._joined: dict[str, float] = {}
        self.waits: list[float] = []

    def joined(self, at: float, call_id: str, type_id: str, waiting: int) -> None:
        """Remember when."""
        if self._window[0] <= at < self._window[1]:
            self._joined[call_id] = at

    def assigned(self, at: float, call_id: str, operator_id: str, waiting: int) -> None:
        """Note how long it took."""
        joined = self._joined.pop(call_id, None)
        if joined is not None:
            self.waits.append(at - joined)


def scenario_of(hours: float, seed: int) -> Scenario:
    """Return what is played."""
    kind = {
        "id": "calls",
        "arrivals": {"kind": "poisson", "per_hour": PER_HOUR},
        "service": {"kind": "exponential", "mean_seconds": SERVICE_SECONDS},
    }
    scenario = {
        "call_types": [kind],
        "operators": [{"id": "all", "count": OPERATORS, "skills": {"calls": 3}}],
        "warm_up_hours": WARM_UP_HOURS,
        "duration_hours": hours,
        "seed": seed,
    }
    return Scenario.model_validate(scenario, by_alias=True, by_name=False)


def ours(scenario: Scenario, replication: int) -> list[float]:
    """Return the waits with the production engine."""
    watcher = Waits(scenario.window)
    Run(scenario, replication, watcher).play()
    return watcher.waits


def polling(scenario: Scenario, replication: int) -> list[float]:
    """Return the waits where each caller looks once a second."""
    kind = scenario.call_types[0]
    names = scenario.seed, replication, kind.type_id
    arrivals = arrival_times(kind.arrivals, stream(*names, "arrivals"), 0.0)
    return PollingQueue(OPERATORS, arrivals, draws(kind.service, stream(*names, "service")), scenario.window).play()


def figures(runs: Sequence[Sequence[float]]) -> dict[str, Any]:
    """Return what the runs say, with the 95 % interval of the mean wait over them."""
    wait = interval(statistics.fmean(waits) for waits in runs)
    within = interval(_share(sorted(waits), WITHIN_SECONDS) for waits in runs)
    assert wait is not None
    assert within is not None
    low, high = wait.low, wait.high
    return {
        "mean_wait_seconds": round(wait.mean, 3),
        "low": None if low is None else round(low, 3),
        "high": None if high is None else round(high, 3),
        "within_20s": round(within.mean, 4),
    }


def main() -> int:
    """Play both, compare with theory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int, default=12)
    parser.add_argument("--hours", type=float, default=60.0, help="counted hours of each replication")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plot", action="store_true", help="draw docs/plots/service-level.svg")
    options = parser.parse_args()
    scenario = scenario_of(options.hours, options.seed)
    theory = erlang_c(OPERATORS, PER_HOUR / 3600.0, SERVICE_SECONDS)
    engine = _runs("our engine", ours, scenario, options.replications)
    peer = _runs("polling", polling, scenario, options.replications)
    if options.plot:
        plot(engine, peer, theory)
    result = {
        "ours": figures(engine),
        "polling": figures(peer),
        "theory": {
            "mean_wait_seconds": round(theory.mean_wait_seconds, 3),
            "within_20s": round(theory.answered_within(WITHIN_SECONDS), 4),
        },
    }
    print(json.dumps(result))
    found = interval(statistics.fmean(waits) for waits in engine)
    return 0 if found is not None and found.holds(theory.mean_wait_seconds) else 1


def plot(engine: Sequence[Sequence[float]], peer: Sequence[Sequence[float]], theory: Steady) -> None:
    """Draw the share answered within any time."""
    times = [float(second) for second in range(0, 121, 2)]
    played = {"our engine": engine, "looking once a second": peer}
    series = []
    for name, runs in played.items():
        waits = sorted(wait for run in runs for wait in run)
        series.append(Series(name, times, [_share(waits, each) for each in times]))
    series.append(Series("theory (Erlang C)", times, [theory.answered_within(each) for each in times], dashed=True))
    title = f"{PER_HOUR / 60:g} calls a minute, {OPERATORS} operators, {SERVICE_SECONDS:g} s each"
    draw_lines(plot_path("service-level"), title, "wait, s", "answered within it", series, percent=True)


def _runs(
    name: str, play: Callable[[Scenario, int], list[float]], scenario: Scenario, replications: int
) -> list[list[float]]:
    runs = []
    for replication in range(replications):
        runs.append(play(scenario, replication))
        if replication % 6 == 5:
            print(f"{name}: {sum(map(len, runs)):,} calls", file=sys.stderr)
    return runs


def _share(waits: Sequence[float], seconds: float) -> float:
    return bisect.bisect_right(waits, seconds) / len(waits)


if __name__ == "__main__":
    sys.exit(main())
