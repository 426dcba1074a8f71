"""What the menus need of the telephone line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Voice(Protocol):
    """Speaks to one caller and hears their keys. Every verb raises SessionOver when the session ends."""

    async def ask(self, prompts: Sequence[str], language: str, timeout_seconds: float) -> str:
        """Speak the prompts, cut off by a key; return the key, or "" when none came in time."""
        ...

    async def say(self, prompts: Sequence[str], language: str) -> None:
        """Speak the prompts to the end; a key cuts them off."""
        ...
