"""One AMI connection: panoramisk's protocol, with everything replaced that lost events, characters or answers.

panoramisk keeps the connection and calls us; what it decoded, matched and sent again is ours here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import structlog
from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol

from calls.errors import ActionTimedOut, LinkDown, ProtocolError

from .errors import BadAction, TooManyActions
from .frames import Frame, FrameParser
from .limits import AmiCounters, AmiLimits
from .rows import AmiReply

log = structlog.get_logger(__name__)

_MOST_HEADERS = 120
"Asterisk takes 128 headers in an action (AST_MAX_MANHEADERS)."
_MOST_LINE_BYTES = 1000
"Asterisk takes 1,024 bytes in a line, its end included, and drops an action with a longer one."


class Owner(Protocol):
    """Who a connection reports to: the manager."""

    def dispatch(self, event: Frame) -> object:
        """Takes an event that answers no action."""

    def connection_lost(self, exc: object) -> None:
        """Learns once why the connection is over."""


class Request(Action):  # type: ignore[misc]  # panoramisk has no types
    """An action that waits for its answer: a reply, or a reply and a list of events."""

    def __init__(self, headers: Mapping[str, str | Sequence[str]], list_events: int) -> None:
        checked = {name: _checked(name, value) for name, value in headers.items()}
        super().__init__(checked)
        self.reply: Frame | None = None
        self.events: list[Frame] = []
        self.deadline: asyncio.TimerHandle | None = None
        self.list_events = list_events

    def encoded(self) -> bytes:
        """The action's bytes, within what Asterisk takes."""
        lines = str(self).encode().split(b"\r\n")
        if len(lines) > _MOST_HEADERS:
            raise BadAction(f"{self['Action']} has more than {_MOST_HEADERS} headers")
        for line in lines:
            if len(line) > _MOST_LINE_BYTES:
                raise BadAction(f"{self['Action']}: a header has more than {_MOST_LINE_BYTES} bytes")
        return b"\r\n".join(lines)

    def takes(self, frame: Frame) -> bool:
        """True where a frame with this action's id answers it. An OriginateResponse or a UserEvent does not."""
        if frame.get("event") is None:
            return self.reply is None
        return self.reply is not None

    def add_message(self, frame: Frame) -> bool:
        """Takes a frame of the answer. True when it was the last."""
        stage = (frame.get("eventlist") or "").lower()
        if self.reply is None:
            self.reply = frame
            if stage == "start":
                return False
        elif stage not in ("complete", "cancelled"):
            if len(self.events) >= self.list_events:
                self.fail(ProtocolError(f"The list of {self['Action']} has more than {self.list_events} events"))
                return True
            self.events.append(frame)
            return False
        self._finish(cancelled=stage == "cancelled")
        return True

    def fail(self, error: Exception) -> None:
        """Ends the wait with an error."""
        self._disarm()
        if not self.future.done():
            self.future.set_exception(error)

    def _finish(self, *, cancelled: bool) -> None:
        self._disarm()
        if self.reply is None or self.future.done():
            return
        success = self.reply.get("response") in ("Success", "Follows", "Goodbye") and not cancelled
        message = "The list was cancelled" if cancelled else (self.reply.get("message") or "").strip()
        self.future.set_result(AmiReply(success, message, self.reply, tuple(self.events)))

    def _disarm(self) -> None:
        if self.deadline is not None:
            self.deadline.cancel()
            self.deadline = None


class AmiProtocol(AMIProtocol):  # type: ignore[misc]  # panoramisk has no types
    """Reads and writes one connection. Every action has a deadline, nothing is ever sent twice."""

    closed: bool

    def __init__(self, owner: Owner, limits: AmiLimits, counters: AmiCounters, action_seconds: float) -> None:
        self._owner = owner
        self._limits = limits
        self._counters = counters
        self._action_seconds = action_seconds
        self._parser = FrameParser(line_bytes=limits.line_bytes, frame_bytes=limits.frame_bytes)
        self.lost_because: str | None = None
        "Why the connection is over, None while it stands."

    def connection_made(self, transport: Any) -> None:
        """Begins. The owner is known from the first byte on, not only when panoramisk gets to it."""
        super().connection_made(transport)
        self.factory = self._owner
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        """Takes bytes as they come, cut anywhere."""
        self._counters.bytes_read += len(data)
        frames = self._parser.feed(data)
        self.version = self._parser.version
        for frame in frames:
            if self.closed:
                return
            self._counters.frames += 1
            try:
                self.handle_message(frame)
            except ProtocolError as error:
                self._counters.malformed += 1
                log.warning("ami frame not understood", error=str(error))
            except Exception:
                # one frame's failure must not cost the frames behind it
                self._counters.handler_errors += 1
                log.exception("ami frame not handled", event_name=frame.get("event"))
        if self._parser.error is not None:
            self._counters.malformed += 1
            self.lose(str(self._parser.error))

    def handle_message(self, frame: Frame) -> None:
        """Gives a frame to the action that it answers, or to the owner."""
        action_id = frame.get("actionid")
        request: Request | None = self.responses.get(action_id) if action_id else None
        if request is not None and request.takes(frame):
            if request.add_message(frame):
                del self.responses[request.id]
        elif frame.get("event") is not None:
            self._owner.dispatch(frame)
        elif frame.get("response") is not None:
            self._counters.late_replies += 1
        else:
            raise ProtocolError(f"AMI frame that is neither a response nor an event: {frame.masked()}")

    def send(
        self, data: Mapping[str, str | Sequence[str]], as_list: object = None, timeout: float | None = None
    ) -> asyncio.Future[AmiReply]:
        """Sends an action once. The future ends with the reply, or with `ActionTimedOut` or `LinkDown`."""
        if self.closed or self.transport.is_closing():
            raise LinkDown(self.lost_because)
        if len(self.responses) >= self._limits.pending_actions:
            raise TooManyActions
        request = Request(data, self._limits.list_events)
        encoded = request.encoded()
        seconds = self._action_seconds if timeout is None else timeout
        loop = asyncio.get_running_loop()
        request.deadline = loop.call_later(seconds, self._expire, request, seconds)
        self.responses[request.id] = request
        request.future.add_done_callback(lambda _: self._forget(request))
        self.transport.write(encoded)
        future: asyncio.Future[AmiReply] = request.future
        return future

    def connection_lost(self, exc: object) -> None:
        """The transport is closed, by the peer or by us."""
        self.lose("Asterisk closed the connection" if exc is None else f"The connection broke: {exc}")
        if not self.gone.done():
            self.gone.set_result(None)

    def close(self) -> None:
        """Ends the connection."""
        self.lose("The connection was closed by us")

    def lose(self, reason: str) -> None:
        """Gives the connection up: what waits for an answer fails, the owner learns why. Nothing is kept for later."""
        if self.closed:
            return
        self.closed = True
        self.lost_because = reason
        # not close(): that waits until the peer has read everything, which a peer that hangs never does
        self.transport.abort()
        for request in list(self.responses.values()):
            request.fail(LinkDown(f"{LinkDown.__doc__} {reason}"))
        self.responses.clear()
        self._owner.connection_lost(reason)

    def _expire(self, request: Request, seconds: float) -> None:
        self._counters.action_timeouts += 1
        request.fail(ActionTimedOut(f"Asterisk did not answer {request['Action']} in {seconds:g} seconds"))

    def _forget(self, request: Request) -> None:
        # also reached when the one who waits is cancelled
        request._disarm()
        self.responses.pop(request.id, None)
        if not request.future.cancelled():
            # marked as seen: a ping or a login that fails at shutdown has nobody waiting
            request.future.exception()


def _checked(name: str, value: str | Sequence[str]) -> str | list[str]:
    """Refuses what would end the header and begin another one."""
    values = [value] if isinstance(value, str) else list(value)
    if not name.replace("-", "").isalnum() or not name.isascii():
        raise BadAction(f"The AMI header name {name!r} has other characters than letters, digits and hyphens")
    for text in values:
        if any(character in text for character in "\r\n\0"):
            raise BadAction(f"The value of the AMI header {name} has a line end or a NUL")
        try:
            text.encode()
        except UnicodeEncodeError:
            raise BadAction(f"The value of the AMI header {name} is no valid Unicode") from None
    return value if isinstance(value, str) else values
