"""One SIPp process: its ports, its files, its end."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hotline.actors.ports import LOOPBACK, release_ports, reserve_ports
from hotline.actors.processes import ActorError, ActorProcess
from hotline.actors.tally import SipLine, call_fates, read_sip_lines

_PORTS = 6
"SIP, control, and RTP with the second port that SIPp binds beside it."

_ENTRY = re.compile(r"\d{4}-\d\d-\d\d\t[\d:.]+\t[\d.]+: ")
"What SIPp writes before each complaint; it writes no line ends between them."

_CAP_NET_RAW = 13
_LOOPBACK_HEX = "0100007F"
"127.0.0.1 as /proc/net/udp writes it."

_GOODBYES = 10
_GOODBYE_SECONDS = 0.1
"How often standing calls are asked to hang up before SIPp is ended, and how long each time."

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

    def __init__(self, process: ActorProcess, folder: Path, first_port: int, port: int) -> None:
        self.process = process
        self._folder = folder
        self._first_port = first_port
        self.port = port
        self._released = False
        self._told = 0

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
        return cls(process, folder, first, port or first)

    async def wait(self, timeout_seconds: float) -> int:
        """Wait for SIPp to leave and return its exit code; killed at the deadline, that is negative."""
        try:
            return await self.process.wait(timeout_seconds)
        except TimeoutError:
            return await self.process.kill()
        finally:
            self._release_ports()

    def tell(self, call_id: str, method: str) -> None:
        """Send a steering request, which the scenario takes as part of its call; one that comes too early is lost."""
        # a new CSeq each time, else SIPp takes it for a retransmission
        self._told += 1
        request = (
            f"{method} sip:actor SIP/2.0\r\nVia: SIP/2.0/UDP {LOOPBACK}\r\nFrom: <sip:test>\r\nTo: <sip:actor>\r\n"
            f"Call-ID: {call_id}\r\nCSeq: {self._told} {method}\r\nContent-Length: 0\r\n\r\n"
        )
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line, contextlib.suppress(OSError):
            line.sendto(request.encode(), (LOOPBACK, self.port))

    async def stop(self) -> int:
        """Let every call that still stands be hung up, then end SIPp."""
        try:
            for _ in range(_GOODBYES):
                standing = [
                    fate.call_id for fate in call_fates(self.messages(), caller_side=True).values() if fate.stands
                ]
                if not standing or self.process.returncode is not None:
                    break
                for call_id in standing:
                    self.tell(call_id, "STOP")
                with contextlib.suppress(TimeoutError):
                    await self.process.exited(_GOODBYE_SECONDS)
        finally:
            await self.kill()
        return await self.process.kill()

    async def kill(self) -> int:
        """End SIPp without a word to anybody."""
        try:
            return await self.process.kill()
        finally:
            self._release_ports()

    def _release_ports(self) -> None:
        if not self._released:
            release_ports(self._first_port, _PORTS)
            self._released = True

    async def listening(self) -> None:
        """Wait until SIPp has bound its SIP port, which it does a moment after it starts."""
        try:
            async with asyncio.timeout(_START_SECONDS):
                while not _is_bound(self.port):
                    if self.process.returncode is not None:
                        break
                    await asyncio.sleep(_POLL_SECONDS)
                else:
                    return
        except TimeoutError:
            await self.stop()
        raise ActorError(f"{self.process.name} does not listen on port {self.port}: {self.errors()}")

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
        if not path.exists():
            return "" if self.process.returncode in (None, 0) else self.process.output_tail()
        entries = _ENTRY.split(path.read_text(errors="replace"))[1:]
        # our waits end by timeout as a matter of course
        return "\n".join(entry.strip() for entry in entries if "jumping to label" not in entry)


def _is_bound(port: int) -> bool:
    return f"{_LOOPBACK_HEX}:{port:04X} " in Path("/proc/net/udp").read_text()


def may_send_raw_packets() -> bool:
    """Say whether programs we start may open raw sockets, which SIPp needs to play packets from a file."""
    status = Path("/proc/self/status")
    if not status.exists():
        return False
    effective = next((line.split()[1] for line in status.read_text().splitlines() if line.startswith("CapEff:")), "0")
    return bool(int(effective, 16) >> _CAP_NET_RAW & 1)
