"""The formulas against published figures and an independent implementation."""

from __future__ import annotations

import pytest
from pyworkforce.queuing import ErlangC

from acd.theory import erlang_a, erlang_b, erlang_c, finite_room


def test_erlang_b_as_in_the_tables() -> None:
    assert erlang_b(10, 5.0) == pytest.approx(0.018385, abs=1e-6)
    assert erlang_b(0, 5.0) == 1.0


@pytest.mark.parametrize(
    ("operators", "erlangs", "p_wait", "mean_wait", "within_20s"),
    [
        (14, 10.0, 0.174132, 7.8359, 0.888350),
        (110, 100.0, 0.237008, 4.2661, 0.921979),
        (50, 48.0, 0.694456, 20.83, 0.6435),
    ],
)
def test_erlang_c(operators: int, erlangs: float, p_wait: float, mean_wait: float, within_20s: float) -> None:
    service = 60.0 if operators == 50 else 180.0
    found = erlang_c(operators, erlangs / service, service)
    assert found.p_wait == pytest.approx(p_wait, abs=1e-6)
    assert found.mean_wait_seconds == pytest.approx(mean_wait, abs=5e-3)
    assert found.answered_within(20.0) == pytest.approx(within_20s, abs=5e-5)
    assert found.service_level(20.0) == found.answered_within(20.0)


@pytest.mark.parametrize("operators", [11, 14, 18])
def test_erlang_c_as_pyworkforce_has_it(operators: int) -> None:
    theirs = ErlangC(transactions=100, asa=20 / 60, aht=3, interval=30)
    ours = erlang_c(operators, 100 / 1800, 180.0)
    assert ours.p_wait == pytest.approx(theirs.waiting_probability(operators), abs=1e-9)
    assert ours.service_level(20.0) == pytest.approx(theirs.service_level(operators), abs=1e-9)


def test_a_queue_that_grows_for_ever_is_refused() -> None:
    with pytest.raises(ValueError, match="48 erlangs"):
        erlang_c(48, 0.8, 60.0)


def test_erlang_a() -> None:
    found = erlang_a(50, 0.8, 60.0, 120.0)
    assert found.p_abandon == pytest.approx(0.03091, abs=1e-5)
    assert found.mean_wait_seconds == pytest.approx(3.709, abs=1e-3)
    assert found.p_wait == pytest.approx(0.46777, abs=1e-5)
    assert found.answered_within(0.0) == pytest.approx(1.0 - found.p_wait)
    # the distribution by the integral meets the states' sum: everybody is answered or gone in the end
    assert found.answered_within(600.0) == pytest.approx(1.0 - found.p_abandon, abs=1e-7)
    assert found.abandoned_within(600.0) == pytest.approx(found.p_abandon, abs=1e-7)


def test_erlang_a_with_endless_patience_is_erlang_c() -> None:
    patient, endless = erlang_a(14, 10 / 180, 180.0, 1e9), erlang_c(14, 10 / 180, 180.0)
    assert patient.mean_wait_seconds == pytest.approx(endless.mean_wait_seconds, rel=1e-5)
    assert patient.answered_within(20.0) == pytest.approx(endless.answered_within(20.0), rel=1e-6)


def test_erlang_a_far_from_enough_operators() -> None:
    found = erlang_a(5, 0.8, 60.0, 100_000.0)
    assert found.p_abandon == pytest.approx(1.0 - 5 / 48, rel=1e-9)
    assert found.service_level(15.0) == pytest.approx(0.0, abs=1e-9)


def test_a_finite_room() -> None:
    found = finite_room(90, 84 / 600, 600.0, 30)
    assert found.mean_wait_seconds / 60 == pytest.approx(0.4500, abs=1e-4)
    assert found.answered_within(0.0) == pytest.approx(1.0 - found.p_wait)
    assert finite_room(10, 5.0, 1.0, 0).p_blocked == pytest.approx(erlang_b(10, 5.0))
    endless = erlang_c(14, 10 / 180, 180.0)
    large = finite_room(14, 10 / 180, 180.0, 400)
    assert large.mean_wait_seconds == pytest.approx(endless.mean_wait_seconds)
    assert large.service_level(20.0) == pytest.approx(endless.service_level(20.0))
