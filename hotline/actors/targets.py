"""The far side of a trunk: public-service hotlines that answer, are busy, or let it ring, by the number dialled."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

from hotline.actors.ears import Ear
from hotline.actors.ports import LOOPBACK
from hotline.actors.processes import ActorError
from hotline.actors.sipp import SippProcess
from hotline.actors.sounds import write_tone_alaw
from hotline.actors.tally import CallFate, call_fates
from hotline.actors.target_scenario import Answers, Behaviour, write_target_scenario

LIFETIME_SECONDS = 3600.0
"How long a target may live at most, if nobody stops it."


class HotlineTarget:
    """One process that takes many calls, each as the number dialled wants it."""

    def __init__(
        self,
        numbers: Mapping[str, Behaviour],
        *,
        folder: Path,
        port: int | None = None,
        voice_hz: int = 1000,
        lifetime_seconds: float = LIFETIME_SECONDS,
        listens: bool = False,
    ) -> None:
        """Prepare a trunk's far side; numbers that are not listed get 404, OPTIONS gets 200.

        With `listens`, each number that answers has an ear of its own.
        """
        answering = [number for number, habit in numbers.items() if listens and isinstance(habit, Answers)]
        self.ears = {number: Ear() for number in answering}
        "By number: what was heard there."
        self._numbers = dict(numbers)
        self._folder = folder
        self._port = port
        self._voice_hz = voice_hz
        self._lifetime_seconds = lifetime_seconds
        self._sipp: SippProcess | None = None
        self._open = AsyncExitStack()

    @property
    def address(self) -> str:
        """Host and port that calls are to be sent to."""
        if self._sipp is None:
            raise ActorError("the target has not been started")
        return f"{LOOPBACK}:{self._sipp.port}"

    async def start(self) -> None:
        """Begin to take calls; return when the SIP port is open."""
        folder = self._folder.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        voice = write_tone_alaw(folder / "voice.alaw", self._voice_hz)
        for ear in self.ears.values():
            await self._open.enter_async_context(ear)
        ports = {number: ear.port for number, ear in self.ears.items()}
        scenario = write_target_scenario(self._numbers, folder / "scenario.xml", voice, ports)
        self._sipp = await SippProcess.start(
            scenario, [], name="hotline target", deadline_seconds=self._lifetime_seconds, port=self._port
        )
        await self._sipp.listening()

    def calls(self) -> list[CallFate]:
        """Return every call so far, in the order of arrival."""
        return list(call_fates(self._sipp.messages(), caller_side=False).values()) if self._sipp else []

    def calls_to(self, number: str) -> list[CallFate]:
        """Return the calls so far to one number."""
        return [fate for fate in self.calls() if fate.dialled == number]

    async def stop(self) -> None:
        """End the process; calls that still stand get a BYE."""
        if self._sipp is not None:
            await self._sipp.stop()
        await self._open.aclose()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.stop()
