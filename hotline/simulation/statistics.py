"""Figures of one replication, and what replications together say: a mean and its 95 % confidence interval."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from hotline.simulation.tally import TypeTally

_T_975 = (
    12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004, 2.262157, 2.228139,
    2.200985, 2.178813, 2.160369, 2.144787, 2.131450, 2.119905, 2.109816, 2.100922, 2.093024, 2.085963,
)  # fmt: skip
"Student's t, 97.5 %, for 1 to 20 degrees of freedom."

_NORMAL_975 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Interval:
    """What replications say about a figure."""

    mean: float
    low: float | None
    "None with one replication."
    high: float | None
    replications: int

    def holds(self, value: float) -> bool:
        """Return whether the value lies inside."""
        return self.low is not None and self.high is not None and self.low <= value <= self.high


Ratio: TypeAlias = tuple[float, float]
"What a figure divides by what, in one replication: by 1 for a count, by 0 where there was nothing."


def interval(values: Iterable[float]) -> Interval | None:
    """Return the mean and its 95 % confidence interval (Student's t); None where there are no values."""
    return ratio_interval((value, 1.0) for value in values)


def ratio_interval(ratios: Iterable[Ratio]) -> Interval | None:
    """Return the ratio of the sums over the replications and its 95 % interval; None without anything to divide by.

    Not the mean of ratios: a replication in which few wait would count as much as one in which many do. The variance
    is that of the residuals x - r y (ratio estimation: Law, Simulation Modeling and Analysis, 9.5; Cochran 1977).
    """
    known = [(part, whole) for part, whole in ratios if whole > 0.0]
    if not known:
        return None
    count, wholes = len(known), math.fsum(whole for _, whole in known)
    mean = math.fsum(part for part, _ in known) / wholes
    if count == 1:
        return Interval(mean, None, None, 1)
    variance = math.fsum((part - mean * whole) ** 2 for part, whole in known) / (count - 1)
    half = student_t(count - 1) * math.sqrt(variance / count) / (wholes / count)
    return Interval(mean, mean - half, mean + half, count)


def student_t(degrees: int) -> float:
    """Return the 97.5 % point of Student's t (above 20: Abramowitz & Stegun 26.7.5, right to 5 digits)."""
    if degrees <= len(_T_975):
        return _T_975[degrees - 1]
    x, n = _NORMAL_975, float(degrees)
    first = (x**3 + x) / (4 * n)
    second = (5 * x**5 + 16 * x**3 + 3 * x) / (96 * n**2)
    third = (3 * x**7 + 19 * x**5 + 17 * x**3 - 15 * x) / (384 * n**3)
    return x + first + second + third


FORMULAS = {
    "offered": "calls that came in the counted hours",
    "answered": "an operator picked up",
    "abandoned": "the caller hung up before",
    "blocked": "no place to wait",
    "unresolved": "still waiting when the run ended",
    "abandon_rate": "abandoned / offered",
    "block_rate": "blocked / offered",
    "mean_wait_seconds": "sum of waits / (answered + abandoned)",
    "mean_wait_of_delayed_seconds": "sum of waits / those not given to an operator at once",
    "asa_seconds": "sum of waits of answered / answered",
    "p_wait": "not given to an operator at once / (offered - blocked)",
    "occupancy": "operators' ringing, talk and wrap-up for these calls / operators' time present",
    "first_skill_share": "answered by operators whose first skill is the call's topic / answered",
}
"Figure to how it is counted. `service_level_<T>` comes beside them."


def service_level_name(seconds: float) -> str:
    """Return the name of the service level's figure."""
    return f"service_level_{seconds:g}"


def formulas(service_level_seconds: Sequence[float], short_abandon_seconds: float) -> dict[str, str]:
    """Return every figure and how it is counted."""
    levels = {
        service_level_name(limit): (
            f"answered within {limit:g} s / (offered - left within {short_abandon_seconds:g} s)"
        )
        for limit in service_level_seconds
    }
    return FORMULAS | levels


def figures_of(tally: TypeTally, present_seconds: float, service_level_seconds: Sequence[float]) -> dict[str, Ratio]:
    """Return the figures of one replication, as what is divided by what."""
    resolved = tally.answered + tally.abandoned
    figures: dict[str, Ratio] = {
        "offered": (tally.offered, 1.0),
        "answered": (tally.answered, 1.0),
        "abandoned": (tally.abandoned, 1.0),
        "blocked": (tally.blocked, 1.0),
        "unresolved": (tally.unresolved, 1.0),
        "abandon_rate": (tally.abandoned, tally.offered),
        "block_rate": (tally.blocked, tally.offered),
        "mean_wait_seconds": (tally.wait_seconds, resolved),
        "mean_wait_of_delayed_seconds": (tally.wait_seconds, tally.delayed),
        "asa_seconds": (tally.answered_wait_seconds, tally.answered),
        "p_wait": (tally.delayed, tally.offered - tally.blocked),
        "occupancy": (tally.busy_seconds, present_seconds),
        "first_skill_share": (tally.by_first, tally.answered),
    }
    for limit, within in zip(service_level_seconds, tally.within, strict=True):
        figures[service_level_name(limit)] = within, tally.offered - tally.short_abandons
    return figures
