"""How long a waiting call will probably wait: from its place, the operators present, handling times and patience.

The rule is the Markovian queue-length predictor with abandonment (QLm of Ibrahim and Whitt, "Real-time delay estimation
in overloaded multiserver queues with abandonments", Management Science 55, 2009): a call with k others before it gets
an operator after k + 1 departures from the queue. While j of those before it still wait, operators end calls at a rate
of s/h (s operators, mean handling time h) and waiting callers leave at a rate of j/p (mean patience p):

    expected wait = Σ (j = 0 … k) 1 / (s/h + j/p)

Without abandonment that is (k + 1)·h/s. For exponential handling times no forecast that knows the present has a smaller
mean squared error: with s operators at load ρ its relative error is √(1 − ρ), 22.4 % at 95 %.

Where operators differ in skill, of each group before the call only the share counts that will be served by operators
who also fit the call; where its needs widen with time, each step is counted with the operators of that step.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

OperatorClass = Hashable
"""Operators alike in every skill."""

REMEMBERED_CALLS = 10_000
"""Calls whose handling times a queue's mean is made of; older ones fade. Fewer would make the forecast tremble."""

PRIOR_CALLS = 5
"""How many calls the assumed handling time counts for, until there are real ones."""

REMEMBERED_WAITS = 20_000
"""Waits that the patience is estimated from; older ones fade."""

SUM_TERMS = 500
"""Terms that are added one by one; more are an integral."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """Calls before this one that need the same as each other."""

    queue_id: str
    calls: int
    operators: Mapping[OperatorClass, int]
    "Operators logged in and not paused who fit them now, by class."


@dataclass(frozen=True, slots=True)
class Reach:
    """The operators who fit the call from now until a step of its queue is over."""

    until_seconds: float
    "From now; infinite for the last step."
    operators: Mapping[OperatorClass, int]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What stands between a waiting call and an operator, now."""

    queue_id: str
    position: int
    "Among all that wait, 1 is next."
    ahead: Sequence[Ahead]
    steps: Sequence[Reach]


@dataclass(slots=True)
class _Mean:
    """A mean in which old values fade."""

    count: int = 0
    value: float = 0.0

    def add(self, value: float) -> None:
        self.count += 1
        self.value += (value - self.value) / min(self.count, REMEMBERED_CALLS)

    def with_prior(self, prior: float) -> float:
        count = min(self.count, REMEMBERED_CALLS)
        return (self.value * count + prior * PRIOR_CALLS) / (count + PRIOR_CALLS)


@dataclass(slots=True)
class WaitEstimator:
    """Learns handling times and patience from calls, and says how long one that waits will wait."""

    assumed_handle_seconds: float = 180.0
    "Handling time where a queue has had few calls yet."
    _handled: dict[str, _Mean] = field(default_factory=dict)
    _waited: float = 0.0
    _left: float = 0.0

    def handled(self, queue_id: str, seconds: float) -> None:
        """Learn how long an operator had a call: ringing, conversation and wrap-up."""
        if seconds > 0:
            self._handled.setdefault(queue_id, _Mean()).add(seconds)

    def waited(self, seconds: float, *, left: bool) -> None:
        """Learn that a call waited so long, and whether its caller left then."""
        fade = 1 - 1 / REMEMBERED_WAITS
        self._waited = self._waited * fade + max(0.0, seconds)
        self._left = self._left * fade + left

    def handle_seconds(self, queue_id: str) -> float:
        """Return the mean handling time of a queue's calls, in seconds."""
        mean = self._handled.get(queue_id)
        return self.assumed_handle_seconds if mean is None else mean.with_prior(self.assumed_handle_seconds)

    @property
    def leaving_rate(self) -> float:
        """Return how often one waiting caller leaves, per second: the reciprocal of the mean patience.

        Callers who were answered would have waited longer, which the maximum-likelihood estimate for exponential
        patience allows for: those who left ÷ the time that all waited (Brown et al., JASA 100, 2005).
        """
        return self._left / self._waited if self._waited > 0 else 0.0

    def expected_seconds(self, outlook: Outlook) -> float | None:
        """Return how long the call will still wait, in seconds; None where nobody present could ever take it."""
        past = 0.0  # departures from the queue that the steps so far bring
        began = 0.0
        leaving = self.leaving_rate
        for step in outlook.steps:
            rate = self._rate(outlook, step.operators)
            before = self._before(outlook, step.operators)
            if rate > 0:
                needed = max(0.0, before - past)
                seconds = wait_behind(needed, rate, leaving)
                if began + seconds <= step.until_seconds or math.isinf(step.until_seconds):
                    return began + seconds
            lasts = max(0.0, step.until_seconds - began)
            past += lasts * (rate + leaving * max(0.0, before - past))
            began = max(began, step.until_seconds)
        return None

    def _rate(self, outlook: Outlook, operators: Mapping[OperatorClass, int]) -> float:
        """Return how many calls these operators end in a second."""
        count = sum(operators.values())
        return count / self._handle_seconds(outlook) if count else 0.0

    def _handle_seconds(self, outlook: Outlook) -> float:
        # what stands before the call is what these operators have in hand too
        calls, seconds = 1, self.handle_seconds(outlook.queue_id)
        for group in outlook.ahead:
            calls += group.calls
            seconds += group.calls * self.handle_seconds(group.queue_id)
        return seconds / calls

    def _before(self, outlook: Outlook, operators: Mapping[OperatorClass, int]) -> float:
        """Return how many of the calls ahead will be served by these operators."""
        before = 0.0
        for group in outlook.ahead:
            everybody = sum(group.operators.values())
            if everybody:
                shared = sum(count for kind, count in group.operators.items() if kind in operators)
                before += group.calls * shared / everybody
        return before


def wait_behind(before: float, rate: float, leaving: float = 0.0) -> float:
    """Return the expected seconds until a call with `before` others before it gets an operator.

    `rate` is how many calls the operators end in a second, `leaving` how often one waiting caller leaves. A broken
    number of others counts its last one in proportion.
    """
    if leaving <= 0:
        return (before + 1) / rate
    whole = int(before)
    rest = before - whole
    terms = min(whole, SUM_TERMS)
    seconds = math.fsum(1 / (rate + j * leaving) for j in range(terms + 1))
    if whole > terms:  # midpoint rule: the sum over j is the integral from half a step before to half a step behind
        low, high = rate + (terms + 0.5) * leaving, rate + (whole + 0.5) * leaving
        seconds += math.log(high / low) / leaving
    return seconds + rest / (rate + (whole + 1) * leaving)
