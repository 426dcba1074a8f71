"""Alarms of the connect rate, with hysteresis. Pure: the figures and the time are parameters.

What the rate counts is in `calls.connect_rate`. Here is when a low one becomes an alarm, and when it is one no more:
raised under a rule's limit, cleared a step above it, so that a rate at the limit does not ring the bell all day.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from calls.alarm_events import ConnectRateAlarmCleared, ConnectRateAlarmRaised

ALL = "*"
"""The scope of all hotlines together."""

RECOVERED, TOO_FEW, REMOVED = "recovered", "too_few", "removed"
"""Why an alarm is over."""

LEAST_ATTEMPTS = 20
"""Attempts in 24 hours that an alarm is raised on; one of two calls that fails says nothing of a hotline."""
KEPT_ATTEMPTS = 10
"""With fewer than these an alarm that was raised is cleared."""

Alarm = ConnectRateAlarmRaised | ConnectRateAlarmCleared


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """What a rule wants of the connect rate of 24 hours."""

    rule_id: str
    raise_under: float
    clear_from: float


RULES = (AlarmRule("beijing_90", 0.90, 0.91), AlarmRule("gbt33358_95", 0.95, 0.96))
"""Beijing 2020: more than 90 % get through. GB/T 33358-2016: at least 95 % in any 24 hours."""


@dataclass(frozen=True, slots=True)
class Rate:
    """The figures of a hotline, or of all, over the last 24 hours."""

    scope: str
    answered: int
    rated: int

    @property
    def value(self) -> float | None:
        """The connect rate."""
        return self.answered / self.rated if self.rated else None


class RateAlarms:
    """Which alarms are raised. Every look at the figures says what changed."""

    def __init__(self, raised: Iterable[tuple[str, str]] = ()) -> None:
        """`raised` holds scope and rule of alarms that were raised before."""
        self.raised: set[tuple[str, str]] = set(raised)

    def look(self, rates: Iterable[Rate], now: datetime) -> list[Alarm]:
        """Compare the figures of every scope there is with the rules; return what is raised or cleared by them."""
        found: list[Alarm] = []
        seen = set()
        for rate in rates:
            seen.add(rate.scope)
            for rule in RULES:
                alarm = self._judge(rate, rule, now)
                if alarm is not None:
                    found.append(alarm)
        for scope, rule_id in sorted(self.raised):
            if scope not in seen:
                found.append(ConnectRateAlarmCleared(at=now, scope=scope, rule=rule_id, reason=REMOVED))
        for alarm in found:
            key = (alarm.scope, alarm.rule)
            if isinstance(alarm, ConnectRateAlarmRaised):
                self.raised.add(key)
            else:
                self.raised.discard(key)
        return found

    def _judge(self, rate: Rate, rule: AlarmRule, now: datetime) -> Alarm | None:
        value = rate.value
        if (rate.scope, rule.rule_id) not in self.raised:
            if value is None or rate.rated < LEAST_ATTEMPTS or value >= rule.raise_under:
                return None
            return ConnectRateAlarmRaised(
                at=now,
                scope=rate.scope,
                rule=rule.rule_id,
                connect_rate=round(value, 6),
                answered=rate.answered,
                rated=rate.rated,
            )
        if value is None or rate.rated < KEPT_ATTEMPTS:
            reason = TOO_FEW
        elif value >= rule.clear_from:
            reason = RECOVERED
        else:
            return None
        return ConnectRateAlarmCleared(
            at=now,
            scope=rate.scope,
            rule=rule.rule_id,
            reason=reason,
            connect_rate=None if value is None else round(value, 6),
            answered=rate.answered,
            rated=rate.rated,
        )
