"""A telephone of a few lines for tests of the dialplan: answers or calls over UDP, presses keys as RFC 4733 events."""

from __future__ import annotations

import asyncio
import re
import struct
from collections.abc import Callable
from typing import Any

LOOPBACK = "127.0.0.1"
_SILENCE = b"\xd5" * 160
_KEYS = "0123456789*#"


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, received: Callable[[bytes, tuple[str, int]], None]) -> None:
        self._received = received

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self._received(data, addr)


async def _open(received: Callable[[bytes, tuple[str, int]], None]) -> tuple[asyncio.DatagramTransport, int]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(received), local_addr=(LOOPBACK, 0))
    return transport, transport.get_extra_info("sockname")[1]


class SipPhone:
    """One telephone with one conversation at a time."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        "Every request that arrived, whole."
        self.replies: list[int] = []
        "Status of every final reply to our own INVITE."
        self.port = 0
        self._changed = asyncio.Condition()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._media_to: tuple[str, int] | None = None
        self._sequence = 0
        self._timestamp = 0

    async def __aenter__(self) -> SipPhone:
        self._sip, self.port = await _open(self._sip_received)
        self._rtp, self._rtp_port = await _open(lambda data, address: None)
        return self

    async def __aexit__(self, *error: object) -> None:
        self._sip.close()
        self._rtp.close()

    def call(self, number: str, port: int) -> None:
        """Send an INVITE; what becomes of it is heard in `replies`."""
        self._sip.sendto(
            (
                f"INVITE sip:{number}@{LOOPBACK}:{port} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP {LOOPBACK}:{self.port};branch=z9hG4bK-{id(self)}\r\nMax-Forwards: 70\r\n"
                f"From: <sip:13800000000@{LOOPBACK}>;tag=caller\r\nTo: <sip:{number}@{LOOPBACK}>\r\n"
                f"Call-ID: {id(self)}@test\r\nCSeq: 1 INVITE\r\nContact: <sip:caller@{LOOPBACK}:{self.port}>\r\n"
                f"Content-Type: application/sdp\r\nContent-Length: {len(self._sdp())}\r\n\r\n{self._sdp()}"
            ).encode(),
            (LOOPBACK, port),
        )

    async def heard(self, what: Callable[[SipPhone], bool], seconds: float = 10.0) -> None:
        """Wait until `what` holds. Raises TimeoutError when it does not come to hold."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: what(self))

    async def press(self, keys: str) -> None:
        """Send each key as an event of 100 ms, with sound before and after as a telephone would."""
        for key in keys:
            await self._send_sound(3)
            self._timestamp += 160
            for step in range(1, 9):
                event = struct.pack("!BBH", _KEYS.index(key), 0x80 * (step > 5) | 10, min(step, 5) * 160)
                await self._send(101, event)
            self._timestamp += 800
        await self._send_sound(3)

    async def _send_sound(self, packets: int) -> None:
        for _ in range(packets):
            self._timestamp += 160
            await self._send(8, _SILENCE)

    async def _send(self, payload_type: int, payload: bytes) -> None:
        self._sequence += 1
        assert self._media_to is not None
        header = struct.pack("!BBHII", 0x80, payload_type, self._sequence, self._timestamp, 0x1234)
        self._rtp.sendto(header + payload, self._media_to)
        await asyncio.sleep(0.02)  # the pace of real sound, which Asterisk measures keys by

    def _sip_received(self, data: bytes, address: tuple[str, int]) -> None:
        text = data.decode()
        media = re.search(r"m=audio (\d+)", text)
        if media:
            self._media_to = (LOOPBACK, int(media[1]))
        status = re.match(r"SIP/2\.0 (\d+)", text)
        if status is None:
            self._answer(text, address)
            self.requests.append(text)
        elif int(status[1]) >= 200 and "CSeq: 1 INVITE" in text:
            self._acknowledge(text, address)
            self.replies.append(int(status[1]))
        task = asyncio.get_running_loop().create_task(self._tell())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _answer(self, request: str, address: tuple[str, int]) -> None:
        method = request.split(" ", 1)[0]
        if method == "ACK":
            return
        kept = [line for line in request.split("\r\n") if re.match("(Via|From|Call-ID|CSeq|To):", line)]
        tagged = [f"{line};tag=phone" if line.startswith("To:") and "tag=" not in line else line for line in kept]
        sdp = self._sdp() if method == "INVITE" else ""
        kind = ["Content-Type: application/sdp"] if sdp else []
        contact = f"Contact: <sip:phone@{LOOPBACK}:{self.port}>"
        lines = ["SIP/2.0 200 OK", *tagged, contact, *kind, f"Content-Length: {len(sdp)}", "", sdp]
        self._sip.sendto("\r\n".join(lines).encode(), address)

    def _acknowledge(self, reply: str, address: tuple[str, int]) -> None:
        kept = [line for line in reply.split("\r\n") if re.match("(Via|From|To|Call-ID):", line)]
        lines = [f"ACK sip:{LOOPBACK}:{address[1]} SIP/2.0", *kept, "CSeq: 1 ACK", "Content-Length: 0", "", ""]
        self._sip.sendto("\r\n".join(lines).encode(), address)

    def _sdp(self) -> str:
        return (
            f"v=0\r\no=- 1 1 IN IP4 {LOOPBACK}\r\ns=-\r\nc=IN IP4 {LOOPBACK}\r\nt=0 0\r\n"
            f"m=audio {self._rtp_port} RTP/AVP 8 101\r\na=rtpmap:8 PCMA/8000\r\n"
            "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\n"
        )
