"""A simulation's result as JSON and as a table, each figure with its formula beside it."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from hotline.simulation.closed_form import theory_of
from hotline.simulation.experiment import Figures, Result
from hotline.simulation.statistics import Interval, formulas

COUNTS = ("offered", "answered", "abandoned", "blocked", "unresolved")
ONLY_IN_TOTAL = ("unresolved", "abandon_rate", "block_rate", "asa_seconds", "mean_wait_of_delayed_seconds")
"Figures that the table of call types has no room for; the JSON has them."

RATES = ("abandon_rate", "block_rate", "p_wait", "occupancy", "first_skill_share")


def as_json(result: Result) -> dict[str, Any]:
    """Return the whole result for machines; every figure is mean, low and high (95 %) over the replications."""
    scenario = result.scenario
    return {
        "scenario": scenario.name,
        "seed": scenario.seed,
        "replications": scenario.replications,
        "warm_up_hours": scenario.warm_up_hours,
        "duration_hours": scenario.duration_hours,
        "calls": result.calls,
        "seconds": round(result.seconds, 3),
        "calls_per_second": round(result.calls / result.seconds) if result.seconds else None,
        "confidence": 0.95,
        "total": _plain(result.total),
        "types": {type_id: _plain(figures) for type_id, figures in result.types.items()},
        "operators": {group_id: _plain(figures) for group_id, figures in result.groups.items()},
        "theory": theory_of(scenario),
        "formulas": formulas(scenario.service_level_seconds, scenario.short_abandon_seconds),
    }


def tables(result: Result) -> list[Table]:
    """Return the tables: all calls with formulas (and theory), each type, the operators."""
    made = [_total(result)]
    if len(result.types) > 1:
        made.append(_by_type(result))
    made.append(_operators(result))
    return made


def _plain(figures: Figures) -> dict[str, Any]:
    return {name: None if each is None else _interval(each) for name, each in figures.items()}


def _interval(each: Interval) -> dict[str, float | None]:
    return {"mean": each.mean, "low": each.low, "high": each.high}


def _total(result: Result) -> Table:
    scenario, theory = result.scenario, theory_of(result.scenario)
    words = formulas(scenario.service_level_seconds, scenario.short_abandon_seconds)
    table = Table(title=f"{scenario.name or 'All calls'}: {scenario.replications} × {scenario.duration_hours:g} h")
    table.add_column("figure")
    table.add_column("mean", justify="right")
    table.add_column("95 % interval", justify="right")
    if theory is not None:
        table.add_column("theory", justify="right")
    table.add_column("formula")
    for name, each in result.total.items():
        beside = [] if theory is None else [_shown(name, theory.get(name))]
        mean = None if each is None else each.mean
        table.add_row(_label(name), _shown(name, mean), _bounds(name, each), *beside, words[name])
    return table


def _by_type(result: Result) -> Table:
    names = [name for name in result.total if name not in ONLY_IN_TOTAL]
    table = Table(*["call type", *(_label(name) for name in names)], title="Each call type: mean, then 95 % interval")
    for type_id, figures in result.types.items():
        table.add_row(type_id, *(_cell(name, figures[name]) for name in names))
    return table


def _operators(result: Result) -> Table:
    table = Table(
        "operators",
        "how many",
        "occupancy",
        "95 % interval",
        title="Operators: ringing, talk and wrap-up / time present",
    )
    for group in result.scenario.operators:
        each = result.groups[group.group_id]["occupancy"]
        mean = None if each is None else each.mean
        table.add_row(group.group_id, f"{group.count:,}", _shown("occupancy", mean), _bounds("occupancy", each))
    return table


def _cell(name: str, each: Interval | None) -> str:
    return "—" if each is None else f"{_shown(name, each.mean)}\n{_bounds(name, each)}"


def _bounds(name: str, each: Interval | None) -> str:
    if each is None or each.low is None or each.high is None:
        return "—"
    return f"{_shown(name, each.low, bare=True)} … {_shown(name, each.high)}"


def _label(name: str) -> str:
    words = name.removesuffix("_seconds").replace("_", " ")
    return f"{words} s" if name.startswith("service_level") else words


def _shown(name: str, value: float | None, bare: bool = False) -> str:
    if value is None:
        return "—"
    if name in COUNTS:
        return f"{value:,.0f}"
    if name in RATES or name.startswith("service_level"):
        return f"{value * 100:.2f}{'' if bare else ' %'}"
    return f"{value:.2f}{'' if bare else ' s'}"
