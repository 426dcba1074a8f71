"""What a simulation plays: call types, operators, how long, how often. Definitions only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from acd.model import Id, Level
from ivr.types import TimeSpan

DAY_SECONDS = 86_400
DATA_FILE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\.csv$"

Seconds = Annotated[float, Field(gt=0, le=366 * DAY_SECONDS)]
DataFile = Annotated[str, StringConstraints(pattern=DATA_FILE_PATTERN)]
Column = Annotated[str, StringConstraints(min_length=1, max_length=80)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_by_name=True)


class _Recorded(_Part):
    kind: Literal["recorded"] = "recorded"
    file: DataFile | None = Field(
        default=None, description="CSV file beside the scenario; its first line names columns."
    )
    column: Column = Field(default="seconds", description="Column of the file.")
    values: tuple[float, ...] = Field(default=(), description="The values themselves, in place of a file.")


# arrivals


class Poisson(_Part):
    """Calls that know nothing of each other, at one rate."""

    kind: Literal["poisson"] = "poisson"
    per_hour: float = Field(gt=0, le=10_000_000, description="Calls an hour.")


class Period(_Part):
    """A part of the day with its own rate."""

    hours: TimeSpan = Field(description='From and to: "08:00-10:00".')
    per_hour: float = Field(ge=0, le=10_000_000, description="Calls an hour.")


class PoissonByPeriod(_Part):
    """Calls that know nothing of each other, at a rate for each part of the day; none outside of the parts."""

    kind: Literal["poisson_by_period"] = "poisson_by_period"
    periods: tuple[Period, ...] = Field(min_length=1, description="Parts of the day; the first that fits counts.")


class RecordedArrivals(_Recorded):
    """Calls at recorded times, the same in every replication: seconds after the start of the run, in any order."""


Arrivals: TypeAlias = Annotated[Poisson | PoissonByPeriod | RecordedArrivals, Field(discriminator="kind")]


# times


class Exponential(_Part):
    """Exponential times, as in Erlang's formulas."""

    kind: Literal["exponential"] = "exponential"
    mean_seconds: Seconds = Field(description="Mean in seconds.")


class Lognormal(_Part):
    """Lognormal times: what handling times of real call centres look like (Brown et al. 2005)."""

    kind: Literal["lognormal"] = "lognormal"
    mean_seconds: Seconds = Field(description="Mean in seconds (of the times, not of their logarithms).")
    sd_seconds: Seconds = Field(description="Standard deviation in seconds.")


class Constant(_Part):
    """The same time always."""

    kind: Literal["constant"] = "constant"
    seconds: float = Field(ge=0, le=366 * DAY_SECONDS, description="Seconds.")


class RecordedTimes(_Recorded):
    """Times drawn from recorded ones, with replacement."""


class Unlimited(_Part):
    """Without end: everybody waits as long as it takes."""

    kind: Literal["none"] = "none"


Times: TypeAlias = Annotated[Exponential | Lognormal | Constant | RecordedTimes, Field(discriminator="kind")]
Patience: TypeAlias = Annotated[
    Exponential | Lognormal | Constant | RecordedTimes | Unlimited, Field(discriminator="kind")
]


# the scenario


class CallType(_Part):
    """Calls of one kind."""

    type_id: Id = Field(validation_alias="id", description="Id of the call type.")
    arrivals: Arrivals = Field(description="When calls come.")
    service: Times = Field(description="How long operator and caller talk.")
    patience: Patience = Field(default=Unlimited(), description="How long callers wait before they hang up.")
    wrap_up: Times = Field(default=Constant(seconds=0.0), description="Notes after the call.")
    skills: Mapping[Id, Level] | None = Field(
        default=None, description="What an operator must have, with the least level; the type's own id where left out."
    )
    priority: int = Field(default=0, ge=0, le=100, description="Calls of the higher priority are served first.")

    @property
    def needs(self) -> Mapping[str, int]:
        """Skill to the least level that an operator must have."""
        return {self.type_id: 1} if self.skills is None else self.skills


class OperatorGroup(_Part):
    """Operators who are all alike."""

    group_id: Id = Field(validation_alias="id", description="Id of the group.")
    count: int = Field(ge=1, le=100_000, description="How many.")
    skills: Mapping[Id, Level] = Field(
        min_length=1, description="Skill to level; the skill that is written first is their first."
    )
    shifts: tuple[TimeSpan, ...] = Field(
        default=(), description='When they work, every day: ["08:00-12:00", "13:00-17:00"]; always where left out.'
    )

    @property
    def first_skill(self) -> str:
        """The skill that is written first."""
        return next(iter(self.skills))


class Policy(_Part):
    """How calls are given to operators."""

    missed_in_a_row: int = Field(default=3, ge=1, le=100, description="Misses after which one is not responding.")


class Scenario(_Part):
    """A simulation: what is played, how long and how often."""

    name: str = Field(default="", max_length=200, description="What the scenario is about.")
    call_types: tuple[CallType, ...] = Field(min_length=1, max_length=1000, description="Calls of each kind.")
    operators: tuple[OperatorGroup, ...] = Field(min_length=1, max_length=1000, description="Operators in groups.")
    policy: Policy = Field(default=Policy(), description="How calls are given to operators.")
    waiting_places: int | None = Field(
        default=None, ge=0, le=10_000_000, description="Calls that may wait at once; any number where left out."
    )
    ring: Times = Field(default=Constant(seconds=0.0), description="How long phones ring before they are picked up.")
    start_hour: float = Field(default=0.0, ge=0, lt=24, description="Time of day at which the run begins.")
    warm_up_hours: float = Field(default=0.0, ge=0, le=8784, description="Hours before anything is counted.")
    duration_hours: float = Field(gt=0, le=8784, description="Hours that are counted, after the warm-up.")
    cool_down_hours: float = Field(
        default=1.0, ge=0, le=8784, description="Hours at most that calls go on so that counted ones come to an end."
    )
    replications: int = Field(default=10, ge=1, le=10_000, description="Runs with different chance.")
    seed: int = Field(default=1, ge=0, description="Where chance begins: the same seed, the same figures.")
    service_level_seconds: tuple[Seconds, ...] = Field(
        default=(15.0,), min_length=1, max_length=8, description="Times for the service level."
    )
    short_abandon_seconds: float = Field(
        default=5.0, ge=0, description="A caller who leaves within this is a short abandon."
    )

    @property
    def window(self) -> tuple[float, float]:
        """From when to when calls are counted, seconds after the start of the run."""
        return self.warm_up_hours * 3600.0, (self.warm_up_hours + self.duration_hours) * 3600.0
