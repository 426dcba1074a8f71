"""Packets of the service's own ports as the kernel saw them on the loopback interface, with their times."""

from __future__ import annotations

import asyncio
import signal
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.stage import note
from hotline.actors.processes import ActorError, ActorProcess
from hotline.settings import Settings

_START_SECONDS = 10.0
_STOP_SECONDS = 10.0
_BUFFER_MB = "64"
_ETHERNET = 14
_UDP = 17
_MAGIC = {b"\xd4\xc3\xb2\xa1": 1e-6, b"\x4d\x3c\xb2\xa1": 1e-9}
"The two kinds of capture file, little-endian: microseconds and nanoseconds."


@dataclass(frozen=True, slots=True)
class Packet:
    """One UDP packet."""

    at: float
    "Seconds since 1970."
    source: int
    target: int
    "Ports."
    data: bytes


@asynccontextmanager
async def captured(settings: Settings, folder: Path, *, voice: bool = True) -> AsyncIterator[Path]:
    """Capture SIP, and RTP where `voice`, of this service during the block; the file is complete after it."""
    await asyncio.to_thread(folder.mkdir, parents=True)
    ports = f"udp and port {settings.sip_port}"
    if voice:
        ports += f" or udp portrange {settings.rtp_first}-{settings.rtp_last}"
    path = folder / "packets.pcap"
    argv = ["dumpcap", "-i", "lo", "-P", "-B", _BUFFER_MB, "-f", ports, "-w", str(path)]
    process = await ActorProcess.start(argv, name="dumpcap", folder=folder)
    try:
        await _until_capturing(process)
        yield path
    finally:
        await asyncio.sleep(0.5)  # dumpcap hands packets on in blocks
        process.send_signal(signal.SIGINT)
        await process.wait(_STOP_SECONDS)
    note(f"capture: {' '.join(process.output_tail(200).split())}")


async def _until_capturing(process: ActorProcess) -> None:
    async with asyncio.timeout(_START_SECONDS):
        while "File:" not in process.output_tail():
            if process.returncode is not None:
                raise ActorError(f"packets can't be captured: {process.output_tail()}")
            await asyncio.sleep(0.05)


def read_packets(path: Path) -> Iterator[Packet]:
    """Return the packets of a capture in order; one cut off at the end of the file is left out."""
    with path.open("rb") as file:
        unit = _MAGIC[file.read(24)[:4]]
        while len(header := file.read(16)) == 16:
            seconds, fraction, length, _ = struct.unpack("<IIII", header)
            frame = file.read(length)
            start = _ETHERNET + (frame[_ETHERNET] & 0x0F) * 4
            if len(frame) < length or frame[_ETHERNET + 9] != _UDP:
                continue
            source, target = struct.unpack(">HH", frame[start : start + 4])
            yield Packet(seconds + fraction * unit, source, target, frame[start + 8 :])
