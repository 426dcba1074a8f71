"""The production engine, simulated, agrees with theory and with an independent simulation, inside its own intervals."""

from __future__ import annotations

import statistics
from typing import Any

import ciw
import pytest
from scenes import plain, pooled

from acd.theory import finite_room
from hotline.simulation.closed_form import theory_of
from hotline.simulation.experiment import Result, play
from hotline.simulation.scenario import Scenario


def assert_inside(result: Result, **wanted: float) -> None:
    for name, value in wanted.items():
        found = result.total[name]
        assert found is not None
        assert found.holds(value), f"{name}: {value} is outside of {found}"


@pytest.mark.parametrize(
    ("operators", "per_hour", "hours", "p_wait", "mean_wait", "within_20s"),
    [(14, 200, 30, 0.174132, 7.8359, 0.888350), (110, 2000, 3, 0.237008, 4.2661, 0.921979)],
)
def test_erlang_c(
    operators: int, per_hour: float, hours: float, p_wait: float, mean_wait: float, within_20s: float
) -> None:
    scenario = plain(operators, per_hour, 180, duration_hours=hours)
    result = play(scenario)
    assert_inside(result, p_wait=p_wait, mean_wait_seconds=mean_wait, service_level_20=within_20s)
    assert_inside(result, **(theory_of(scenario) or {}))


def test_erlang_a() -> None:
    scenario = plain(50, 2880, 60, patience={"kind": "exponential", "mean_seconds": 120}, duration_hours=2)
    result = play(scenario)
    assert_inside(result, abandon_rate=0.03091, mean_wait_seconds=3.709, p_wait=0.46777)
    assert_inside(result, **(theory_of(scenario) or {}))


@pytest.mark.parametrize(("skills_each", "minutes"), [(1, 2.44), (2, 0.58), (6, 0.45)])
def test_skill_pooling_of_wallace_and_whitt(skills_each: int, minutes: float) -> None:
    result = play(pooled(skills_each, duration_hours=15, replications=6, seed=2005))
    assert_inside(result, mean_wait_seconds=minutes * 60)
    if skills_each == 6:
        theory = finite_room(90, 84 / 600, 600.0, 30)
        assert_inside(result, mean_wait_seconds=theory.mean_wait_seconds, p_wait=theory.p_wait)
        assert theory_of(result.scenario) is not None


def test_priorities_and_patience_as_ciw_plays_them() -> None:
    """Two kinds of calls on the same six operators, one first, both impatient: no formula, but another simulation."""
    ours = play(_two_kinds())
    for type_id, theirs in _as_ciw_plays_them().items():
        wait, gone = ours.types[type_id]["asa_seconds"], ours.types[type_id]["abandon_rate"]
        assert wait is not None
        assert gone is not None
        assert wait.mean == pytest.approx(theirs[0], rel=0.12)
        assert gone.mean == pytest.approx(theirs[1], rel=0.12)


def test_without_a_closed_form_nothing_is_claimed() -> None:
    scenario = plain(14, 200, 180, duration_hours=1)
    talk = scenario.call_types[0].model_copy(update={"wrap_up": scenario.call_types[0].service})
    assert theory_of(scenario.model_copy(update={"call_types": (talk,)})) is None
    assert theory_of(plain(14, 400, 180, duration_hours=1)) is None  # grows for ever
    assert theory_of(pooled(2, duration_hours=1)) is None


RATE, SERVICE, PATIENCE = 60, 180, 240
"Calls an hour of each kind, seconds."


def _two_kinds() -> Scenario:
    def kind(name: str, priority: int) -> dict[str, Any]:
        return {
            "id": name,
            "arrivals": {"kind": "poisson", "per_hour": RATE},
            "service": {"kind": "exponential", "mean_seconds": SERVICE},
            "patience": {"kind": "exponential", "mean_seconds": PATIENCE},
            "skills": {"zh": 1},
            "priority": priority,
        }

    scenario = {
        "call_types": [kind("first", 100), kind("second", 0)],
        "operators": [{"id": "all", "count": 6, "skills": {"zh": 3}}],
        "warm_up_hours": 1,
        "duration_hours": 60,
        "replications": 3,
    }
    return Scenario.model_validate(scenario, by_alias=True, by_name=False)


def _as_ciw_plays_them() -> dict[str, tuple[float, float]]:
    """Return kind to mean wait of the answered and share that left."""
    names = ("first", "second")
    network = ciw.create_network(
        arrival_distributions={name: [ciw.dists.Exponential(RATE / 3600)] for name in names},
        service_distributions={name: [ciw.dists.Exponential(1 / SERVICE)] for name in names},
        reneging_time_distributions={name: [ciw.dists.Exponential(1 / PATIENCE)] for name in names},
        number_of_servers=[6],
        priority_classes={"first": 0, "second": 1},
    )
    ciw.seed(1)
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(120 * 3600)
    found = {}
    for name in names:
        records = [each for each in simulation.get_all_records() if each.customer_class == name]
        waits = [each.waiting_time for each in records if each.record_type == "service"]
        gone = sum(each.record_type == "renege" for each in records)
        found[name] = statistics.fmean(waits), gone / len(records)
    return found
