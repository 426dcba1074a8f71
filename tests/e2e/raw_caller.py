"""A caller who says in SIP whatever they like, byte for byte: for what no telephone and no SIPp would send."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from typing import Self

from hotline.actors.ports import LOOPBACK

REPLY_SECONDS = 5.0


class RawCaller(asyncio.DatagramProtocol):
    """One call over UDP, without sound."""

    def __init__(self, line_port: int, dialled: str, *, name: str) -> None:
        self._line = (LOOPBACK, line_port)
        self._dialled = dialled
        self._name = name
        self._replies: asyncio.Queue[str] = asyncio.Queue(100)
        self._transport: asyncio.DatagramTransport | None = None
        self._to = f"<sip:{dialled}@{LOOPBACK}>"
        self._media_port = 0

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(LOOPBACK, 0))
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        if self._transport is not None:
            self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Keep a reply; answer a request, which can only be the far end's BYE."""
        text = data.decode(errors="replace")
        if text.startswith("SIP/2.0 "):
            self._replies.put_nowait(text)
        elif self._transport is not None:
            kept = [line for line in text.split("\r\n") if re.match("(Via|From|To|Call-ID|CSeq):", line)]
            self._transport.sendto("\r\n".join(["SIP/2.0 200 OK", *kept, "", ""]).encode(), addr)

    async def call(self, keys_before_ack: str = "") -> None:
        """Send the INVITE and acknowledge the 200 that must come, after pressing these keys."""
        sdp = f"v=0\r\no=- 1 1 IN IP4 {LOOPBACK}\r\ns=-\r\nc=IN IP4 {LOOPBACK}\r\nt=0 0\r\n"
        sdp += "m=audio 9 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n"
        self._send("INVITE", 1, f"Content-Type: application/sdp\r\nContent-Length: {len(sdp)}\r\n\r\n{sdp}")
        reply = await self._reply_to("1 INVITE")
        tag = re.search(r"^To:.*;tag=(\S+)", reply, re.MULTILINE)
        assert tag, reply
        self._to += f";tag={tag[1]}"
        media = re.search(r"^m=audio (\d+)", reply, re.MULTILINE)
        assert media, reply
        self._media_port = int(media[1])
        self.press(keys_before_ack)
        self._send("ACK", 1, "Content-Length: 0\r\n\r\n")

    def press(self, keys: str) -> None:
        """Send keys as RFC 4733 events, each three times begun and three times ended, whatever the call's state."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mouth:
            for number, key in enumerate(keys):
                for packet in range(6):
                    ended = packet >= 3
                    header = struct.pack("!BBHII", 0x80, 101, number * 6 + packet, (number + 1) * 1600, 0x1234)
                    event = struct.pack("!BBH", "0123456789*#".index(key), 0x8A if ended else 0x0A, 160 * (packet + 1))
                    mouth.sendto(header + event, (LOOPBACK, self._media_port))

    async def hang_up(self) -> None:
        """Send BYE and wait for its 200."""
        self._send("BYE", 2, "Content-Length: 0\r\n\r\n")
        await self._reply_to("2 BYE")

    async def _reply_to(self, cseq: str) -> str:
        async with asyncio.timeout(REPLY_SECONDS):
            while True:
                reply = await self._replies.get()
                if f"CSeq: {cseq}" in reply and not reply.startswith("SIP/2.0 1"):
                    assert reply.startswith("SIP/2.0 200"), reply[:200]
                    return reply

    def _send(self, method: str, number: int, rest: str) -> None:
        assert self._transport is not None
        me = self._transport.get_extra_info("sockname")[1]
        head = (
            f"{method} sip:{self._dialled}@{LOOPBACK}:{self._line[1]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP {LOOPBACK}:{me};branch=z9hG4bK-{method}-{me}\r\nMax-Forwards: 70\r\n"
            f'From: "{self._name}" <sip:13800139999@{LOOPBACK}>;tag=raw\r\nTo: {self._to}\r\n'
            f"Call-ID: raw-{me}\r\nCSeq: {number} {method}\r\nContact: <sip:raw@{LOOPBACK}:{me}>\r\n"
        )
        self._transport.sendto((head + rest).encode(), self._line)
