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
