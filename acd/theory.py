"""What queueing theory says about a call queue: Erlang B, C and A, and a finite waiting room. Pure.

Poisson arrivals, exponential service, one kind of call, operators who are all alike, first come first served. Loads are
in erlangs (calls a second × seconds of service); `mu` is what one operator serves in a second.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

_LOG_1E200 = 200.0 * math.log(10.0)


@dataclass(frozen=True, slots=True)
class Steady:
    """The figures of a queue in its steady state. Blocked calls count in `p_blocked` only."""

    p_wait: float
    "Share of the calls let in that are not answered at once."
    mean_wait_seconds: float
    "Mean wait of every call let in, whether it is answered or leaves."
    p_abandon: float
    "Share of the calls let in that leave before they are answered."
    p_blocked: float
    "Share of all calls that find no place to wait."
    occupancy: float
    "Share of their time that operators are busy."
    _late: Callable[[float], float]
    _gone: Callable[[float], float]

    @property
    def mean_wait_of_delayed_seconds(self) -> float:
        """Mean wait of those who wait at all."""
        return self.mean_wait_seconds / self.p_wait if self.p_wait else 0.0

    def answered_within(self, seconds: float) -> float:
        """Return the share of the calls let in that are answered within so many seconds."""
        return 1.0 - self._late(seconds)

    def abandoned_within(self, seconds: float) -> float:
        """Return the share of the calls let in that leave within so many seconds."""
        return self._gone(seconds)

    def service_level(self, seconds: float, short_abandon_seconds: float = 0.0) -> float:
        """Return answered within `seconds` ÷ (offered − short abandons); blocked calls are offered too."""
        let_in = 1.0 - self.p_blocked
        counted = 1.0 - let_in * self.abandoned_within(short_abandon_seconds)
        return let_in * self.answered_within(seconds) / counted if counted else 1.0


def erlang_b(operators: int, erlangs: float) -> float:
    """Return the share of calls lost where nobody can wait (M/M/s/s).

    Source: A. K. Erlang 1917; recursion B(0) = 1, B(n) = a B(n-1) / (n + a B(n-1)), as in ITU-T E.501 / Jagerman 1974.
    """
    blocking = 1.0
    for servers in range(1, operators + 1):
        blocking = erlangs * blocking / (servers + erlangs * blocking)
    return blocking


def erlang_c(operators: int, calls_per_second: float, service_seconds: float) -> Steady:
    """Return the figures where everybody waits as long as it takes (M/M/s); ValueError where the queue would grow.

    Source: Erlang 1917; Gross & Harris, Fundamentals of Queueing Theory, 2.3: C = B / (1 - rho (1 - B)),
    P(W > t) = C exp(-(s mu - lambda) t), E[W] = C / (s mu - lambda).
    """
    erlangs = calls_per_second * service_seconds
    if erlangs >= operators:
        raise ValueError(f"{operators} operators can't carry {erlangs:g} erlangs: the queue would grow for ever")
    rho, blocking = erlangs / operators, erlang_b(operators, erlangs)
    delayed = blocking / (1.0 - rho * (1.0 - blocking))
    spare = operators / service_seconds - calls_per_second
    return Steady(
        p_wait=delayed,
        mean_wait_seconds=delayed / spare,
        p_abandon=0.0,
        p_blocked=0.0,
        occupancy=rho,
        _late=lambda seconds: delayed * math.exp(-spare * seconds),
        _gone=lambda seconds: 0.0,
    )


def erlang_a(operators: int, calls_per_second: float, service_seconds: float, patience_seconds: float) -> Steady:
    """Return the figures where callers leave after an exponential patience (M/M/s+M).

    Source: Palm 1957; Garnett, Mandelbaum & Reiman 2002, Designing a Call Center with Impatient Customers: the birth
    and death process with death rate s mu + j theta while j callers wait; E[W] = E[Q] / lambda, P(abandon) =
    theta E[W]. The wait's distribution: Mandelbaum & Zeltyn 2007, the offered wait's density lambda P(all but one busy)
    exp(lambda (1 - exp(-theta x)) / theta - s mu x), integrated by Simpson's rule.
    """
    rate, theta, capacity = calls_per_second, 1.0 / patience_seconds, operators / service_seconds
    blocking = erlang_b(operators, rate * service_seconds)
    nobody, log_nobody, weight, weights, waiting, number = 1.0, 0.0, 1.0, 0.0, 0.0, 0
    while weight > 1e-17 * (nobody + weights) or rate > capacity + number * theta:
        number += 1
        weight *= rate / (capacity + number * theta)
        weights += weight
        waiting += number * weight
        if weights > 1e200:  # far too few operators: a float holds no more
            nobody, weight, weights, waiting = (each * 1e-200 for each in (nobody, weight, weights, waiting))
            log_nobody -= _LOG_1E200
    total = nobody + blocking * weights  # the states in which nobody waits are 1 / blocking of the last of them
    mean_wait = blocking * waiting / total / rate
    log_all_busy = math.log(blocking) + log_nobody - math.log(total) if blocking else -math.inf

    def density(x: float) -> float:
        # rate of the offered wait at x: capacity x P(all busy, nobody waits) at 0, less as time and impatience thin it
        return capacity * math.exp(log_all_busy - rate * math.expm1(-theta * x) / theta - capacity * x)

    def answered_in(seconds: float) -> float:
        return _integral(lambda x: density(x) * math.exp(-theta * x), seconds)

    p_wait, p_abandon = blocking * (nobody + weights) / total, theta * mean_wait

    def gone(seconds: float) -> float:
        """Return P(patience <= seconds and patience < offered wait), by parts."""
        before = _integral(lambda x: density(x) * -math.expm1(-theta * x), seconds)
        beyond = p_wait - _integral(density, seconds)
        return before + max(0.0, beyond) * -math.expm1(-theta * seconds)

    return Steady(
        p_wait=p_wait,
        mean_wait_seconds=mean_wait,
        p_abandon=p_abandon,
        p_blocked=0.0,
        occupancy=rate * (1.0 - p_abandon) / capacity,
        _late=lambda seconds: max(0.0, p_wait - answered_in(seconds)),
        _gone=gone,
    )


def finite_room(operators: int, calls_per_second: float, service_seconds: float, waiting_places: int) -> Steady:
    """Return the figures where only so many can wait and the next is turned away (M/M/s/K, K = s + waiting places).

    Source: Gross & Harris, Fundamentals of Queueing Theory, 2.4. A call that is let in while j wait is answered after
    j + 1 completions, so its wait is Erlang(j + 1, s mu).
    """
    capacity = operators / service_seconds
    rho, blocking = calls_per_second / capacity, erlang_b(operators, calls_per_second * service_seconds)
    weights = [blocking * rho**waiting for waiting in range(waiting_places + 1)]
    total = 1.0 + sum(weights[1:])
    full = weights[-1] / total
    let_in = 1.0 - full
    found = [weight / total / let_in for weight in weights[:-1]]
    in_room = sum(number * weight for number, weight in enumerate(weights)) / total

    def late(seconds: float) -> float:
        mean = capacity * seconds
        term, fewer, share = math.exp(-mean), 0.0, 0.0
        for number, probability in enumerate(found):
            fewer += term  # P(at most `number` completions so far)
            share += probability * fewer
            term *= mean / (number + 1)
        return share

    return Steady(
        p_wait=sum(found),
        mean_wait_seconds=in_room / (calls_per_second * let_in),
        p_abandon=0.0,
        p_blocked=full,
        occupancy=rho * let_in,
        _late=late,
        _gone=lambda seconds: 0.0,
    )


def _integral(function: Callable[[float], float], until: float, steps: int = 2000) -> float:
    """Return the integral from 0 by Simpson's rule; `steps` is even."""
    if until <= 0.0:
        return 0.0
    width = until / steps
    inner = sum((4 if index % 2 else 2) * function(index * width) for index in range(1, steps))
    return (function(0.0) + inner + function(until)) * width / 3.0
