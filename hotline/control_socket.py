"""How the command line reaches the running service: a socket in the state folder, for its own user and root only.

One line of JSON each way. The kernel says who asks (SO_PEERCRED), so that "who" in the versions is no claim.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pwd
import socket
import struct
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import structlog

from calls.errors import ConfigurationError, HotlineError, LinkDown, NotFound

log = structlog.get_logger(__name__)

MAX_LINE = 1_000_000
"""Bytes of a request or an answer."""

REQUEST_SECONDS = 10.0
ANSWER_SECONDS = 120.0
"""Longest wait for an answer: a city's prompts may all have to be spoken."""

Request = Mapping[str, Any]
Handler = Callable[[Request, str], Awaitable[Any]]
"""Takes a request's values and who asks; returns JSON-ready values or raises a HotlineError."""


class ServiceAway(HotlineError):
    """The service is not running."""

    error_id = "service_away"


class ControlSocket:
    """The service's side."""

    def __init__(self, path: Path, handlers: Mapping[str, Handler]) -> None:
        self._path = path
        self._handlers = handlers
        self._server: asyncio.AbstractServer | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen; a socket that a killed service left is replaced."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            with short_address(self._path) as address:
                listener.bind(address)
            self._path.chmod(0o600)  # whoever was quicker than this is asked who they are
            self._server = await asyncio.start_unix_server(self._accept, sock=listener, limit=MAX_LINE)
        except BaseException:
            listener.close()
            raise

    async def stop(self) -> None:
        """Listen no more; requests under way are given up."""
        if self._server is None:
            return
        self._server.close()
        for task in tuple(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await self._server.wait_closed()
        self._path.unlink(missing_ok=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            with contextlib.suppress(OSError, TimeoutError, ValueError):  # a peer that leaves or talks nonsense
                async with asyncio.timeout(REQUEST_SECONDS):
                    line = await reader.readline()
                answer = await self._answer(line, writer)
                writer.write(json.dumps(answer, ensure_ascii=False, default=str).encode() + b"\n")
                async with asyncio.timeout(REQUEST_SECONDS):
                    await writer.drain()
        finally:
            self._open.discard(task)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _answer(self, line: bytes, writer: asyncio.StreamWriter) -> dict[str, Any]:
        try:
            request = json.loads(line)
            handler = self._handlers[request["verb"]]
        except (ValueError, KeyError, TypeError):
            return {"ok": False, "error_id": "invalid_request", "message": "There is no such command."}
        uid, who = _peer(writer)
        if uid not in (0, os.geteuid()):
            return {"ok": False, "error_id": "not_allowed", "message": f"{who} may not command this service."}
        try:
            return {"ok": True, "result": await handler(request, who)}
        except ConfigurationError as error:
            return {"ok": False, "error_id": error.error_id, "message": str(error), "problems": error.problems}
        except HotlineError as error:
            return {"ok": False, "error_id": error.error_id, "message": str(error)}
        except Exception:
            log.exception("command_failed", verb=str(request["verb"]))
            return {
                "ok": False,
                "error_id": "internal_error",
                "message": "Something went wrong; the service logged it.",
            }


def ask_service(path: Path, verb: str, **values: Any) -> Any:
    """Ask the running service and return its answer. Raises ServiceAway, or what the service answered with."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(ANSWER_SECONDS)
    with connection:
        try:
            with short_address(path) as address:
                connection.connect(address)
            connection.sendall(json.dumps({"verb": verb, **values}, ensure_ascii=False).encode() + b"\n")
            with connection.makefile("rb") as stream:
                line = stream.readline(MAX_LINE)
        except (FileNotFoundError, ConnectionRefusedError):
            raise ServiceAway(
                f"The service is not running ({path} does not answer); `hotline run` starts it."
            ) from None
        except PermissionError:
            raise HotlineError(f"Only the service's own user and root may command it ({path}).") from None
        except OSError as error:
            raise LinkDown(f"The service did not answer: {error}") from error
    try:
        answer = json.loads(line)
    except ValueError:
        raise LinkDown("The service ended in the middle of its answer.") from None
    if answer["ok"]:
        return answer["result"]
    if "problems" in answer:
        raise ConfigurationError(list(answer["problems"]))
    if answer["error_id"] == NotFound.error_id:
        raise NotFound(str(answer["message"]))
    raise HotlineError(str(answer["message"]))


@contextlib.contextmanager
def short_address(path: Path) -> Iterator[str]:
    """Name the socket through its folder's handle: an address holds 107 bytes, a state folder may be deeper."""
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _peer(writer: asyncio.StreamWriter) -> tuple[int, str]:
    connection = writer.get_extra_info("socket")
    _, uid, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    try:
        return uid, pwd.getpwuid(uid).pw_name
    except KeyError:
        return uid, str(uid)
