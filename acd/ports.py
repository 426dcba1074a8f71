"""What waiting needs of others."""

from __future__ import annotations

from typing import Protocol

from acd.routing import WaitingCall


class ExpectedWait(Protocol):
    """Knows how long a waiting call will probably wait."""

    def expected_seconds(self, call: WaitingCall) -> float | None:
        """Return how long the call will still wait, in seconds; None where nothing can be said."""
        ...
