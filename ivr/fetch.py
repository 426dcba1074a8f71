"""Asks an HTTP server for one short answer, within a time. A server that hangs delays only the caller who asks it."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import structlog

from ivr.lookup import Answer, LookUpOutcome, read_answer

MAX_BYTES = 64 * 1024
"""Bytes of an answer, header included; a longer one is none."""

MAX_AT_ONCE = 500
"""Questions under way at once; one more fails at once, and its caller goes the written way."""

_log = structlog.get_logger(__name__)


class Fetcher:
    """Asks servers. Holds nothing but the number of questions under way."""

    def __init__(self) -> None:
        self._under_way = 0

    async def fetch(self, url: str, field: str | None, timeout_seconds: float) -> Answer:
        """Return what the server says (`field` of its JSON object, or its whole text); never raises."""
        if self._under_way >= MAX_AT_ONCE:
            return Answer(LookUpOutcome.FAILED)
        self._under_way += 1
        try:
            async with asyncio.timeout(timeout_seconds):
                status, body = await _get(url)
            return read_answer(status, body, field)
        except TimeoutError:
            _log.warning("look_up_timed_out", host=urlsplit(url).hostname, seconds=timeout_seconds)
            return Answer(LookUpOutcome.TIMED_OUT)
        except (OSError, ValueError, EOFError) as error:
            # neither the address nor the answer: a caller's number stands in them
            _log.warning("look_up_failed", host=urlsplit(url).hostname, error=type(error).__name__)
            return Answer(LookUpOutcome.FAILED)
        finally:
            self._under_way -= 1


async def _get(url: str) -> tuple[int, bytes]:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    reader, writer = await asyncio.open_connection(parts.hostname, port, ssl=secure or None, limit=MAX_BYTES)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        # HTTP/1.0: the answer ends with the connection, and never comes in chunks
        head = f"GET {target} HTTP/1.0\r\nHost: {parts.netloc}\r\nAccept: application/json, text/plain\r\n\r\n"
        writer.write(head.encode("ascii"))
        received = await _read(reader)
    finally:
        writer.transport.abort()
    header, gap, body = received.partition(b"\r\n\r\n")
    words = header.split(b"\r\n", 1)[0].split()
    if not gap or len(words) < 2 or not words[0].startswith(b"HTTP/1."):
        raise ValueError("this is no HTTP answer")
    return int(words[1]), body


async def _read(reader: asyncio.StreamReader) -> bytes:
    received = b""
    while chunk := await reader.read(8192):
        received += chunk
        if len(received) > MAX_BYTES:
            raise ValueError("the answer is too long")
        length = _length(received)
        if length is not None and len(received) >= length:
            break
    return received


def _length(received: bytes) -> int | None:
    """Return how long the whole answer is where its header says so: some servers leave the connection open."""
    header, gap, _ = received.partition(b"\r\n\r\n")
    for line in header.split(b"\r\n")[1:] if gap else ():
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length" and value.strip().isdigit():
            return len(header) + len(gap) + int(value)
    return None
