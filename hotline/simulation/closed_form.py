"""What theory says of a scenario, where it has a closed form: everybody serves everything, all times exponential."""

from __future__ import annotations

from acd.theory import Steady, erlang_a, erlang_c, finite_room
from hotline.simulation.scenario import CallType, Constant, Exponential, OperatorGroup, Poisson, Scenario, Unlimited
from hotline.simulation.statistics import service_level_name


def theory_of(scenario: Scenario) -> dict[str, float] | None:
    """Return the figures of all calls together by theory; None where the scenario is outside of the formulas."""
    if not _is_plain(scenario):
        return None
    rates = [kind.arrivals.per_hour for kind in scenario.call_types if isinstance(kind.arrivals, Poisson)]
    first = scenario.call_types[0]
    assert isinstance(first.service, Exponential)
    operators = sum(group.count for group in scenario.operators)
    load = operators, sum(rates) / 3600.0, first.service.mean_seconds
    if isinstance(first.patience, Exponential):
        return (
            None
            if scenario.waiting_places is not None
            else named(scenario, erlang_a(*load, first.patience.mean_seconds))
        )
    if scenario.waiting_places is not None:
        return named(scenario, finite_room(*load, scenario.waiting_places))
    return named(scenario, erlang_c(*load)) if load[1] * load[2] < operators else None


def named(scenario: Scenario, steady: Steady) -> dict[str, float]:
    """Return the figures of theory by their names in a simulation."""
    levels = {
        service_level_name(limit): steady.service_level(limit, scenario.short_abandon_seconds)
        for limit in scenario.service_level_seconds
    }
    return {
        "p_wait": steady.p_wait,
        "mean_wait_seconds": steady.mean_wait_seconds,
        "mean_wait_of_delayed_seconds": steady.mean_wait_of_delayed_seconds,
        "abandon_rate": steady.p_abandon * (1.0 - steady.p_blocked),
        "block_rate": steady.p_blocked,
        "occupancy": steady.occupancy,
    } | levels


def _is_plain(scenario: Scenario) -> bool:
    first = scenario.call_types[0]
    alike = all(
        isinstance(kind.arrivals, Poisson)
        and isinstance(kind.service, Exponential)
        and isinstance(kind.patience, Exponential | Unlimited)
        and _is_zero(kind.wrap_up)
        and (kind.service, kind.patience) == (first.service, first.patience)
        and scenario.priority_of(kind) == scenario.priority_of(first)
        for kind in scenario.call_types
    )
    everyone = all(
        _always_serves(scenario, group, kind) for group in scenario.operators for kind in scenario.call_types
    )
    return alike and everyone and _is_zero(scenario.ring) and not any(group.shifts for group in scenario.operators)


def _is_zero(times: object) -> bool:
    return isinstance(times, Constant) and times.seconds == 0.0


def _always_serves(scenario: Scenario, group: OperatorGroup, kind: CallType) -> bool:
    if any(entry.delay_seconds for entry in group.queues or ()) or not scenario.is_served_by(kind, group):
        return False
    return all(needs.fits(group.skills) for needs in scenario.needs_in_steps(kind))
