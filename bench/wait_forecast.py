"""How well the wait is forecast: 100 operators at 95 % load in virtual time, each caller who waits is told a time.

Error is relative: root mean square of (forecast − real wait) ÷ mean real wait, and bias the mean of (forecast − real) ÷
the same. The estimator learns handling times and patience from the run itself. The peer is the wait of the caller who
entered service last, which is what most systems announce. Prints one JSON object as its last line.

No forecast can be better than the least error that chance leaves: with exponential handling times it is √(1 − load),
22.4 % at 95 %, as `least_rrmse` says; where callers hang up queues are shorter, and that least is larger.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from acd.forecast import Ahead, Outlook, Reach, WaitEstimator
from bench.plots import plot_path
from bench.stage import note
from hotline.charts import Series, draw_lines
from hotline.simulation.driver import Run
from hotline.simulation.observer import Watcher
from hotline.simulation.scenario import CallType, Exponential, OperatorGroup, Poisson, Scenario, Unlimited

OPERATORS = 100
HANDLE_SECONDS = 60.0
PATIENCE_SECONDS = 120.0
LOAD = 0.95
SURGE = 1.2
"""Offered load of the second run with abandonment: more calls than operators can take, when a forecast counts most."""

WARM_UP_HOURS = 5.0


@dataclass(slots=True)
class Errors:
    """The errors of one forecast."""

    forecasts: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    def add(self, forecast: float, wait: float) -> None:
        """Take in one caller."""
        self.forecasts.append(forecast)
        self.waits.append(wait)

    @property
    def rrmse(self) -> float:
        """Relative root mean square error."""
        squares = math.fsum((f - w) ** 2 for f, w in zip(self.forecasts, self.waits, strict=True))
        return math.sqrt(squares / len(self.waits)) / self.mean_wait

    @property
    def bias(self) -> float:
        """Relative bias; positive where callers are told more than they wait."""
        return (math.fsum(self.forecasts) - math.fsum(self.waits)) / len(self.waits) / self.mean_wait

    @property
    def mean_wait(self) -> float:
        """Mean real wait in seconds."""
        return math.fsum(self.waits) / len(self.waits)


class Forecasts(Watcher):
    """Forecasts each wait as it begins, and compares when it ends."""

    def __init__(self, warm_up_seconds: float) -> None:
        self.ours, self.last_to_enter, self.least = Errors(), Errors(), Errors()
        self._warm = warm_up_seconds
        self._estimator = WaitEstimator()
        self._said: dict[str, tuple[float, float, float | None, float]] = {}
        self._last_wait: float | None = None
        self._leaving = 0.0

    def knows(self, leaving_rate: float) -> Forecasts:
        """Have the least error computed with the true rates, which no service knows."""
        self._leaving = leaving_rate
        return self

    def joined(self, at: float, call_id: str, type_id: str, waiting: int) -> None:
        """Forecast the wait of a call that will have to wait."""
        present = {"everyone": OPERATORS}
        outlook = Outlook(type_id, waiting + 1, [Ahead(type_id, waiting, present)], [Reach(math.inf, present)])
        forecast = self._estimator.expected_seconds(outlook) or 0.0
        rate = OPERATORS / HANDLE_SECONDS
        least = math.fsum(1 / (rate + j * self._leaving) for j in range(waiting + 1))
        self._said[call_id] = (at, forecast, self._last_wait, least)

    def assigned(self, at: float, call_id: str, operator_id: str, waiting: int) -> None:
        """Compare, where the call had to wait."""
        joined, forecast, last_wait, least = self._said.pop(call_id)
        wait = at - joined
        self._estimator.waited(wait, left=False)
        if wait <= 0:
            return
        self._last_wait = wait
        if joined >= self._warm and last_wait is not None:
            self.ours.add(forecast, wait)
            self.last_to_enter.add(last_wait, wait)
            self.least.add(least, wait)

    def ended(self, at: float, call_id: str, operator_id: str, service_seconds: float) -> None:
        """Learn a handling time."""
        self._estimator.handled("general", service_seconds)

    def left(self, at: float, call_id: str, waiting: int, blocked: bool) -> None:
        """Learn that a caller left."""
        self._estimator.waited(at - self._said.pop(call_id)[0], left=True)


def scenario(load: float, hours: float, *, leave: bool, seed: int = 7) -> Scenario:
    """Return a run of one queue at this offered load."""
    calls = CallType(
        type_id="general",
        arrivals=Poisson(per_hour=load * OPERATORS * 3600 / HANDLE_SECONDS),
        service=Exponential(mean_seconds=HANDLE_SECONDS),
        patience=Exponential(mean_seconds=PATIENCE_SECONDS) if leave else Unlimited(),
    )
    return Scenario(
        call_types=(calls,),
        operators=(OperatorGroup(group_id="everyone", count=OPERATORS, skills={"general": 3}),),
        warm_up_hours=WARM_UP_HOURS,
        duration_hours=hours,
        replications=1,
        seed=seed,
    )


def forecast(load: float, hours: float, *, leave: bool) -> Forecasts:
    """Play a run and return the errors of its forecasts."""
    watcher = Forecasts(WARM_UP_HOURS * 3600).knows(1 / PATIENCE_SECONDS if leave else 0.0)
    Run(scenario(load, hours, leave=leave), observer=watcher).play()
    note(
        f"load {load:g}, {'callers leave' if leave else 'callers wait'}: {len(watcher.ours.waits)} waits,"
        f" mean {watcher.ours.mean_wait:.2f} s; ours {watcher.ours.rrmse:.4f} (bias {watcher.ours.bias:+.4f}),"
        f" with the true rates {watcher.least.rrmse:.4f}, last to enter {watcher.last_to_enter.rrmse:.4f}"
    )
    return watcher


def draw(loads: Sequence[float], hours: float) -> None:
    """Draw the errors against the load."""
    runs = [forecast(load, hours, leave=False) for load in loads]
    series = [
        Series("this system", loads, [run.ours.rrmse for run in runs], marker="o"),
        Series("last to enter service", loads, [run.last_to_enter.rrmse for run in runs], marker="s"),
        Series("least possible: √(1 − load)", loads, [math.sqrt(1 - load) for load in loads], dashed=True),
    ]
    title = f"Error of the forecast wait, {OPERATORS} operators, nobody hangs up"
    draw_lines(plot_path("wait-forecast"), title, "offered load", "relative RMS error", series, percent=True)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=150.0, help="virtual hours of each run")
    parser.add_argument("--plot", action="store_true", help="draw docs/plots/wait-forecast.svg as well")
    options = parser.parse_args()
    if options.plot:
        draw((0.85, 0.9, 0.95, 0.98), options.hours)
    stay = forecast(LOAD, options.hours, leave=False)
    leave = forecast(LOAD, options.hours, leave=True)
    surge = forecast(SURGE, options.hours, leave=True)
    figures = {
        "rrmse": stay.ours.rrmse,
        "bias": stay.ours.bias,
        "rrmse_abandon": leave.ours.rrmse,
        "bias_abandon": leave.ours.bias,
        "rrmse_abandon_surge": surge.ours.rrmse,
        "bias_abandon_surge": surge.ours.bias,
    }
    peer = {"rrmse": stay.last_to_enter.rrmse, "rrmse_abandon": leave.last_to_enter.rrmse}
    least = {"rrmse": stay.least.rrmse, "rrmse_abandon": leave.least.rrmse}
    result = {name: round(value, 4) for name, value in figures.items()}
    nested = {"last_to_enter_service": peer, "least_possible": least}
    rounded = {name: {key: round(value, 4) for key, value in part.items()} for name, part in nested.items()}
    print(json.dumps({**result, **rounded}))


if __name__ == "__main__":
    sys.exit(main())
