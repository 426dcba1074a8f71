"""Wake-ups for those who show the board: many events become one wake-up for a reader that is busy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator


class BoardChanges:
    """Tells every subscriber that something changed, never what: they look at the board."""

    def __init__(self) -> None:
        self._subscribers: set[asyncio.Event] = set()

    def notify(self) -> None:
        """Wake every subscriber. Cheap, and from the event loop's thread only."""
        for changed in self._subscribers:
            changed.set()

    async def subscribe(self) -> AsyncGenerator[None, None]:
        """Yield once for each time that something changed since the last look. Close it with `aclosing`."""
        changed = asyncio.Event()
        self._subscribers.add(changed)
        try:
            while True:
                await changed.wait()
                changed.clear()
                yield
        finally:
            self._subscribers.discard(changed)
