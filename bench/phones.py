"""All operators' phones as one SIPp process."""

from __future__ import annotations

from pathlib import Path

from hotline.actors.ports import LOOPBACK
from hotline.actors.processes import ActorError
from hotline.actors.sipp import SippProcess
from hotline.actors.sounds import write_tone_alaw
from hotline.actors.tally import CallFate, call_fates
from hotline.actors.target_scenario import Answers, write_target_scenario

LIFETIME_SECONDS = 3600.0
_ANY = "ANYNUMBER"


class PhoneProcess:
    """Phones at fixed addresses, played by one SIPp process from one scenario."""

    def __init__(self, *, folder: Path, voice_hz: int) -> None:
        self._folder = folder
        self._voice_hz = voice_hz
        self._sipp: SippProcess | None = None

    @property
    def address(self) -> str:
        """Host and port of all of them."""
        if self._sipp is None:
            raise ActorError("the phones have not been started")
        return f"{LOOPBACK}:{self._sipp.port}"

    async def start(self) -> None:
        """Switch them on; return when they can be called."""
        self._folder.mkdir(parents=True)
        voice = write_tone_alaw(self._folder / "voice.alaw", self._voice_hz)
        scenario = self._folder / "scenario.xml"
        scenario.write_text(self._scenario(voice), encoding="utf-8")
        self._sipp = await SippProcess.start(scenario, [], name="phones", deadline_seconds=LIFETIME_SECONDS)
        await self._sipp.listening()

    def calls(self) -> list[CallFate]:
        """Return every call so far."""
        return list(call_fates(self._sipp.messages(), caller_side=False).values()) if self._sipp else []

    async def stop(self) -> None:
        """Switch them off."""
        if self._sipp is not None:
            await self._sipp.stop()

    def _scenario(self, voice: Path) -> str:
        """Return what they do, with this file as their voice."""
        raise NotImplementedError


class Phones(PhoneProcess):
    """Phones that ring, answer, talk and hang up by themselves."""

    def __init__(self, habit: Answers, *, folder: Path, voice_hz: int) -> None:
        super().__init__(folder=folder, voice_hz=voice_hz)
        self._habit = habit

    def _scenario(self, voice: Path) -> str:
        scenario = write_target_scenario({_ANY: self._habit}, self._folder / "scenario.xml", voice)
        # a block for each of 200 numbers is more than SIPp reads
        return scenario.read_text(encoding="utf-8").replace(_ANY, "[0-9]+")
