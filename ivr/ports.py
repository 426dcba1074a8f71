"""What the menus need of the telephone line, and of the call's surroundings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ivr.lookup import Answer
from ivr.model import LookUpNode
from ivr.steps import Values


class Voice(Protocol):
    """Speaks to one caller and hears their keys. Every verb raises SessionOver when the session ends."""

    async def ask(
        self,
        prompts: Sequence[str],
        language: str,
        timeout_seconds: float,
        *,
        max_digits: int = 1,
        barge_in: bool = True,
        values: Values | None = None,
    ) -> str:
        """Speak the prompts, cut off by a key unless not `barge_in`; return the keys, or "" when none came in time."""
        ...

    async def say(
        self, prompts: Sequence[str], language: str, *, barge_in: bool = True, values: Values | None = None
    ) -> None:
        """Speak the prompts to the end; a key cuts them off unless not `barge_in`."""
        ...


@dataclass(frozen=True, slots=True)
class TakenMessage:
    """A message that a caller left."""

    recording_id: str
    seconds: float
    hung_up: bool
    "The caller ended it by hanging up."


class Visit(Protocol):
    """What a walk asks of one call's surroundings."""

    def hours(self, hours_id: str | None) -> tuple[str, ...]:
        """Return what is true of these hours now (None: the line's), the strongest first."""
        ...

    async def look_up(self, node: LookUpNode, values: Values) -> Answer:
        """Look something up, within the node's time; never raises but SessionOver."""
        ...

    def call_back(self, number: str, due_at: datetime) -> None:
        """Have this number called back."""
        ...

    async def take_message(self, language: str, max_seconds: int, silence_seconds: int) -> TakenMessage | None:
        """Record what the caller says, after a tone; None when nothing was said."""
        ...
