"""What a citizen hears, packet by packet with its time of arrival: for "how long until the first sound" figures."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from hotline.actors.ports import LOOPBACK

SILENCE = 64
"A-law magnitude (of 4096) below which a packet counts as silent."

_RTP_HEADER = 12
_PCMA = 8
_LONGEST_CALL_PACKETS = 60_000
"Twenty minutes; older packets are forgotten."


@dataclass(frozen=True, slots=True)
class HeardPacket:
    """One packet of voice as it arrived."""

    at: datetime
    alaw: bytes

    @property
    def is_sound(self) -> bool:
        """Whether anything but silence is in it."""
        return not SILENT_CODES.issuperset(self.alaw)


class Ear(asyncio.DatagramProtocol):
    """A socket that the far end sends its voice to, in place of SIPp, which throws it away."""

    def __init__(self) -> None:
        self.packets: deque[HeardPacket] = deque(maxlen=_LONGEST_CALL_PACKETS)
        self._transport: asyncio.DatagramTransport | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(LOOPBACK, 0))
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        if self._transport is not None:
            self._transport.close()

    @property
    def port(self) -> int:
        """UDP port it listens on."""
        if self._transport is None:
            raise RuntimeError("the ear is not open; use it with `async with`")
        return int(self._transport.get_extra_info("sockname")[1])

    def say(self, packet: bytes, to: tuple[str, int]) -> None:
        """Send one packet from the same port, as a telephone sends its voice."""
        if self._transport is not None:
            self._transport.sendto(packet, to)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Keep one packet of voice."""
        if len(data) > _RTP_HEADER and data[1] & 0x7F == _PCMA:
            self.packets.append(HeardPacket(datetime.now(UTC), data[_RTP_HEADER:]))

    def onsets(self, silence_seconds: float = 0.1) -> list[datetime]:
        """Return when sound began, each time after at least this much silence or no packets at all."""
        quiet, began, last = timedelta(seconds=silence_seconds), [], None
        for packet in self.packets:
            if packet.is_sound:
                if last is None or packet.at - last >= quiet:
                    began.append(packet.at)
                last = packet.at
        return began

    def first_sound_after(self, moment: datetime) -> datetime | None:
        """Return when the first sound after this moment arrived."""
        return next((packet.at for packet in self.packets if packet.at > moment and packet.is_sound), None)


def _magnitude(code: int) -> int:
    plain = code ^ 0x55
    exponent, mantissa = plain >> 4 & 7, plain & 15
    return mantissa * 2 + 1 if exponent == 0 else (mantissa * 2 + 33) << (exponent - 1)


SILENT_CODES = frozenset(code for code in range(256) if _magnitude(code) < SILENCE)
"A-law codes that count as silent."
