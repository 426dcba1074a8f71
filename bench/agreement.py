"""Does the production engine, simulated, agree with theory and with Wallace and Whitt's skill pooling? At full size.

python -m bench.agreement [--scale X] [--plot]; the last line is one JSON object: per case and figure the mean, its 95 %
interval over the replications, and what theory says; `inside` where the interval holds that.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping
from typing import Any

from acd.theory import erlang_a, erlang_c, finite_room
from bench.plots import plot_path
from hotline.charts import Series, draw_lines
from hotline.simulation.closed_form import named
from hotline.simulation.experiment import Result, play
from hotline.simulation.scenario import Scenario

TYPES, OPERATORS, ERLANGS, SERVICE_SECONDS, PLACES = 6, 90, 84.0, 600.0, 30
"Wallace and Whitt 2005, A staffing algorithm for call centers with skill-based routing."

POOLED_MINUTES = {1: 2.44, 2: 0.58, 6: 0.45}
"Skills of each operator to mean wait, as an independent simulation had them; the last is M/M/90/120."


def plain(operators: int, per_hour: float, seconds: float, hours: float, patience: float | None = None) -> Scenario:
    """Return one call type and operators who are all alike."""
    kind: dict[str, Any] = {
        "id": "calls",
        "arrivals": {"kind": "poisson", "per_hour": per_hour},
        "service": {"kind": "exponential", "mean_seconds": seconds},
    }
    if patience is not None:
        kind["patience"] = {"kind": "exponential", "mean_seconds": patience}
    scenario = {
        "call_types": [kind],
        "operators": [{"id": "all", "count": operators, "skills": {"calls": 3}}],
        "warm_up_hours": 3,
        "duration_hours": hours,
        "replications": 20,
        "service_level_seconds": [20],
    }
    return Scenario.model_validate(scenario, by_alias=True, by_name=False)


def pooled(skills_each: int, hours: float) -> Scenario:
    """Return Wallace and Whitt's experiment: 15 operators with each type as first skill.

    The further skills are spread evenly: of those with one first skill each fifth goes on with another type. The later
    a skill, the lower its level.
    """
    names = [f"type_{number}" for number in range(TYPES)]
    kind = {
        "arrivals": {"kind": "poisson", "per_hour": ERLANGS / SERVICE_SECONDS * 3600.0 / TYPES},
        "service": {"kind": "exponential", "mean_seconds": SERVICE_SECONDS},
    }
    groups = []
    for first in range(TYPES):
        for step in range(TYPES - 1):
            others = [names[(first + 1 + (step + further) % 5) % TYPES] for further in range(skills_each - 1)]
            skills = {names[first]: 5} | {name: 4 - further // 2 for further, name in enumerate(others)}
            groups.append({"id": f"first_{first}_{step}", "count": OPERATORS // 30, "skills": skills})
    scenario = {
        "call_types": [{"id": name, **kind} for name in names],
        "operators": groups,
        "policy": {"strategy": "best_skilled"},
        "waiting_places": PLACES,
        "warm_up_hours": 5,
        "duration_hours": hours,
        "replications": 10,
    }
    return Scenario.model_validate(scenario, by_alias=True, by_name=False)


def compared(result: Result, theory: Mapping[str, float]) -> dict[str, Any]:
    """Return each figure beside what theory says of it."""
    rows = {}
    for name, value in theory.items():
        found = result.total[name]
        if found is not None:
            rows[name] = {
                "mean": round(found.mean, 6),
                "low": None if found.low is None else round(found.low, 6),
                "high": None if found.high is None else round(found.high, 6),
                "theory": round(value, 6),
                "inside": found.holds(value),
            }
    return rows


def formulas(scale: float) -> dict[str, Any]:
    """Play what has a formula."""
    small, large = plain(14, 200, 180, 200 * scale), plain(110, 2000, 180, 20 * scale)
    impatient = plain(50, 2880, 60, 10 * scale, patience=120)
    cases = {
        "erlang_c_10_on_14": (small, erlang_c(14, 10 / 180, 180)),
        "erlang_c_100_on_110": (large, erlang_c(110, 100 / 180, 180)),
        "erlang_a_48_on_50": (impatient, erlang_a(50, 0.8, 60, 120)),
    }
    return {name: compared(_played(name, scene), named(scene, steady)) for name, (scene, steady) in cases.items()}


def pooling(scale: float) -> tuple[dict[str, Any], list[Result]]:
    """Play skill pooling with 1 to 6 skills each."""
    results = [_played(f"{skills} skills each", pooled(skills, 60 * scale)) for skills in range(1, TYPES + 1)]
    theory = finite_room(OPERATORS, ERLANGS / SERVICE_SECONDS, SERVICE_SECONDS, PLACES)
    rows: dict[str, Any] = {}
    for skills, result in enumerate(results, 1):
        wait = result.total["mean_wait_seconds"]
        assert wait is not None
        low, high = wait.low, wait.high
        rows[str(skills)] = {
            "mean_wait_minutes": round(wait.mean / 60, 4),
            "low": None if low is None else round(low / 60, 4),
            "high": None if high is None else round(high / 60, 4),
        }
        if skills in POOLED_MINUTES:
            wanted = POOLED_MINUTES[skills]
            rows[str(skills)] |= {"independent": wanted, "inside": wait.holds(wanted * 60)}
    rows["6"]["theory"] = round(theory.mean_wait_seconds / 60, 4)
    return rows, results


def main() -> int:
    """Play all, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="length of the runs, 1 is 3.5 million calls")
    parser.add_argument("--plot", action="store_true", help="draw docs/plots/skill-pooling.svg")
    options = parser.parse_args()
    began = time.process_time()
    found = formulas(options.scale)
    rows, results = pooling(options.scale)
    if options.plot:
        plot(results)
    print(json.dumps({**found, "skill_pooling": rows, "cpu_seconds": round(time.process_time() - began, 1)}))
    return 0


def plot(results: list[Result]) -> None:
    """Draw the mean wait against the skills of each operator."""
    waits = [wait for result in results if (wait := result.total["mean_wait_seconds"]) is not None]
    skills = [float(number) for number in range(1, len(waits) + 1)]
    closed = finite_room(OPERATORS, ERLANGS / SERVICE_SECONDS, SERVICE_SECONDS, PLACES).mean_wait_seconds / 60
    draw_lines(
        plot_path("skill-pooling"),
        f"{TYPES} call types, {OPERATORS} operators, {ERLANGS:g} erlangs, {PLACES} waiting places",
        "skills of each operator",
        "mean wait, min",
        [
            Series(
                "simulation with the real rules, 95 % interval",
                skills,
                [wait.mean / 60 for wait in waits],
                low=[(wait.mean if wait.low is None else wait.low) / 60 for wait in waits],
                high=[(wait.mean if wait.high is None else wait.high) / 60 for wait in waits],
                marker="o",
            )
        ],
        marks={"everybody can do everything: M/M/90/120": closed},
        whole_x=True,
    )


def _played(name: str, scenario: Scenario) -> Result:
    result = play(scenario)
    print(f"{name}: {result.calls:,} calls, {result.seconds:.0f} s", file=sys.stderr)
    return result


if __name__ == "__main__":
    sys.exit(main())
