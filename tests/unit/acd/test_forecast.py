"""The forecast of a wait: by hand where it is easy, against the exact sum where it is long."""

from __future__ import annotations

import math

import pytest

from acd.forecast import Ahead, Outlook, Reach, WaitEstimator, wait_behind

FOREVER = math.inf


def estimator(handle_seconds: float = 60.0) -> WaitEstimator:
    learned = WaitEstimator(assumed_handle_seconds=handle_seconds)
    for _ in range(2000):
        learned.handled("gas", handle_seconds)
    return learned


def alone(operators: int, ahead: int) -> Outlook:
    everybody = {"all": operators}
    return Outlook("gas", ahead + 1, [Ahead("gas", ahead, everybody)], [Reach(FOREVER, everybody)])


def test_one_queue_without_abandonment_is_place_times_handling_time_per_operator() -> None:
    assert estimator().expected_seconds(alone(10, 0)) == pytest.approx(6.0)
    assert estimator().expected_seconds(alone(10, 9)) == pytest.approx(60.0)


def test_callers_who_leave_shorten_the_wait() -> None:
    learned = estimator()
    for number in range(1000):
        learned.waited(60.0, left=number % 2 == 0)  # one leaves in two minutes of waiting
    assert learned.leaving_rate == pytest.approx(1 / 120, rel=0.01)
    by_hand = sum(1 / (10 / 60 + j / 120) for j in range(10))
    assert learned.expected_seconds(alone(10, 9)) == pytest.approx(by_hand, rel=0.01)


def test_long_queues_are_the_same_sum() -> None:
    exact = math.fsum(1 / (1.5 + j * 0.01) for j in range(5001))
    assert wait_behind(5000, 1.5, 0.01) == pytest.approx(exact, rel=1e-6)


def test_a_broken_number_ahead_lies_between_its_neighbours() -> None:
    assert wait_behind(3.0, 1.0, 0.5) < wait_behind(3.5, 1.0, 0.5) < wait_behind(4.0, 1.0, 0.5)


def test_only_the_calls_that_the_same_operators_will_take_count() -> None:
    ahead = [Ahead("gas", 8, {"gas": 5, "both": 5}), Ahead("heating", 100, {"heating": 20})]
    outlook = Outlook("gas", 109, ahead, [Reach(FOREVER, {"both": 5})])
    learned = estimator()
    for _ in range(2000):
        learned.handled("heating", 60.0)
    assert learned.expected_seconds(outlook) == pytest.approx((8 / 2 + 1) * 60 / 5)


def test_a_step_that_widens_brings_more_operators() -> None:
    ahead = [Ahead("gas", 9, {"expert": 1, "helper": 9})]
    steps = [Reach(30.0, {"expert": 1}), Reach(FOREVER, {"expert": 1, "helper": 9})]
    # one expert for 30 s frees half a call; then ten operators see to the other 8.5 before it and to it
    assert estimator().expected_seconds(Outlook("gas", 10, ahead, steps)) == pytest.approx(30 + (9 - 0.5 + 1) * 6)


def test_a_step_without_anybody_costs_its_time() -> None:
    steps = [Reach(20.0, {}), Reach(FOREVER, {"helper": 6})]
    assert estimator().expected_seconds(Outlook("gas", 1, [], steps)) == pytest.approx(20 + 10)


def test_nobody_present_has_no_forecast() -> None:
    assert estimator().expected_seconds(alone(0, 3)) is None


def test_an_assumed_handling_time_gives_way_to_real_ones() -> None:
    learned = WaitEstimator(assumed_handle_seconds=300.0)
    assert learned.handle_seconds("gas") == 300.0
    for _ in range(100):
        learned.handled("gas", 60.0)
    assert learned.handle_seconds("gas") == pytest.approx((100 * 60 + 5 * 300) / 105)


def test_older_waits_fade() -> None:
    learned = WaitEstimator()
    for _ in range(20_000):
        learned.waited(10.0, left=True)
    assert learned.leaving_rate == pytest.approx(0.1)
    for _ in range(100_000):
        learned.waited(10.0, left=False)
    assert learned.leaving_rate < 0.001
