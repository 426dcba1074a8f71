"""Facts about alarms: the connect rate of transfers fell under what a rule wants, or came back."""

from __future__ import annotations

from dataclasses import dataclass

from calls.event_base import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectRateAlarmRaised(Event):
    """The connect rate of the last 24 hours is too low."""

    scope: str
    "A hotline's id, or `*` for all of them together."
    rule: str
    "Which rule: `beijing_90` or `gbt33358_95`."
    connect_rate: float
    answered: int
    rated: int
    "Attempts that the rate divides by."


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectRateAlarmCleared(Event):
    """The alarm is over."""

    scope: str
    rule: str
    reason: str
    "recovered, too_few (hardly any attempt in 24 hours) or removed (the hotline is no longer in the directory)."
    connect_rate: float | None = None
    answered: int = 0
    rated: int = 0
