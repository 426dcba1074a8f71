"""Facts of a call's wait in a queue."""

from __future__ import annotations

from dataclasses import dataclass

from calls.event_base import CallEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitForecast(CallEvent):
    """What was expected of a call's wait at this moment: when it was queued, and each time the caller was told."""

    queue_id: str
    position: int
    "The call's place, 1 is next."
    expected_seconds: float | None = None
    "How long it would still wait for an operator; None where nothing can be said."
    told: bool = False
    "Whether it was spoken to the caller."
