"""What a simulation plays: call types, operators, how long, how often. Definitions only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from acd.model import Id, Level, Need, OperatorQueue, RoutedQueue, StrategyName
from acd.requirement import Requirement
from acd.routing import PRIORITY_POINT_SECONDS, OperatorRules, QueueEntry, QueueRules
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
    queue: Id | None = Field(default=None, description="Queue in `queues`; one of its own where left out.")
    skills: Mapping[Id, Level] | None = Field(
        default=None,
        description="What an operator must have, with the least level; the type's own id where neither this nor needs"
        " nor queue is written.",
    )
    needs: Need | None = Field(default=None, description="What they must have beside: gas >= 3 and (zh or en).")
    topic: Id | None = Field(
        default=None,
        description="Skill that the calls are about, for first_skill_share; the type's own id where that is a skill,"
        " else every skill that they need.",
    )
    priority: int = Field(default=0, ge=0, le=100, description="Points, added to those of the queue.")

    @property
    def levels(self) -> Mapping[str, int]:
        """Skill to the least level that an operator must have, beside what the queue and `needs` say."""
        if self.skills is not None:
            return self.skills
        return {self.type_id: 1} if self.queue is None and self.needs is None else {}

    @property
    def requirement(self) -> Requirement:
        """All that a call needs beside its queue."""
        levels = Requirement.of_levels(self.levels)
        return levels if self.needs is None else levels & Requirement.parse(self.needs)


class OperatorGroup(_Part):
    """Operators who are all alike."""

    group_id: Id = Field(validation_alias="id", description="Id of the group.")
    count: int = Field(ge=1, le=100_000, description="How many.")
    skills: Mapping[Id, Level] = Field(
        min_length=1, description="Skill to level; the skill that is written first is their first."
    )
    queues: tuple[OperatorQueue, ...] | None = Field(
        default=None, description="The only queues that they serve, as in operators.yaml; all where left out."
    )
    shifts: tuple[TimeSpan, ...] = Field(
        default=(), description='When they work, every day: ["08:00-12:00", "13:00-17:00"]; always where left out.'
    )

    @property
    def first_skill(self) -> str:
        """The skill that is written first."""
        return next(iter(self.skills))

    @property
    def rules(self) -> OperatorRules:
        """What routing goes by."""
        if self.queues is None:
            return OperatorRules(self.skills)
        return OperatorRules(self.skills, {q.queue_id: QueueEntry(q.priority, q.delay_seconds) for q in self.queues})


class Policy(_Part):
    """How calls are given to operators, where their queue does not say."""

    strategy: StrategyName = Field(default="longest_idle", description="Which of several free operators takes a call.")
    priority_point_seconds: float = Field(
        default=PRIORITY_POINT_SECONDS,
        ge=0,
        le=86_400,
        description="Seconds of waiting that a point of priority is worth.",
    )

    missed_in_a_row: int = Field(default=3, ge=1, le=100, description="Misses after which one is not responding.")


class Scenario(_Part):
    """A simulation: what is played, how long and how often."""

    name: str = Field(default="", max_length=200, description="What the scenario is about.")
    call_types: tuple[CallType, ...] = Field(min_length=1, max_length=1000, description="Calls of each kind.")
    operators: tuple[OperatorGroup, ...] = Field(min_length=1, max_length=1000, description="Operators in groups.")
    queues: tuple[RoutedQueue, ...] = Field(
        default=(), max_length=1000, description="Queues in the words of queues.yaml: needs, steps, strategy, priority."
    )
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

    def queue_of(self, kind: CallType) -> str:
        """Return the queue in which calls of a type wait."""
        return kind.type_id if kind.queue is None else kind.queue

    def queue_rules(self) -> dict[str, QueueRules]:
        """Return by which rules each queue's calls find their operators."""
        own = {self.queue_of(kind): QueueRules(strategy=self.policy.strategy) for kind in self.call_types}
        return own | {queue.queue_id: queue.rules() for queue in self.queues}

    def priority_of(self, kind: CallType) -> int:
        """Return the points of a call type with those of its queue."""
        return kind.priority + sum(queue.priority for queue in self.queues if queue.queue_id == kind.queue)

    def needs_in_steps(self, kind: CallType) -> tuple[Requirement, ...]:
        """Return all that a call of this type needs in each step of its queue; one need without steps."""
        rules = self.queue_rules()[self.queue_of(kind)]
        return tuple(rules.need_in(number, kind.requirement) for number in range(max(1, len(rules.steps))))

    def topics_of(self, kind: CallType) -> frozenset[str]:
        """Return the skills of which an operator has one as the first who is at home in these calls."""
        topic = kind.type_id if kind.topic is None else kind.topic
        if any(topic in group.skills for group in self.operators):
            return frozenset({topic})
        return self.needs_in_steps(kind)[0].skills

    def is_served_by(self, kind: CallType, group: OperatorGroup) -> bool:
        """Return whether the operators may get calls of this type, in whatever step."""
        if group.queues is not None and self.queue_of(kind) not in (queue.queue_id for queue in group.queues):
            return False
        return any(needs.fits(group.skills) for needs in self.needs_in_steps(kind))

    @property
    def window(self) -> tuple[float, float]:
        """From when to when calls are counted, seconds after the start of the run."""
        return self.warm_up_hours * 3600.0, (self.warm_up_hours + self.duration_hours) * 3600.0
