"""uvicorn inside our event loop: without its signal handlers, listening when `start` returns, gone when `stop` does."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Generator

import uvicorn
from fastapi import FastAPI

from web.stream import BoardStream

START_SECONDS = 10.0
GRACE_SECONDS = 2
"How long requests in progress may go on after `stop`."
MAX_CONNECTIONS = 500
KEEP_ALIVE_SECONDS = 15

_log = logging.getLogger(__name__)


class _Server(uvicorn.Server):
    """A uvicorn that leaves signals to the service and says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


class WebServer:
    """Serves one app on one address."""

    def __init__(self, app: FastAPI, host: str, port: int) -> None:
        self._stream: BoardStream = app.state.board_stream
        self._stream.abort = self._abort
        self._app = app
        self._host = host
        self.port = port
        "The port that is listened on; where 0 was asked for, known after `start`."
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Where the live page is."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self.port}/"

    async def start(self) -> None:
        """Return when connections are accepted. Raises OSError when the address can't be had."""
        listener = self._listen()
        self.port = listener.getsockname()[1]
        config = uvicorn.Config(
            self._app,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            # addresses must stay those of the connections: slow viewers are cut by them
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=GRACE_SECONDS,
            limit_concurrency=MAX_CONNECTIONS,
        )
        self._server = _Server(config)
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]), name="web-server")
        listening = asyncio.create_task(self._server.listening.wait(), name="web-server-listening")
        try:
            await asyncio.wait({self._task, listening}, timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            listening.cancel()
        if not self._server.listening.is_set():
            await self.stop()
            listener.close()
            raise OSError(f"The web server did not begin to listen on {self.url}.")

    async def wait(self) -> None:
        """Return when the server has ended, in order or not; raises what ended it."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def stop(self) -> None:
        """End the feeds, then requests, then connections; each has a deadline."""
        server, task = self._server, self._task
        if server is None or task is None:
            return
        # uvicorn waits for every response to end, and a feed never does by itself
        server.should_exit = True
        await self._stream.close()
        done, _ = await asyncio.wait({task}, timeout=GRACE_SECONDS + 1)
        if not done:
            task.cancel()
        (result,) = await asyncio.gather(task, return_exceptions=True)
        if isinstance(result, Exception):
            _log.error("the web server failed", exc_info=result)
        for connection in list(server.server_state.connections):
            connection.transport.abort()
        # transports close their sockets one turn of the loop later
        await asyncio.sleep(0)
        self._server = self._task = None

    def _listen(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((self._host, self.port))
            listener.setblocking(False)
        except BaseException:
            listener.close()
            raise
        return listener

    def _abort(self, address: object) -> None:
        if self._server is None:
            return
        for connection in list(self._server.server_state.connections):
            if getattr(connection, "client", None) == address:
                connection.transport.abort()
