"""The expected wait of each call, learned from the journal's facts: handling times by queue, and callers' patience."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from acd.forecast import Outlook, WaitEstimator
from acd.routing import WaitingCall
from calls.events import (
    CallDequeued,
    CallEnded,
    CallQueued,
    Event,
    OperatorAnswered,
    OperatorOffered,
    OperatorState,
    OperatorStateChanged,
)

MAX_CALLS = 20_000
"""Calls that are followed at a time; what is beyond teaches nothing."""

_WITH_A_CALL = (OperatorState.RINGING, OperatorState.TALKING, OperatorState.WRAP_UP)


class ExpectedWaits:
    """Implements `acd.ports.ExpectedWait`. After a restart it is given the old events first."""

    def __init__(self, outlook: Callable[[WaitingCall], Outlook], *, assumed_handle_seconds: float = 180.0) -> None:
        self._outlook = outlook
        self._estimator = WaitEstimator(assumed_handle_seconds)
        self._queued: dict[str, datetime] = {}
        "Calls that wait, and since when."
        self._handling: dict[str, tuple[str, datetime, bool]] = {}
        "By operator: the queue that the call is from, since when it is theirs, whether they talked."

    def expected_seconds(self, call: WaitingCall) -> float | None:
        """Return how long a call will still wait, or would if it joined now; None where nobody present can take it."""
        return self._estimator.expected_seconds(self._outlook(call))

    def apply(self, event: Event) -> None:
        """Learn from one fact."""
        match event:
            case CallQueued():
                if len(self._queued) < MAX_CALLS:
                    self._queued.setdefault(event.call_id, event.at)
            case OperatorOffered():
                self._handling[event.operator_id] = (event.queue_id, event.at, False)
            case OperatorAnswered():
                self._waited(event.call_id, event.at, left=False)
                self._talks(event.operator_id)
            case CallDequeued():
                self._waited(event.call_id, event.at, left=event.reason == "caller_left")
            case CallEnded():
                self._waited(event.call_id, event.at, left=True)
            case OperatorStateChanged() if event.state not in _WITH_A_CALL:
                self._handled(event.operator_id, event.at)

    def _talks(self, operator_id: str) -> None:
        handling = self._handling.get(operator_id)
        if handling is not None:
            self._handling[operator_id] = (handling[0], handling[1], True)

    def _waited(self, call_id: str, at: datetime, *, left: bool) -> None:
        since = self._queued.pop(call_id, None)
        if since is not None:
            self._estimator.waited((at - since).total_seconds(), left=left)

    def _handled(self, operator_id: str, at: datetime) -> None:
        handling = self._handling.pop(operator_id, None)
        if handling is not None and handling[2]:
            self._estimator.handled(handling[0], (at - handling[1]).total_seconds())
