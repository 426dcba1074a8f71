"""What Asterisk sends on a FastAGI connection, as messages: bytes in, dataclasses out, no socket.

Asterisk prints the header lines unescaped, and a caller's SIP user part may hold `%0A`: a caller can print whole lines
into the header (seen on Asterisk 22.10.1). Lines that are no header, headers sent twice and arguments before the last
standard header are therefore refused; a dialplan should still filter CALLERID(num) and EXTEN before AGI().

Bytes that are not UTF-8 become U+FFFD instead of an error: names come from telephones unchecked, and a bad one must
not cost the citizen the call.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import parse_qsl, unquote, urlsplit

from calls.errors import ProtocolError

MAX_QUERY_FIELDS = 32  # fields of the URL's query

_REQUIRED_HEADERS = ("agi_request", "agi_channel", "agi_uniqueid", "agi_threadid")
_LAST_STANDARD_HEADER = "agi_threadid"
_HEADER = re.compile(r"(agi_[a-z0-9_]+):(?: (.*))?", re.DOTALL)
_RESULT = re.compile(r"200 result=(\S*)(?: \((.*)\))?(?: endpos=(\d{1,18}))?\s*", re.DOTALL)
_OPEN_VALUE = re.compile(r"200 result=\S* \(")
_VALUE_END = re.compile(r"\)(?: endpos=\d{1,18})?\s*\Z")
_STATUS = re.compile(r"([1-9]\d\d)([ -])(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class CodecLimits:
    """How much a peer may send before it is cut off."""

    line_bytes: int = 16_384
    "Longest line, without its newline."
    header_lines: int = 256
    "Most header lines: Asterisk sends 23 and up to 127 arguments."
    header_bytes: int = 65_536
    "Longest header in all."
    reply_bytes: int = 65_536
    "Longest reply of several lines: a usage text, or a value with line breaks in it."


@dataclass(frozen=True, slots=True)
class Request:
    """Asterisk asked for a script: the header of a session. What Asterisk calls `unknown` is an empty string here."""

    script: str
    "Path of the URL without its first slash: `inbound` for agi://host/inbound?x=y."
    query: Mapping[str, str]
    channel: str
    uniqueid: str
    callerid: str
    "The caller's number, as the trunk sent it: anything may stand in it."
    calleridname: str
    dnid: str
    extension: str
    context: str
    language: str
    args: tuple[str, ...]
    "agi_arg_1 and on."
    raw: Mapping[str, str]
    "Every header as it came, by its full name (`agi_uniqueid`)."


@dataclass(frozen=True, slots=True)
class Reply:
    """Asterisk answered a command."""

    code: int
    "200 done, 510 unknown command, 511 not on a dead channel, 520 wrong use."
    result: str = ""
    "What follows `result=`; may be empty (GET DATA without digits)."
    value: str | None = None
    "What stands in parentheses after the result; None without parentheses."
    endpos: int | None = None
    "Where playing stopped, in samples."
    text: str = ""
    "What a reply other than 200 says, every line of it."

    @property
    def timed_out(self) -> bool:
        """Say whether the command ended by its own time-out."""
        return self.value == "timeout"


@dataclass(frozen=True, slots=True)
class Hangup:
    """Asterisk said HANGUP: this session is over. The caller may still be there, in another session."""


Message = Request | Reply | Hangup


class AgiCodec:
    """Turns what Asterisk sends into messages, wherever the bytes are cut.

    After a ProtocolError the connection is to be closed: the codec refuses everything that follows.
    """

    def __init__(self, limits: CodecLimits | None = None) -> None:
        self._limits = limits or CodecLimits()
        self._buffer = bytearray()
        self._searched = 0  # bytes of the buffer known to hold no newline
        self._header: dict[str, str] = {}
        self._header_lines = 0
        self._header_bytes = 0
        self._header_complete = False
        self._open_lines: list[str] = []  # of a reply that goes on
        self._open_bytes = 0
        self._broken = False

    def feed(self, data: bytes) -> list[Message]:
        """Take bytes and return the messages that they complete; raises ProtocolError saying what was wrong."""
        if self._broken:
            raise ProtocolError("bytes after a protocol error")
        try:
            return self._parse(data)
        except ProtocolError:
            self._broken = True
            self._buffer.clear()
            raise

    def _parse(self, data: bytes) -> list[Message]:
        messages: list[Message] = []
        self._buffer += data
        start = 0
        while (end := self._buffer.find(b"\n", max(start, self._searched))) >= 0:
            message = self._line(self._buffer[start:end])
            start = end + 1
            if message is not None:
                messages.append(message)
        del self._buffer[:start]
        self._searched = len(self._buffer)
        self._check_line_length(self._searched)
        return messages

    def _check_line_length(self, length: int) -> None:
        if length > self._limits.line_bytes:
            raise ProtocolError(f"line longer than {self._limits.line_bytes} bytes")

    def _line(self, line: bytearray) -> Message | None:
        self._check_line_length(len(line))
        if 0 in line:
            raise ProtocolError("NUL byte in a line")
        text = line.decode("utf-8", errors="replace")
        if text == "HANGUP":
            return Hangup()
        if not self._header_complete:
            return self._header_line(text, len(line))
        return self._reply_line(text, len(line))

    # -- the header --------------------------------------------------------------------------------

    def _header_line(self, text: str, length: int) -> Request | None:
        if not text:
            self._header_complete = True
            return _request(self._header)
        self._header_lines += 1
        self._header_bytes += length + 1
        if self._header_lines > self._limits.header_lines:
            raise ProtocolError(f"more than {self._limits.header_lines} header lines")
        if self._header_bytes > self._limits.header_bytes:
            raise ProtocolError(f"header longer than {self._limits.header_bytes} bytes")
        match = _HEADER.fullmatch(text)
        if match is None:
            raise ProtocolError(f"header line {self._header_lines} is not of the form 'agi_name: value'")
        name = match[1]
        if name in self._header:
            raise ProtocolError(f"header {name} sent twice")
        if name.startswith("agi_arg_") and _LAST_STANDARD_HEADER not in self._header:
            raise ProtocolError(f"header {name} before {_LAST_STANDARD_HEADER}")
        self._header[name] = match[2] or ""
        return None

    # -- replies -----------------------------------------------------------------------------------

    def _reply_line(self, text: str, length: int) -> Reply | None:
        if self._open_lines:
            return self._continued(text, length)
        if match := _RESULT.fullmatch(text):
            return _result(match)
        # a value may have a line break in it: Asterisk prints values as they are
        if _OPEN_VALUE.match(text):
            return self._continued(text, length)
        if match := _STATUS.fullmatch(text):
            if match[2] == "-":
                return self._continued(text, length)
            return Reply(code=int(match[1]), text=match[3])
        raise ProtocolError("line is neither a reply nor HANGUP")

    def _continued(self, text: str, length: int) -> Reply | None:
        self._open_lines.append(text)
        self._open_bytes += length + 1
        if self._open_bytes > self._limits.reply_bytes:
            raise ProtocolError(f"reply longer than {self._limits.reply_bytes} bytes")
        reply = _several_lines(self._open_lines) if len(self._open_lines) > 1 else None
        if reply is not None:
            self._open_lines = []
            self._open_bytes = 0
        return reply


def _result(match: re.Match[str]) -> Reply:
    return Reply(code=200, result=match[1], value=match[2], endpos=int(match[3]) if match[3] else None)


def _several_lines(lines: list[str]) -> Reply | None:
    """Return the reply if its last line is there."""
    if _OPEN_VALUE.match(lines[0]):
        # the whole is matched only once it can match, or many short lines would cost the square of their number
        match = _RESULT.fullmatch("\n".join(lines)) if _VALUE_END.search(lines[-1]) else None
        return _result(match) if match else None
    code = lines[0][:3]
    if not lines[-1].startswith(code + " "):
        return None
    return Reply(code=int(code), text="\n".join([lines[0][4:], *lines[1:-1], lines[-1][4:]]))


def _request(header: dict[str, str]) -> Request:
    for name in _REQUIRED_HEADERS:
        if name not in header:
            raise ProtocolError(f"header ended without {name}")
    url = header["agi_request"]
    try:
        parts = urlsplit(url)
        query = dict(parse_qsl(parts.query, keep_blank_values=True, max_num_fields=MAX_QUERY_FIELDS))
    except ValueError as exc:
        raise ProtocolError("header agi_request is no URL") from exc
    args: list[str] = []
    while (arg := header.get(f"agi_arg_{len(args) + 1}")) is not None:
        args.append(arg)

    def known(name: str) -> str:
        value = header.get(name, "")
        return "" if value == "unknown" else value

    return Request(
        script=unquote(parts.path).lstrip("/"),
        query=MappingProxyType(query),
        channel=header["agi_channel"],
        uniqueid=header["agi_uniqueid"],
        callerid=known("agi_callerid"),
        calleridname=known("agi_calleridname"),
        dnid=known("agi_dnid"),
        extension=header.get("agi_extension", ""),
        context=header.get("agi_context", ""),
        language=header.get("agi_language", ""),
        args=tuple(args),
        raw=MappingProxyType(dict(header)),
    )
