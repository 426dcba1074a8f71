"""Chance: endless streams of times, drawn in blocks. Each stream has its own generator, so one changes no other."""

from __future__ import annotations

import bisect
import math
import random
from collections.abc import Callable, Iterator, Sequence

from hotline.simulation.scenario import (
    DAY_SECONDS,
    Constant,
    Exponential,
    Lognormal,
    Poisson,
    PoissonByPeriod,
    RecordedArrivals,
    RecordedTimes,
    Unlimited,
)

BLOCK = 4096
"Draws at once."

Draw = Callable[[], float]
"Returns the next time in seconds."


def stream(*names: object) -> random.Random:
    """Return the generator of a stream: the same names, the same chance, on every machine."""
    return random.Random("/".join(str(name) for name in names))


def draws(times: Exponential | Lognormal | Constant | RecordedTimes, chance: random.Random) -> Draw:
    """Return what draws the next time."""
    match times:
        case Exponential():
            return _endless(lambda: _exponentials(chance, times.mean_seconds)).__next__
        case Lognormal():
            spread = math.log1p((times.sd_seconds / times.mean_seconds) ** 2)
            middle, sigma = math.log(times.mean_seconds) - spread / 2, math.sqrt(spread)
            return _endless(lambda: [math.exp(chance.gauss(middle, sigma)) for _ in range(BLOCK)]).__next__
        case Constant():
            seconds = times.seconds
            return lambda: seconds
        case RecordedTimes():
            values = times.values
            return _endless(lambda: chance.choices(values, k=BLOCK)).__next__


def patience_draws(
    times: Exponential | Lognormal | Constant | RecordedTimes | Unlimited, chance: random.Random
) -> Draw | None:
    """Return what draws the next caller's patience, None where it has no end."""
    return None if isinstance(times, Unlimited) else draws(times, chance)


def arrival_times(
    arrivals: Poisson | PoissonByPeriod | RecordedArrivals, chance: random.Random, start_seconds: float
) -> Iterator[float]:
    """Yield the times at which calls come, seconds after the start of the run, in order.

    `start_seconds` is the time of day at which the run begins.
    """
    match arrivals:
        case Poisson():
            return _poisson(arrivals.per_hour / 3600.0, chance)
        case PoissonByPeriod():
            return _poisson_by_period(arrivals, chance, start_seconds)
        case RecordedArrivals():
            return iter(sorted(arrivals.values))


def _endless(block: Callable[[], Sequence[float]]) -> Iterator[float]:
    while True:
        yield from block()


def _exponentials(chance: random.Random, mean: float) -> list[float]:
    log, number = math.log, chance.random
    return [-mean * log(1.0 - number()) for _ in range(BLOCK)]


def _poisson(rate: float, chance: random.Random) -> Iterator[float]:
    at = 0.0
    for gap in _endless(lambda: _exponentials(chance, 1.0 / rate)):
        at += gap
        yield at


def _poisson_by_period(arrivals: PoissonByPeriod, chance: random.Random, start_seconds: float) -> Iterator[float]:
    """Yield times whose expected number so far is that of a process of rate 1: its times, stretched by the rates."""
    edges, rates = _day_of_rates(arrivals)
    expected = [0.0]
    for index, rate in enumerate(rates):
        expected.append(expected[-1] + rate * (edges[index + 1] - edges[index]))
    each_day = expected[-1]
    if each_day <= 0.0:
        return
    begins = bisect.bisect_right(edges, start_seconds) - 1
    offset = expected[begins] + rates[begins] * (start_seconds - edges[begins])
    for unit in _poisson(1.0, chance):
        day, rest = divmod(unit + offset, each_day)
        index = min(bisect.bisect_right(expected, rest), len(rates)) - 1
        within = (rest - expected[index]) / rates[index] if rates[index] else 0.0
        yield day * DAY_SECONDS + edges[index] + within - start_seconds


def _day_of_rates(arrivals: PoissonByPeriod) -> tuple[list[float], list[float]]:
    """Return the edges of the day's parts, midnight to midnight, and the calls a second in each."""
    edges = {0.0, float(DAY_SECONDS)}
    for period in arrivals.periods:
        edges |= {period.hours.start * 60.0 % DAY_SECONDS, period.hours.end * 60.0}
    ordered = sorted(edges)
    rates = [
        next(
            (p.per_hour / 3600.0 for p in arrivals.periods if _covers(p.hours.start * 60, p.hours.end * 60, edge)), 0.0
        )
        for edge in ordered[:-1]
    ]
    return ordered, rates


def _covers(start: float, end: float, at: float) -> bool:
    return start <= at < end if start < end else at >= start or at < end  # over midnight
