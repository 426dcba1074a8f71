"""Chance has the distribution that the scenario names, and the same chance comes again."""

from __future__ import annotations

import itertools
import statistics

import pytest

from hotline.simulation.draws import arrival_times, draws, stream
from hotline.simulation.scenario import (
    Exponential,
    Lognormal,
    Period,
    Poisson,
    PoissonByPeriod,
    RecordedArrivals,
    RecordedTimes,
)
from hotline.simulation.statistics import interval, ratio_interval, student_t
from ivr.types import Span


def test_exponential_and_lognormal() -> None:
    short = draws(Exponential(mean_seconds=60), stream("a"))
    values = [short() for _ in range(40_000)]
    assert statistics.fmean(values) == pytest.approx(60, rel=0.02)
    assert statistics.stdev(values) == pytest.approx(60, rel=0.03)
    long = draws(Lognormal(mean_seconds=180, sd_seconds=120), stream("b"))
    values = [long() for _ in range(40_000)]
    assert statistics.fmean(values) == pytest.approx(180, rel=0.02)
    assert statistics.stdev(values) == pytest.approx(120, rel=0.05)


def test_recorded_times_are_drawn_again_and_again() -> None:
    draw = draws(RecordedTimes(values=(1.0, 2.0, 4.0)), stream("c"))
    assert {draw() for _ in range(100)} == {1.0, 2.0, 4.0}


def test_streams_are_apart_and_repeat() -> None:
    assert stream(1, 0, "x").random() == stream(1, 0, "x").random() != stream(1, 1, "x").random()


def test_poisson_arrivals() -> None:
    times = list(itertools.islice(arrival_times(Poisson(per_hour=3600), stream("d"), 0.0), 20_000))
    assert times == sorted(times)
    assert times[-1] == pytest.approx(20_000, rel=0.03)


def test_rates_by_the_part_of_the_day() -> None:
    """2,000 an hour from 22:00 over midnight to 06:00, 500 from 06:00 to 08:00, none after; the run begins at 23:00."""
    periods = (Period(hours=Span(22 * 60, 6 * 60), per_hour=2000), Period(hours=Span(360, 480), per_hour=500))
    stop = 2 * 86_400.0
    arrivals = arrival_times(PoissonByPeriod(periods=periods), stream("e"), 23 * 3600.0)
    times = list(itertools.takewhile(lambda at: at < stop, arrivals))
    assert times == sorted(times)
    hours = [sum(1 for at in times if int((at / 3600 + 23) % 24) == hour) / 2 for hour in range(24)]
    assert hours[22:] + hours[:6] == pytest.approx([2000] * 8, rel=0.08)
    assert hours[6:8] == pytest.approx([500] * 2, rel=0.15)
    assert sum(hours[8:22]) == 0


def test_recorded_arrivals_come_in_order() -> None:
    assert list(arrival_times(RecordedArrivals(values=(3.0, 1.0)), stream("f"), 0.0)) == [1.0, 3.0]


def test_intervals() -> None:
    found = interval([1.0, 2.0, 3.0])
    assert found is not None
    assert (found.mean, found.replications) == (2.0, 3)
    assert found.high == pytest.approx(2.0 + 4.302653 / 3**0.5)
    assert interval([]) is None
    ratio = ratio_interval([(1.0, 1.0), (8.0, 4.0), (0.0, 0.0)])
    assert ratio is not None
    assert (ratio.mean, ratio.replications) == (9 / 5, 2)
    assert ratio_interval([(3.0, 0.0)]) is None
    alone = interval([1.0])
    assert alone is not None
    assert alone.low is None
    assert not alone.holds(1.0)
    assert student_t(21) == pytest.approx(2.079614, abs=2e-5)
    assert student_t(1000) == pytest.approx(1.962339, abs=1e-6)
