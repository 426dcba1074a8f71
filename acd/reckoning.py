"""Moments as seconds since a common zero: what matching counts in."""

from __future__ import annotations

from datetime import datetime, timedelta

from acd.classes import Seat
from acd.matching import RETRY_SECONDS
from acd.routing import WaitingCall, own_need


class Reckoning:
    """The zero is the first moment that is asked about."""

    def __init__(self) -> None:
        self._zero: datetime | None = None

    def seconds(self, at: datetime) -> float:
        """Return how long after the zero a moment is."""
        if self._zero is None:
            self._zero = at
        return (at - self._zero).total_seconds()

    def moment(self, seconds: float) -> datetime:
        """Return the moment so long after the zero; there must be one by now."""
        assert self._zero is not None
        return self._zero + timedelta(seconds=seconds)

    def seat(self, call: WaitingCall, now: datetime) -> Seat:
        """Return what matching knows of a call that begins to wait."""
        clock = self.seconds(call.place_at or call.queued_at)
        entered = self.seconds(call.entered_at or call.queued_at)
        return Seat(
            call.call_id,
            call.queue_id,
            own_need(tuple(call.skills.items()), call.requirement),
            clock,
            priority=call.priority,
            at_head=call.at_head,
            entered=entered,
            tried=call.tried,
            preferred=call.preferred,
            prefer_until=entered + call.prefer_seconds,
            retry_at=self.seconds(now) + RETRY_SECONDS,
        )
