"""Speaks to a caller through an AGI session: whatever is spoken in one go is one file, and one round trip."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from calls.errors import SessionOver
from telephony.agi.session import AgiSession, Recorded
from telephony.prompt_files import PromptFiles

Sounds = Callable[[str, str, Mapping[str, str]], Sequence[str]]
"""Prompt, language and values to the sound files that speak it."""


class AgiVoice:
    """Implements `ivr.ports.Voice`: sounds are files of the prompts folder, one folder for each language."""

    def __init__(self, session: AgiSession, prompts_dir: Path, sounds: Sounds, files: PromptFiles) -> None:
        self._session = session
        self._prompts_dir = prompts_dir
        self._sounds = sounds
        self._files = files

    async def ask(
        self,
        prompts: Sequence[str],
        language: str,
        timeout_seconds: float,
        *,
        max_digits: int = 1,
        barge_in: bool = True,
        values: Mapping[str, str] | None = None,
    ) -> str:
        """Speak the prompts, cut off by a key unless not `barge_in`; return the keys, or "" when none came in time."""
        file = await self.file(prompts, language, values)
        if not barge_in and file:
            await self._session.stream_file(file)
            file = ""
        return await self._hear(file, int(timeout_seconds * 1000), max_digits)

    async def say(
        self,
        prompts: Sequence[str],
        language: str,
        *,
        barge_in: bool = True,
        values: Mapping[str, str] | None = None,
    ) -> None:
        """Speak the prompts to the end; a key cuts them off unless not `barge_in`."""
        file = await self.file(prompts, language, values)
        if file and barge_in:
            await self._hear(file, 1, 1)
        elif file:
            await self._session.stream_file(file)

    async def record(self, path: Path, max_seconds: int, silence_seconds: int) -> Recorded:
        """Record the caller into `<path>.raw`, after a tone."""
        await self._session.stream_file(str(self._files.tone))
        return await self._session.record_file(str(path), max_seconds=max_seconds, silence_seconds=silence_seconds)

    async def file(self, prompts: Sequence[str], language: str, values: Mapping[str, str] | None) -> str:
        """Return the file, without suffix, that speaks the prompts one after another; "" for none."""
        folder = self._prompts_dir / language
        names = [name for prompt in prompts for name in self._sounds(prompt, language, values or {})]
        return await self._files.one([folder / name for name in names])

    async def _hear(self, file: str, timeout_ms: int, max_digits: int) -> str:
        heard = await self._session.get_data([file] if file else [], timeout_ms, max_digits)
        if heard.hung_up:
            raise SessionOver("the caller hung up, or the session ended, while a prompt was spoken")
        # Asterisk takes # for the end of the input: alone and in time it is the key itself
        return heard.digits or ("#" if max_digits == 1 and not heard.timed_out else "")
