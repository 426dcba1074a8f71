"""Speaks to a caller through an AGI session."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from calls.errors import SessionOver
from telephony.agi.session import AgiSession


class AgiVoice:
    """Implements `ivr.ports.Voice`: prompts are files of the prompts folder, one folder for each language."""

    def __init__(self, session: AgiSession, prompts_dir: Path) -> None:
        self._session = session
        self._prompts_dir = prompts_dir

    async def ask(self, prompts: Sequence[str], language: str, timeout_seconds: float) -> str:
        """Speak the prompts, cut off by a key; return the key, or "" when none came in time."""
        return await self._ask(prompts, language, int(timeout_seconds * 1000))

    async def say(self, prompts: Sequence[str], language: str) -> None:
        """Speak the prompts; a key cuts them off."""
        await self._ask(prompts, language, 1)

    async def _ask(self, prompts: Sequence[str], language: str, timeout_ms: int) -> str:
        files = [str(self._prompts_dir / language / prompt) for prompt in prompts]
        heard = await self._session.get_data(files, timeout_ms, 1)
        if heard.hung_up:
            raise SessionOver("the caller hung up, or the session ended, while a prompt was spoken")
        return heard.digits
