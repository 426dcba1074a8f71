"""Citizens who call: one SIPp process for one call, or one for a crowd with the same script."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hotline.actors.ears import Ear
from hotline.actors.processes import ActorError
from hotline.actors.scenario import ScenarioWriter
from hotline.actors.scripts import CitizenScript
from hotline.actors.sipp import SippProcess, may_send_raw_packets
from hotline.actors.tally import CallFate, EndedBy, call_fates

_POLL_SECONDS = 0.02
CUE_SECONDS = 10.0
"How long a cue may wait for the script to come to it."


@dataclass(frozen=True, slots=True)
class CitizenResult:
    """One citizen's call, as SIP saw it from the citizen's side."""

    answered_200: bool
    "The line picked up; says nothing about whether a person answered."

    ended_by: EndedBy | None
    "Who sent BYE or CANCEL or refused; None when the call never ended properly."

    sip_status: int | None
    "Final status of the INVITE; None when none came."

    call_id: str
    "SIP Call-ID."

    exit_code: int
    "SIPp's: 0 when the script was played to an end it knows, 1 when nobody responded, negative when it was killed."

    started_at: datetime
    ended_at: datetime

    timeline: tuple[tuple[datetime, str], ...]
    "What `Citizen.timeline` returns at the end."


class Citizen:
    """One person placing one call."""

    def __init__(
        self,
        script: CitizenScript,
        *,
        target: str,
        dialled: str,
        folder: Path,
        raw_packets: bool | None = None,
        ear: Ear | None = None,
    ) -> None:
        """Prepare a call to `dialled` at `target` (host:port); this citizen's files go to `folder`.

        With an `ear` the far end is asked to send its voice there.
        """
        self._ear = ear
        self.script = script
        self.call_id = uuid.uuid4().hex
        self._target = target
        self._dialled = dialled
        self._folder = folder
        self._raw_packets = may_send_raw_packets() if raw_packets is None else raw_packets
        self._sipp: SippProcess | None = None
        self._started_at: datetime | None = None
        self._cues = 0

    async def start(self) -> None:
        """Dial."""
        self._folder.mkdir(parents=True, exist_ok=True)
        writer = ScenarioWriter(
            self.script,
            self._dialled,
            self._folder.resolve(),
            raw_packets=self._raw_packets,
            ear_port=self._ear.port if self._ear else None,
        )
        arguments = [self._target, "-s", self._dialled, "-m", "1", "-cid_str", self.call_id]
        arguments += ["-max_invite_retrans", str(self.script.invite_retransmissions())]
        self._started_at = datetime.now(UTC)
        self._sipp = await SippProcess.start(
            writer.write(), arguments, name=f"citizen {self.script.ani}", deadline_seconds=self.script.longest_seconds()
        )

    async def result(self) -> CitizenResult:
        """Wait until the call is over, at most as long as the script can take, and tell what became of it."""
        sipp = self._running()
        exit_code = await sipp.wait(self.script.longest_seconds() + 5)
        return self._result(exit_code, datetime.now(UTC))

    async def call(self) -> CitizenResult:
        """Dial and play the script to its end."""
        await self.start()
        try:
            return await self.result()
        finally:
            await self.stop()

    async def cue(self) -> None:
        """Let a script that stands at `WaitForCue`, or will soon, go on."""
        self._cues += 1
        number = self._cues
        accepted = f"cue {number} "
        await self._tell(
            f"CUE{number}", lambda: any(step.text.startswith(accepted) for step in self._running().steps())
        )

    async def hang_up(self) -> None:
        """Put the receiver down now: CANCEL while it rings, BYE afterwards."""
        await self._tell("STOP", self._is_leaving)

    async def answered(self, timeout_seconds: float = 10.0) -> None:
        """Wait until the line has picked up (200 OK)."""
        await self._until(lambda: self._fate().answered_at is not None, timeout_seconds, "was not answered")

    def timeline(self) -> list[tuple[datetime, str]]:
        """Return every SIP message and key so far, in order: `sent INVITE`, `received 200 INVITE`, `pressed 2`."""
        events = [(line.at, line.text) for line in self._fate().lines]
        events += [step.as_event() for step in self._running().steps() if step.text.startswith("key ")]
        return sorted(events)

    async def vanish(self) -> None:
        """Disappear without a word, as a phone that loses its network does."""
        await self._running().kill()

    async def stop(self) -> None:
        """End the process if it still runs, with a BYE or CANCEL if a call still stands."""
        if self._sipp is not None:
            await self._sipp.stop()

    def _running(self) -> SippProcess:
        if self._sipp is None:
            raise ActorError("the citizen has not dialled yet")
        return self._sipp

    def _fate(self) -> CallFate:
        fates = call_fates(self._running().messages(), caller_side=True)
        return fates.get(self.call_id, CallFate(self.call_id))

    def _is_leaving(self) -> bool:
        return self._running().process.returncode is not None or self._fate().ended_by is not None

    async def _tell(self, method: str, done: Callable[[], bool]) -> None:
        """Repeat a steering request until the script has taken it."""
        async with asyncio.timeout(CUE_SECONDS):
            while not done():
                self._running().tell(self.call_id, method)
                await asyncio.sleep(_POLL_SECONDS)

    async def _until(self, condition: Callable[[], bool], timeout_seconds: float, failure: str) -> None:
        try:
            async with asyncio.timeout(timeout_seconds):
                while not condition():  # noqa: ASYNC110 - the state is another program's log file
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            raise ActorError(f"citizen {self.script.ani} {failure} within {timeout_seconds:g} s") from None

    def _result(self, exit_code: int, ended_at: datetime) -> CitizenResult:
        fate = self._fate()
        return CitizenResult(
            answered_200=fate.answered_at is not None,
            ended_by=fate.ended_by,
            sip_status=fate.invite_status,
            call_id=self.call_id,
            exit_code=exit_code,
            started_at=self._started_at or ended_at,
            ended_at=ended_at,
            timeline=tuple(self.timeline()),
        )


@dataclass(frozen=True, slots=True)
class CrowdResult:
    """What became of a crowd's calls, from the callers' side."""

    fates: tuple[CallFate, ...]
    exit_code: int
    errors: str
    "What SIPp complained about, empty when nothing."

    @property
    def placed(self) -> int:
        """Calls that sent an INVITE."""
        return len(self.fates)

    @property
    def answered_200(self) -> int:
        """Calls that the line picked up."""
        return sum(fate.answered_at is not None for fate in self.fates)

    @property
    def unended(self) -> int:
        """Calls without BYE, CANCEL or refusal from either side."""
        return sum(fate.ended_by is None for fate in self.fates)


class CitizenCrowd:
    """Many people with one script, placed at a rate by one process."""

    def __init__(
        self,
        script: CitizenScript,
        *,
        target: str,
        dialled: str,
        folder: Path,
        calls: int,
        calls_per_second: float,
        at_once: int | None = None,
        raw_packets: bool | None = None,
    ) -> None:
        """Prepare `calls` calls to `dialled` at `target` (host:port), no more than `at_once` of them up at a time."""
        self.script = script
        self._target = target
        self._dialled = dialled
        self._folder = folder
        self._calls = calls
        self._rate = calls_per_second
        self._at_once = at_once or calls
        self._raw_packets = may_send_raw_packets() if raw_packets is None else raw_packets
        self._sipp: SippProcess | None = None

    async def start(self) -> None:
        """Begin placing calls."""
        self._folder.mkdir(parents=True, exist_ok=True)
        writer = ScenarioWriter(self.script, self._dialled, self._folder.resolve(), raw_packets=self._raw_packets)
        rate = ["-r", str(max(round(self._rate * 60), 1)), "-rp", "60000"]
        arguments = [self._target, "-s", self._dialled, "-m", str(self._calls), *rate]
        arguments += [
            "-max_invite_retrans",
            str(self.script.invite_retransmissions()),
            "-l",
            str(self._at_once),
            "-cid_str",
            f"%u-{uuid.uuid4().hex}",
        ]
        self._sipp = await SippProcess.start(
            writer.write(), arguments, name=f"crowd of {self._calls}", deadline_seconds=self._longest_seconds()
        )

    async def result(self) -> CrowdResult:
        """Wait until all calls are over and tell what became of them."""
        if self._sipp is None:
            raise ActorError("the crowd has not dialled yet")
        exit_code = await self._sipp.wait(self._longest_seconds() + 5)
        fates = call_fates(self._sipp.messages(), caller_side=True)
        return CrowdResult(tuple(fates.values()), exit_code, self._sipp.errors())

    def fates(self) -> tuple[CallFate, ...]:
        """Return what is known so far of the calls placed so far."""
        return tuple(call_fates(self._sipp.messages(), caller_side=True).values()) if self._sipp else ()

    async def stop(self) -> None:
        """End the process if it still runs; standing calls get a BYE or CANCEL."""
        if self._sipp is not None:
            await self._sipp.stop()

    def _longest_seconds(self) -> float:
        return self._calls / self._rate + self.script.longest_seconds() * -(-self._calls // self._at_once)
