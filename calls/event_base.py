"""What every fact has: a time, and where it is about a call, that call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A fact. `type` in the journal is the class's name in snake_case."""

    at: datetime
    "When it happened, UTC."


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEvent(Event):
    """A fact about one call."""

    call_id: str
    "Asterisk's linkedid of the caller's first channel; the same for every session and leg of this call."
