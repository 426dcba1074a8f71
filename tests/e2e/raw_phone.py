"""An operator's phone that says in SIP whatever a test likes: several lines, hold, REFER to anything, Replaces.

For what baresip 1.0.0 cannot do. It registers, answers what rings, and each line speaks with a tone of its own.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Self

from hotline.actors.ears import Ear
from hotline.actors.ports import LOOPBACK
from hotline.actors.sounds import write_tone_alaw
from tests.e2e.raw_line import Line, digest

REPLY_SECONDS = 5.0
_PACKET_SECONDS = 0.02
_KEYS = "0123456789*#"


class RawPhone(asyncio.DatagramProtocol):
    """One registered phone."""

    def __init__(self, user: str, password: str, line_port: int, *, voice_hz: int, folder: Path) -> None:
        self._user, self._password = user, password
        self._line_address = (LOOPBACK, line_port)
        self._voice_hz = voice_hz
        self._folder = folder
        self.lines: list[Line] = []
        self._replies: dict[tuple[str, str], list[str]] = {}
        self._changed = asyncio.Event()
        self._numbers = itertools.count(1)
        self._transport: asyncio.DatagramTransport | None = None
        self._speaking: asyncio.Task[None] | None = None
        self._spare: list[Ear] = []
        self._nonces = 0

    # life

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(LOOPBACK, 0))
        self._folder.mkdir(parents=True, exist_ok=True)
        self._voice = write_tone_alaw(self._folder / "voice.alaw", self._voice_hz).read_bytes()
        self._spare = [
            await Ear().__aenter__() for _ in range(12)
        ]  # an INVITE is answered without waiting for a socket
        self._speaking = asyncio.create_task(self._speak(), name=f"raw phone {self._user}")
        await self._register(120)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        assert self._transport is not None
        if self._speaking is not None:
            self._speaking.cancel()
            await asyncio.gather(self._speaking, return_exceptions=True)
        for line in self.lines:
            if line.established and not line.over:
                await self.hang_up(line)
        await self._register(0)
        for ear in (*self._spare, *(line.ear for line in self.lines)):
            await ear.__aexit__()
        self._transport.close()

    async def _register(self, expires: int) -> None:
        uri = f"sip:{LOOPBACK}:{self._line_address[1]}"
        me = f"<sip:{self._user}@{LOOPBACK}>"
        rest = f"Contact: {self._contact}\r\nExpires: {expires}\r\nContent-Length: 0\r\n\r\n"
        reply = await self._ask("REGISTER", uri, f"{self._user}-register", f"{me};tag=r", me, rest)
        assert reply.startswith("SIP/2.0 200"), reply

    # what the operator does

    async def rings(self, within: float = 10.0) -> Line:
        """Wait for the next line that rings; it has been answered with 180."""
        await self.until(lambda: any(self._is_ringing(line) for line in self.lines), "it rings", within)
        return next(line for line in self.lines if self._is_ringing(line))

    @staticmethod
    def _is_ringing(line: Line) -> bool:
        return bool(line.invite) and not line.established and not line.over

    def answer(self, line: Line) -> None:
        """Pick up."""
        line.established = True
        self._respond(line.invite, "200 OK", sdp=self._sdp(line, "sendrecv"))

    def refuse(self, line: Line, status: str) -> None:
        """Refuse what rings."""
        line.over = True
        self._respond(line.invite, status)

    async def call(self, number: str) -> Line:
        """Dial a number on another line; return the line, established or over."""
        line = Line(
            f"{self._user}-{next(self._numbers)}-{id(self)}",
            f"<sip:{self._user}@{LOOPBACK}>;tag=l{next(self._numbers)}",
            f"<sip:{number}@{LOOPBACK}>",
            f"sip:{number}@{LOOPBACK}:{self._line_address[1]}",
            self._spare.pop(),
        )
        self.lines.append(line)
        reply = await self._ask_in(line, "INVITE", self._with_sdp(line, "sendrecv"), within=20.0)
        if reply.startswith("SIP/2.0 200"):
            line.established = True
        else:
            line.over, line.refused = True, reply.split("\r\n", 1)[0]
        return line

    async def hold(self, line: Line) -> None:
        """Put a line on hold, as softphones do before they open another."""
        await self._ask_in(line, "INVITE", self._with_sdp(line, "sendonly"))

    async def resume(self, line: Line) -> None:
        """Take a line off hold."""
        await self._ask_in(line, "INVITE", self._with_sdp(line, "sendrecv"))

    async def press(self, line: Line, keys: str) -> None:
        """Press keys; return when the last has been sent."""
        for key in keys:
            for step in range(1, 9):
                event = struct.pack("!BBH", _KEYS.index(key), 0x80 * (step > 5) | 10, min(step, 5) * 160)
                line.keys.append(event)
            line.keys.extend([b""] * 3)
        while line.keys and not line.over:  # noqa: ASYNC110 - keys take as long as keys take
            await asyncio.sleep(_PACKET_SECONDS)

    async def press_as_info(self, line: Line, key: str, kind: str = "dtmf-relay") -> None:
        """Press a key as telephones do that send keys in SIP, not in the sound."""
        body = key if kind == "dtmf" else f"Signal={key}\r\nDuration=160\r\n"
        rest = f"Content-Type: application/{kind}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        reply = await self._ask_in(line, "INFO", rest)
        assert reply.startswith("SIP/2.0 200"), reply

    async def refer(self, line: Line, refer_to: str) -> str:
        """Send REFER with this Refer-To, word for word; return the first line of the reply to it."""
        rest = f"Refer-To: {refer_to}\r\nReferred-By: <sip:{self._user}@{LOOPBACK}>\r\nContent-Length: 0\r\n\r\n"
        return (await self._ask_in(line, "REFER", rest)).split("\r\n", 1)[0]

    async def join(self, line: Line, other: Line) -> str:
        """Send the far end of a line to the far end of another (REFER with Replaces), and return the reply."""
        return await self.refer(line, f"<{other.target.partition('>')[0]}?Replaces={other.replaces()}>")

    def number_uri(self, number: str) -> str:
        """Return a SIP URI at the line."""
        return f"sip:{number}@{LOOPBACK}:{self._line_address[1]}"

    async def hang_up(self, line: Line) -> None:
        """Hang up."""
        line.over = True
        await self._ask_in(line, "BYE", "Content-Length: 0\r\n\r\n")

    async def until(self, condition: Callable[[], bool], what: str, within: float = REPLY_SECONDS) -> None:
        """Wait until a condition holds; looked at after everything that arrives."""
        try:
            async with asyncio.timeout(within):
                while not condition():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"phone {self._user}: not within {within:g} s: {what}") from None

    # SIP

    @property
    def _contact(self) -> str:
        assert self._transport is not None
        return f"<sip:{self._user}@{LOOPBACK}:{self._transport.get_extra_info('sockname')[1]}>"

    async def _ask_in(self, line: Line, method: str, rest: str, within: float = REPLY_SECONDS) -> str:
        """Send a request in a dialog, with credentials where they are asked for; acknowledge what wants it."""
        extra = f"Contact: {self._contact}\r\n{rest}"
        return await self._ask(method, line.target, line.call_id, line.local, line.remote, extra, line, within)

    async def _ask(
        self,
        method: str,
        uri: str,
        call_id: str,
        from_: str,
        to: str,
        rest: str,
        line: Line | None = None,
        within: float = REPLY_SECONDS,
    ) -> str:
        credentials = ""
        for _ in range(2):
            number = next(self._numbers)
            self._request(method, uri, call_id, from_, to, number, credentials + rest)
            final = await self._final(call_id, f"{number} {method}", within)
            if line is not None and method == "INVITE":
                self._established(line, final)
                self._request("ACK", line.target, call_id, from_, self._header(final, "To"), number, "\r\n")
            challenge = re.search(r"Authenticate: Digest (.*)", final)
            if not final.startswith("SIP/2.0 401") or challenge is None:
                return final
            self._nonces += 1
            credentials = digest(challenge[1], self._user, self._password, method, uri, self._nonces)
        return final

    async def _final(self, call_id: str, cseq: str, within: float) -> str:
        replies = self._replies.setdefault((call_id, cseq), [])
        await self.until(lambda: any(not r.startswith("SIP/2.0 1") for r in replies), f"reply to {cseq}", within)
        return next(r for r in replies if not r.startswith("SIP/2.0 1"))

    def _established(self, line: Line, reply: str) -> None:
        if not reply.startswith("SIP/2.0 200"):
            return
        line.remote = self._header(reply, "To")
        contact = re.search(r"^Contact:\s*<([^>]+)>", reply, re.MULTILINE)
        assert contact, reply
        line.target = contact[1]
        self._media(line, reply)

    def _request(self, method: str, uri: str, call_id: str, from_: str, to: str, number: int, rest: str) -> None:
        assert self._transport is not None
        me = self._transport.get_extra_info("sockname")[1]
        branch = f"z9hG4bK-{number}-{'ack' if method == 'ACK' else method}-{id(self)}"
        ending = rest if method != "ACK" else "Content-Length: 0\r\n\r\n"
        text = (
            f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {LOOPBACK}:{me};rport;branch={branch}\r\nMax-Forwards: 70\r\n"
            f"From: {from_}\r\nTo: {to}\r\nCall-ID: {call_id}\r\nCSeq: {number} {method}\r\n{ending}"
        )
        self._transport.sendto(text.encode(), self._line_address)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Sort what arrives: replies to who waits for them, requests to their line."""
        text = data.decode(errors="replace")
        if text.startswith("SIP/2.0 "):
            key = (self._header(text, "Call-ID"), self._header(text, "CSeq"))
            self._replies.setdefault(key, []).append(text)
        else:
            self._requested(text)
        self._changed.set()

    def _requested(self, text: str) -> None:
        method, call_id = text.split(" ", 1)[0], self._header(text, "Call-ID")
        line = next((line for line in self.lines if line.call_id == call_id), None)
        if method == "ACK":
            return
        if method == "INVITE" and line is None:
            self._ring(text, call_id)
            return
        if line is not None and method in ("BYE", "CANCEL"):
            line.over = True
        if line is not None and method == "NOTIFY":
            line.notified.append(text.rstrip().rpartition("\n")[2].strip())
        if line is not None and method == "INVITE":
            self._media(line, text)
            self._respond(text, "200 OK", sdp=self._sdp(line, "sendrecv"))
            return
        self._respond(text, "200 OK")
        if line is not None and method == "CANCEL":
            self._respond(line.invite, "487 Request Terminated")

    def _ring(self, text: str, call_id: str) -> None:
        contact = re.search(r"^Contact:\s*<([^>]+)>", text, re.MULTILINE)
        target = contact[1] if contact else self.number_uri("unknown")
        local = f"{self._header(text, 'To')};tag=raw{len(self.lines)}"
        line = Line(call_id, local, self._header(text, "From"), target, self._spare.pop(), invite=text)
        self._media(line, text)
        self.lines.append(line)
        self._respond(text, "180 Ringing")

    def _respond(self, request: str, status: str, sdp: str = "") -> None:
        assert self._transport is not None
        tag = next((line.local for line in self.lines if line.call_id == self._header(request, "Call-ID")), "")
        kept = [line for line in request.split("\r\n") if re.match("(Via|From|Call-ID|CSeq|Record-Route):", line)]
        to = self._header(request, "To")
        lines = [f"SIP/2.0 {status}", *kept, f"To: {to if 'tag=' in to else tag or to}", f"Contact: {self._contact}"]
        kind = ["Content-Type: application/sdp"] if sdp else []
        body = "\r\n".join([*lines, *kind, f"Content-Length: {len(sdp)}", "", sdp])
        self._transport.sendto(body.encode(), self._line_address)

    @staticmethod
    def _header(text: str, name: str) -> str:
        found = re.search(rf"^{name}:\s*(.*?)\r?$", text, re.MULTILINE)
        return found[1] if found else ""

    # media

    def _media(self, line: Line, text: str) -> None:
        media = re.search(r"^m=audio (\d+)", text, re.MULTILINE)
        if media:
            line.media_to = (LOOPBACK, int(media[1]))

    def _with_sdp(self, line: Line, direction: str) -> str:
        sdp = self._sdp(line, direction)
        return f"Content-Type: application/sdp\r\nContent-Length: {len(sdp)}\r\n\r\n{sdp}"

    def _sdp(self, line: Line, direction: str) -> str:
        return (
            f"v=0\r\no=- 1 {next(self._numbers)} IN IP4 {LOOPBACK}\r\ns=-\r\nc=IN IP4 {LOOPBACK}\r\nt=0 0\r\n"
            f"m=audio {line.ear.port} RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\na={direction}\r\n"
        )

    async def _speak(self) -> None:
        """Send the phone's voice on every line that stands."""
        loop = asyncio.get_running_loop()
        began, voice, keyed = loop.time(), self._voice, 0
        for number in itertools.count():
            start = number * 160 % (len(voice) - 160)
            header = struct.pack("!BBHII", 0x80, 8, number & 0xFFFF, number * 160 & 0xFFFFFFFF, 0x5678)
            for line in self.lines:
                if not line.established or line.over or line.media_to is None:
                    continue
                event = line.keys.popleft() if line.keys else b""
                if event:
                    length = struct.unpack("!BBH", event)[2]
                    # one timestamp for one key: that of its beginning
                    keyed = number if length == 160 else keyed
                    head = struct.pack("!BBHII", 0x80, 101, number & 0xFFFF, keyed * 160 & 0xFFFFFFFF, 0x5678)
                    line.ear.say(head + event, line.media_to)
                else:
                    line.ear.say(header + voice[start : start + 160], line.media_to)
            await asyncio.sleep(max(0.0, began + number * _PACKET_SECONDS - loop.time()))
