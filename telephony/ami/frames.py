"""AMI's frames: bytes in, blocks of headers out. Knows no sockets and no events."""

from __future__ import annotations

from collections.abc import Iterator

from calls.errors import ProtocolError

_BANNER = b"Asterisk Call Manager/"
_BANNER_BYTES = 128
"Longest first line that is read before giving up on the peer."
_END = b"\r\n\r\n"
_SHOWN = """
event response privilege timestamp uniqueid linkedid destuniqueid destlinkedid bridgeuniqueid cause dialstatus
actionid eventlist direction state contactstatus result
"""
"Headers whose values hold nothing personal and may be shown in an error."


class Frame:
    """One block of headers. Names are compared without case; the first of repeated headers counts."""

    __slots__ = ("_headers", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        headers: dict[str, str] = {}
        # from the last to the first, so that the first of repeated headers stays
        for line in reversed(text.split("\r\n")):
            name, colon, value = line.partition(":")
            if colon:
                headers[name.lower()] = value[1:] if value.startswith(" ") else value
        self._headers = headers

    def get(self, name: str) -> str | None:
        """The value of the first header of that name (in lower case), None where there is none."""
        return self._headers.get(name)

    def require(self, name: str) -> str:
        """The value of the first header of that name (in lower case), which must be there and not empty."""
        value = self._headers.get(name)
        if not value:
            raise ProtocolError(f"AMI frame without {name}: {self.masked()}")
        return value

    def all(self, name: str) -> tuple[str, ...]:
        """The values of every header of that name (in lower case), in the order they came."""
        return tuple(value for key, value in self.pairs() if key.lower() == name)

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Every header as it came, repeated ones included."""
        for line in self.text.split("\r\n"):
            name, colon, value = line.partition(":")
            if colon:
                yield name, value[1:] if value.startswith(" ") else value

    def variables(self, prefix: str = "") -> dict[str, str]:
        """The channel variables that Asterisk sends along (`channelvars` in manager.conf)."""
        if "ChanVariable" not in self.text:
            return {}
        found: dict[str, str] = {}
        wanted = f"{prefix}chanvariable".lower()
        for key, value in self.pairs():
            # events about one channel have `ChanVariable: name=value`, some others `ChanVariable(channel): name=value`
            if key.lower().partition("(")[0] == wanted:
                name, _, content = value.partition("=")
                found[name] = content
        return found

    def output(self) -> tuple[str, ...]:
        """The lines that a console command printed, in Asterisk's present form and in the one before 14."""
        if self.get("response") != "Follows":
            return self.all("output")
        body = self.text
        for head in ("response: ", "privilege: ", "actionid: ", "message: "):
            if body.lower().startswith(head):
                body = body.partition("\r\n")[2]
        return tuple(
            line.rstrip("\r") for line in body.partition("--END COMMAND--")[0].split("\n") if line.rstrip("\r")
        )

    def masked(self) -> str:
        """The frame for a log or an error: names of all headers, values only of those that hold nothing personal."""
        harmless = _SHOWN.split()
        shown = (f"{name}: {value}" if name.lower() in harmless else f"{name}: …" for name, value in self.pairs())
        return " | ".join(shown)[:1000]

    def __repr__(self) -> str:
        return f"<Frame {self.masked()}>"


class FrameParser:
    """Cuts what Asterisk sends into frames, wherever TCP cut it before."""

    def __init__(self, *, line_bytes: int, frame_bytes: int) -> None:
        self.version: str | None = None
        "AMI's version from the banner, None before it came."
        self.error: ProtocolError | None = None
        "Why nothing more is read: the peer broke the protocol, so that the rest of the stream can't be trusted."
        self._buffer = bytearray()
        self._searched = 0
        self._line_bytes = line_bytes
        self._frame_bytes = frame_bytes

    def feed(self, data: bytes) -> list[Frame]:
        """Takes what was read and returns the frames that it completes. Sets `error` at a breach of the protocol."""
        if self.error is not None:
            return []
        self._buffer += data
        if self.version is None and not self._read_banner():
            return []
        frames: list[Frame] = []
        start = 0
        end = self._buffer.find(_END, self._searched)
        while end >= 0 and self.error is None:
            # decoded only when whole, so that no character is ever cut in two
            self._add(bytes(self._buffer[start:end]), frames)
            start = end + len(_END)
            end = self._buffer.find(_END, start)
        del self._buffer[:start]
        self._searched = max(0, len(self._buffer) - len(_END) + 1)
        if self.error is None:
            self._check_rest()
        return frames

    def _read_banner(self) -> bool:
        line, found, _ = self._buffer.partition(b"\r\n")
        known = len(_BANNER)
        if line[:known] != _BANNER[: len(line)] or len(line) > _BANNER_BYTES:
            self._fail("The peer is no Asterisk Manager Interface")
        elif found:
            self.version = line[known:].decode("ascii", "replace").strip()
            del self._buffer[: len(line) + len(found)]
        return self.version is not None

    def _add(self, block: bytes, frames: list[Frame]) -> None:
        block = block.strip(b"\r\n")
        if not block:
            return
        if len(block) > self._frame_bytes:
            self._fail(f"An AMI frame has more than {self._frame_bytes} bytes")
        elif len(block) > self._line_bytes and any(len(line) > self._line_bytes for line in block.split(b"\r\n")):
            self._fail(f"An AMI line has more than {self._line_bytes} bytes")
        else:
            frames.append(Frame(block.decode("utf-8", "replace")))

    def _check_rest(self) -> None:
        size = len(self._buffer)
        if size > self._frame_bytes + len(_END):
            self._fail(f"An AMI frame has more than {self._frame_bytes} bytes")
        elif size > self._line_bytes and size - self._buffer.rfind(b"\n") > self._line_bytes + len(_END):
            self._fail(f"An AMI line has more than {self._line_bytes} bytes")

    def _fail(self, message: str) -> None:
        self.error = ProtocolError(message)
        self._buffer.clear()
        self._searched = 0
