"""One SIPp process: its ports, its files, its end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hotline.actors.ports import LOOPBACK, release_ports, reserve_ports
from hotline.actors.processes import ActorError, ActorProcess
from hotline.actors.tally import SipLine, read_sip_lines

_PORTS = 6
"SIP, control, and RTP with the second port that SIPp binds beside it."

_CAP_NET_RAW = 13
_LOOPBACK_HEX = "0100007F"
"127.0.0.1 as /proc/net/udp writes it."

_START_SECONDS = 5.0
_POLL_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class StepLine:
    """One line that a scenario logged about itself."""

    call_id: str
    text: str

    def as_event(self) -> tuple[datetime, str]:
        """Return its time and what was done, such as `pressed 2`."""
        what, _, time = self.text.partition(" ")[2].partition(" ")
        return datetime.fromtimestamp(float(time.split("\t")[-1]), tz=UTC), f"pressed {what}"


class SippProcess:
    """A running SIPp and what it has written so far."""

    def __init__(self, process: ActorProcess, folder: Path, first_port: int) -> None:
        self.process = process
        self._folder = folder
        self._first_port = first_port

    @classmethod
    async def start(
        cls,
        scenario: Path,
        arguments: list[str],
        *,
        name: str,
        deadline_seconds: float,
        port: int | None = None,
    ) -> SippProcess:
        """Start SIPp in the scenario's folder; it ends by itself at the deadline."""
        folder = scenario.parent
        first = reserve_ports(_PORTS)
        argv = ["sipp", *arguments, "-sf", str(scenario), "-i", LOOPBACK, "-p", str(port or first)]
        argv += ["-cp", str(first + 1), "-mi", LOOPBACK, "-mp", str(first + 2)]
        # an unexpected message is logged, not a reason to drop the call: telephones are not so strict either
        argv += ["-nostdin", "-aa", "-default_behaviors", "all,-abortunexp", "-skip_rlimit"]
        argv += ["-timeout", str(round(deadline_seconds)), "-f", "3600", "-trace_shortmsg"]
        argv += ["-shortmessage_file", "messages.log", "-trace_err", "-error_file", "errors.log"]
        argv += ["-trace_logs", "-log_file", "steps.log"]
        try:
            process = await ActorProcess.start(argv, name=name, folder=folder)
        except BaseException:
            release_ports(first, _PORTS)
            raise
        return cls(process, folder, first)

    @property
    def sip_port(self) -> int:
        """UDP port that SIPp speaks SIP on, unless another was asked for."""
        return self._first_port

    async def wait(self, timeout_seconds: float) -> int:
        """Wait for SIPp to leave, kill it at the deadline, and return its exit code."""
        try:
            return await self.process.wait(timeout_seconds)
        finally:
            release_ports(self._first_port, _PORTS)

    async def stop(self) -> int:
        """End SIPp; calls that still stand are left without a goodbye."""
        try:
            return await self.process.kill()
        finally:
            release_ports(self._first_port, _PORTS)

    async def listening(self, port: int) -> None:
        """Wait until SIPp has bound its SIP port, which it does a moment after it starts."""
        wanted = f"{_LOOPBACK_HEX}:{port:04X} "
        try:
            async with asyncio.timeout(_START_SECONDS):
                while wanted not in Path("/proc/net/udp").read_text():
                    if self.process.returncode is not None:
                        break
                    await asyncio.sleep(_POLL_SECONDS)
                else:
                    return
        except TimeoutError:
            await self.stop()
        raise ActorError(f"{self.process.name} does not listen on port {port}: {self.errors()}")

    def messages(self) -> list[SipLine]:
        """Return the SIP messages so far."""
        return read_sip_lines(self._folder / "messages.log")

    def steps(self) -> list[StepLine]:
        """Return what the scenario has logged so far."""
        path = self._folder / "steps.log"
        if not path.exists():
            return []
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]
        return [StepLine(*line.split(" ", 1)) for line in lines if " " in line]

    def errors(self) -> str:
        """Return what SIPp complained about."""
        path = self._folder / "errors.log"
        return path.read_text(errors="replace").strip() if path.exists() else self.process.output_tail()


def may_send_raw_packets() -> bool:
    """Say whether programs we start may open raw sockets, which SIPp needs to play packets from a file."""
    status = Path("/proc/self/status")
    if not status.exists():
        return False
    effective = next((line.split()[1] for line in status.read_text().splitlines() if line.startswith("CapEff:")), "0")
    return bool(int(effective, 16) >> _CAP_NET_RAW & 1)
