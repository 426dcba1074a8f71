"""The FastAGI server: accepts, bounds, routes by script name, and owns every session's task."""

from __future__ import annotations

import asyncio
import socket
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import cast

import structlog

from calls.errors import ProtocolError, SessionOver
from telephony.agi.codec import AgiCodec, CodecLimits, Hangup, Request
from telephony.agi.session import AgiSession

CANCEL_SECONDS = 5.0  # for cancelled sessions to clean up when the server stops
CLOSE_SECONDS = 2.0  # for sockets to close when the server stops
LISTEN_BACKLOG = 1024  # connections; a burst of probes must not push calls out

Handler = Callable[[AgiSession], Awaitable[None]]

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AgiLimits:
    """What the server bears before it refuses."""

    max_sessions: int = 2_000
    "Sessions at once, those whose connection has gone but whose handler still works included."
    max_handshakes: int = 500
    "Connections at once that have not yet sent their whole header."
    handshake_seconds: float = 5.0
    "From connecting to the end of the header."
    codec: CodecLimits = field(default_factory=CodecLimits)


@dataclass(slots=True)
class AgiCounters:
    """What happened since the server was made."""

    accepted: int = 0
    "Connections."
    sessions: int = 0
    "Sessions that reached a handler."
    sessions_failed: int = 0
    "Handlers that raised anything but SessionOver."
    rejected_sessions: int = 0
    "Refused at `max_sessions`."
    rejected_handshakes: int = 0
    "Refused at `max_handshakes`."
    unknown_script: int = 0
    "Asked for a script that has no handler."
    garbage: int = 0
    "Broke the protocol, before or during a session."
    closed_early: int = 0
    "Closed before the end of the header."
    handshake_timeouts: int = 0
    "Too slow with the header."


class AgiServer:
    """Serves the scripts of `routes`: agi://host/inbound goes to routes["inbound"].

    `stop()` ends everything in order; a handler's end closes its session and nothing else.
    """

    def __init__(
        self,
        routes: Mapping[str, Handler],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        limits: AgiLimits | None = None,
    ) -> None:
        self._routes = dict(routes)
        self._host = host
        self._port = port
        self.limits = limits or AgiLimits()
        self.counters = AgiCounters()
        self._server: asyncio.Server | None = None
        self._stopping = False
        self._connections: set[_Connection] = set()
        self._handshakes: set[_Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._empty = asyncio.Event()  # no connection is open
        self._empty.set()

    @property
    def port(self) -> int:
        """The port that it listens on; the one that the system gave when it was asked for 0."""
        return self._port

    @property
    def open_sessions(self) -> int:
        """How many handlers work now."""
        return len(self._tasks)

    @property
    def open_handshakes(self) -> int:
        """How many connections have not sent their whole header yet."""
        return len(self._handshakes)

    async def start(self) -> None:
        """Listen; raises OSError where the port is taken."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Connection(self), self._host, self._port, backlog=LISTEN_BACKLOG
        )
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self, grace_seconds: float = 0.0) -> None:
        """Stop accepting, wait for the sessions, cancel those that are left, close every connection."""
        self._stopping = True
        if self._server is not None:
            self._server.close()
        for connection in list(self._handshakes):
            connection.abort()
        if self._tasks and grace_seconds > 0:
            await asyncio.wait(self._tasks, timeout=grace_seconds)
        for task in self._tasks:
            task.cancel("the FastAGI server stops")
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=CANCEL_SECONDS)
        for task in self._tasks:
            _log.error("agi_session_will_not_end", task=task.get_name())
        for connection in list(self._connections):
            connection.abort()
        async with asyncio.timeout(CLOSE_SECONDS):
            await self._empty.wait()
            if self._server is not None:
                await self._server.wait_closed()
        self._server = None

    # -- called by the connections -----------------------------------------------------------------

    def _opened(self, connection: _Connection) -> None:
        self.counters.accepted += 1
        self._connections.add(connection)
        self._empty.clear()
        if self._stopping:
            connection.abort()
        elif len(self._handshakes) >= self.limits.max_handshakes:
            self.counters.rejected_handshakes += 1
            _log.warning("agi_rejected", reason="too many handshakes")
            connection.abort()
        else:
            self._handshakes.add(connection)

    def _handshake_ended(self, connection: _Connection) -> None:
        self._handshakes.discard(connection)

    def _closed(self, connection: _Connection) -> None:
        self._handshakes.discard(connection)
        self._connections.discard(connection)
        if not self._connections:
            self._empty.set()

    def _requested(self, connection: _Connection, request: Request) -> AgiSession | None:
        """Start the session's handler, or say why not and return None."""
        handler = self._routes.get(request.script)
        if handler is None:
            self.counters.unknown_script += 1
            _log.warning("agi_rejected", reason="unknown script", known=sorted(self._routes), call=request.uniqueid)
            return None
        if len(self._tasks) >= self.limits.max_sessions:
            self.counters.rejected_sessions += 1
            _log.warning("agi_rejected", reason="too many sessions", call=request.uniqueid)
            return None
        self.counters.sessions += 1
        session = AgiSession(request, connection.send)
        task = asyncio.get_running_loop().create_task(
            self._serve(handler, session, connection), name=f"agi {request.script} {request.uniqueid}"
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return session

    async def _serve(self, handler: Handler, session: AgiSession, connection: _Connection) -> None:
        try:
            await handler(session)
        except SessionOver:
            _log.debug("agi_session_over", script=session.request.script, call=session.request.uniqueid)
        except Exception as exc:
            self.counters.sessions_failed += 1
            # the error's own text may hold a number or keys, so only its kind and place are logged
            _log.error(
                "agi_handler_failed",
                script=session.request.script,
                call=session.request.uniqueid,
                error=type(exc).__name__,
                at=[f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(exc.__traceback__)],
            )
        finally:
            connection.close()


class _Connection(asyncio.Protocol):
    """One connection: bytes to the codec, messages to the session."""

    def __init__(self, server: AgiServer) -> None:
        self._server = server
        self._codec = AgiCodec(server.limits.codec)
        self._session: AgiSession | None = None
        self._transport: asyncio.Transport | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._refused = False  # closed by this side during the handshake
        self._socket: socket.socket | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is of no asyncio class
        self._socket = transport.get_extra_info("socket")
        assert self._socket is not None
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._deadline = asyncio.get_running_loop().call_later(
            self._server.limits.handshake_seconds, self._handshake_expired
        )
        self._server._opened(self)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        assert self._socket is not None
        # Asterisk holds a line back until the one before it is acknowledged (Nagle), and the kernel puts that off for
        # 40 ms: a caller would wait that long after a REFER. The setting lasts for one acknowledgement.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        try:
            for message in self._codec.feed(data):
                if isinstance(message, Request):
                    self._header_complete(message)
                elif self._session is None:
                    # HANGUP inside the header, or anything behind a refused request
                    continue
                elif isinstance(message, Hangup):
                    self._session.hangup_received()
                else:
                    self._session.reply_received(message)
        except ProtocolError as exc:
            self._server.counters.garbage += 1
            _log.warning("agi_garbage", reason=str(exc), call=self._call())
            if self._session is not None:
                self._session.connection_lost(exc)
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_deadline()
        if self._session is not None:
            self._session.connection_lost(SessionOver("Asterisk closed the AGI connection"))
        elif not self._refused:
            self._server.counters.closed_early += 1
        self._server._closed(self)

    def send(self, data: bytes) -> None:
        """Send a command."""
        assert self._transport is not None
        self._transport.write(data)

    def close(self) -> None:
        """Close after what is still to be sent; at once where the peer takes nothing."""
        if self._transport is not None and not self._transport.get_write_buffer_size():
            self._transport.close()
        else:
            self.abort()

    def abort(self) -> None:
        """Close at once."""
        self._refused = True
        self._cancel_deadline()
        if self._transport is not None:
            self._transport.abort()

    def _header_complete(self, request: Request) -> None:
        self._cancel_deadline()
        self._server._handshake_ended(self)
        self._session = self._server._requested(self, request)
        if self._session is None:
            self._refused = True
            self.close()

    def _handshake_expired(self) -> None:
        self._server.counters.handshake_timeouts += 1
        _log.warning("agi_rejected", reason="header not complete in time")
        self.abort()

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _call(self) -> str:
        return self._session.request.uniqueid if self._session is not None else ""
