"""A lamp on a phone: subscribes in SIP to what an extension does, with a digest, and keeps what it is told."""

from __future__ import annotations

import asyncio
import hashlib
import re
from typing import Self

from hotline.actors.ports import LOOPBACK

WITHIN = 5.0


class Lamp(asyncio.DatagramProtocol):
    """One subscription (RFC 6665, dialog-info of RFC 4235) over UDP."""

    def __init__(self, line_port: int, extension: str, *, user: str, password: str) -> None:
        self.bodies: list[str] = []
        "What each NOTIFY held."
        self._line = (LOOPBACK, line_port)
        self._uri = f"sip:{extension}@{LOOPBACK}:{line_port}"
        self._user, self._password = user, password
        self._replies: asyncio.Queue[str] = asyncio.Queue(100)
        self._news = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()
        self._transport: asyncio.DatagramTransport | None = None
        self._cseq = 0
        self._to = f"<{self._uri}>"

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(LOOPBACK, 0))
        await self._subscribe(600)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        assert self._transport is not None
        seen = len(self.bodies)
        await self._subscribe(0)
        await self._until(lambda: len(self.bodies) > seen, "the last word of an ended subscription")
        self._transport.close()
        await asyncio.gather(*self._tasks)

    async def shows(self, *words: str) -> None:
        """Wait until the newest NOTIFY holds all these words."""
        await self._until(
            lambda: bool(self.bodies) and all(word in self.bodies[-1] for word in words), f"a lamp of {words}"
        )

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Keep a reply; answer a NOTIFY and keep what it holds."""
        text = data.decode(errors="replace")
        if text.startswith("SIP/2.0 "):
            self._replies.put_nowait(text)
            return
        assert self._transport is not None
        kept = [line for line in text.split("\r\n") if re.match("(Via|From|To|Call-ID|CSeq):", line)]
        self._transport.sendto("\r\n".join(["SIP/2.0 200 OK", *kept, "Content-Length: 0", "", ""]).encode(), addr)
        self.bodies.append(text.partition("\r\n\r\n")[2])
        task = asyncio.get_running_loop().create_task(self._tell())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def _until(self, condition: object, what: str) -> None:
        assert callable(condition)
        try:
            async with asyncio.timeout(WITHIN), self._news:
                await self._news.wait_for(condition)
        except TimeoutError:
            raise AssertionError(f"not within {WITHIN:g} s: {what}; told last: {self.bodies[-1:]}") from None

    async def _subscribe(self, seconds: int) -> None:
        reply = await self._ask(seconds, "")
        if reply.startswith("SIP/2.0 401"):
            reply = await self._ask(seconds, self._authorization(reply))
        assert reply.startswith("SIP/2.0 200"), reply[:300]
        to = re.search(r"^To: (.*)\r$", reply, re.MULTILINE)
        assert to is not None
        self._to = to[1]

    async def _ask(self, seconds: int, authorization: str) -> str:
        assert self._transport is not None
        self._cseq += 1
        me = self._transport.get_extra_info("sockname")[1]
        lines = [
            f"SUBSCRIBE {self._uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {LOOPBACK}:{me};branch=z9hG4bK-lamp-{me}-{self._cseq}",
            "Max-Forwards: 70",
            f"From: <sip:{self._user}@{LOOPBACK}>;tag=lamp{me}",
            f"To: {self._to}",
            f"Call-ID: lamp-{me}",
            f"CSeq: {self._cseq} SUBSCRIBE",
            f"Contact: <sip:{self._user}@{LOOPBACK}:{me}>",
            "Event: dialog",
            "Accept: application/dialog-info+xml",
            f"Expires: {seconds}",
            *([authorization] if authorization else []),
            "Content-Length: 0",
        ]
        self._transport.sendto("\r\n".join([*lines, "", ""]).encode(), self._line)
        async with asyncio.timeout(WITHIN):
            while True:
                reply = await self._replies.get()
                if f"CSeq: {self._cseq} SUBSCRIBE" in reply:
                    return reply

    def _authorization(self, refusal: str) -> str:
        challenge = dict(re.findall(r'(realm|nonce|opaque)="([^"]*)"', refusal))
        realm, nonce = challenge["realm"], challenge["nonce"]

        def digest(text: str) -> str:
            return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

        secret = digest(f"{self._user}:{realm}:{self._password}")
        answer = digest(f"{secret}:{nonce}:00000001:lamp:auth:{digest(f'SUBSCRIBE:{self._uri}')}")
        opaque = f', opaque="{challenge["opaque"]}"' if "opaque" in challenge else ""
        return (
            f'Authorization: Digest username="{self._user}", realm="{realm}", nonce="{nonce}", uri="{self._uri}",'
            f' response="{answer}", algorithm=MD5, qop=auth, nc=00000001, cnonce="lamp"{opaque}'
        )
