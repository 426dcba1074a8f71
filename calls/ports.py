"""Small things that every part is given: the clock and the place where facts go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from calls.events import Event

Clock = Callable[[], datetime]
"""Returns the time now, UTC."""

Record = Callable[[Event], None]
"""Takes a fact into the journal; never blocks."""
