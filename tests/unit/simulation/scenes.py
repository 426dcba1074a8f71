"""Scenarios for the tests, in the words of the file."""

from __future__ import annotations

from typing import Any

from hotline.simulation.scenario import Scenario


def plain(operators: int, per_hour: float, seconds: float, **more: Any) -> Scenario:
    """Return one call type and one group, all times exponential."""
    patience = more.pop("patience", {"kind": "none"})
    return Scenario.model_validate(
        {
            "call_types": [
                {
                    "id": "general",
                    "arrivals": {"kind": "poisson", "per_hour": per_hour},
                    "service": {"kind": "exponential", "mean_seconds": seconds},
                    "patience": patience,
                }
            ],
            "operators": [{"id": "everyone", "count": operators, "skills": {"general": 3}}],
            "service_level_seconds": [15, 20],
            "warm_up_hours": 1,
            **more,
        },
        by_alias=True,
        by_name=False,
    )


def exact(*calls: tuple[float, float], **more: Any) -> Scenario:
    """Return calls at given times that talk for a given time each (all the same), for one operator."""
    kind = {
        "id": "general",
        "arrivals": {"kind": "recorded", "values": [at for at, _ in calls]},
        "service": {"kind": "constant", "seconds": calls[0][1]},
        **more.pop("call_type", {}),
    }
    scenario = {
        "call_types": [kind],
        "operators": [{"id": "all", "count": 1, "skills": {"general": 1}}],
        "duration_hours": 1,
        "replications": 1,
        **more,
    }
    return Scenario.model_validate(scenario, by_alias=True, by_name=False)


def pooled(skills_each: int, **more: Any) -> Scenario:
    """Return Wallace & Whitt's (2005) experiment: 6 types, 90 operators, 15 of them with each type as first skill.

    84 erlangs of 10 minutes, balanced, 30 waiting places. Further skills are spread evenly: each fifth of those with
    one first skill goes on with another.
    """
    names = [f"type_{number}" for number in range(6)]
    types = [
        {
            "id": name,
            "arrivals": {"kind": "poisson", "per_hour": 84},
            "service": {"kind": "exponential", "mean_seconds": 600},
        }
        for name in names
    ]
    groups = []
    for first in range(6):
        for step in range(1, 6):
            others = [names[(first + 1 + (step - 1 + further) % 5) % 6] for further in range(skills_each - 1)]
            skills = {names[first]: 5} | {name: 4 - further // 2 for further, name in enumerate(others)}
            groups.append({"id": f"first_{first}_{step}", "count": 3, "skills": skills})
    policy = {"strategy": "best_skilled"}
    scenario = {"call_types": types, "operators": groups, "waiting_places": 30, "policy": policy, "warm_up_hours": 5}
    return Scenario.model_validate({**scenario, **more}, by_alias=True, by_name=False)
