"""What operators do beside calls: logging in and out, and pauses that last too long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from calls.event_base import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorLoggedIn(Event):
    """An operator works at a phone from now on. Where none is recorded, they work at their own."""

    operator_id: str
    phone: str
    "Name of the phone: op<id> is an operator's own, desk<id> a shared one."
    by: str
    "code, phone (the own phone registered), api, or who gave the command."


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorLoggedOut(Event):
    """An operator works at no phone from now on."""

    operator_id: str
    by: str
    "code, api, displaced (another operator logged in at the phone), phone_gone, or who gave the command."


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseLimitExceeded(Event):
    """An operator's pause lasts longer than its reason allows. Said once for each pause."""

    operator_id: str
    reason: str
    limit_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseWanted(Event):
    """An operator with a call asked for a pause that begins after it, or took that back."""

    operator_id: str
    reason: str
    "Empty: no pause any more."


@dataclass(frozen=True, slots=True, kw_only=True)
class WrapUpExtended(Event):
    """An operator asked for more time for notes."""

    operator_id: str
    until: datetime
