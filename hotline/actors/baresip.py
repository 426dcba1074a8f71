"""baresip as a part: its configuration and its control connection (ctrl_tcp: JSON in netstrings)."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hotline.actors.ports import LOOPBACK
from hotline.actors.processes import ActorError

MODULE_PATHS = (Path("/usr/lib/baresip/modules"), Path("/usr/local/lib/baresip/modules"))
COMMAND_SECONDS = 5.0
"How long baresip may take to carry out one command."

_LONGEST_MESSAGE = 65_536
_CONNECT_SECONDS = 10.0
_RETRY_SECONDS = 0.02

_CONFIG = """\
poll_method epoll
net_interface {address}
sip_listen {address}:{sip_port}
rtp_ports {rtp_first}-{rtp_last}
call_max_calls 1
call_local_timeout 600
audio_source aufile,{voice}
ausrc_srate 8000
ausrc_channels 1
auplay_srate 8000
auplay_channels 1
module_path {modules}
module g711.so
module aufile.so
{recording}
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen {address}:{control_port}
ringback_disabled yes
statmode_default off
menu_bell no
"""


@dataclass(frozen=True, slots=True)
class BaresipPorts:
    """The ports of one phone."""

    sip: int
    control: int
    rtp_first: int
    rtp_last: int


def write_config(folder: Path, ports: BaresipPorts, *, voice: Path, record: bool) -> None:
    """Write a configuration with nothing but what an operator's phone needs; no sound hardware."""
    modules = next((path for path in MODULE_PATHS if path.is_dir()), None)
    if modules is None:
        raise ActorError(f"baresip's modules are in none of {', '.join(map(str, MODULE_PATHS))}")
    text = _CONFIG.format(
        address=LOOPBACK,
        sip_port=ports.sip,
        control_port=ports.control,
        rtp_first=ports.rtp_first,
        rtp_last=ports.rtp_last,
        voice=voice.name,
        modules=modules,
        # relative: baresip cuts this path at 128 characters
        recording="module sndfile.so\nsnd_path ." if record else "",
    )
    (folder / "config").write_text(text)
    # accounts are added over the control connection, so that no event is missed; without files it writes examples
    (folder / "accounts").write_text("")
    (folder / "contacts").write_text("")


class BaresipControl:
    """The control connection: commands out, answers and events in."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, on_event: Callable[[dict[str, Any]], None]
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._on_event = on_event
        self._tokens = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._task = asyncio.create_task(self._read(), name="baresip-control")

    @classmethod
    async def connect(cls, port: int, on_event: Callable[[dict[str, Any]], None]) -> BaresipControl:
        """Connect as soon as baresip listens."""
        async with asyncio.timeout(_CONNECT_SECONDS):
            while True:
                try:
                    reader, writer = await asyncio.open_connection(LOOPBACK, port, limit=_LONGEST_MESSAGE)
                except OSError:
                    await asyncio.sleep(_RETRY_SECONDS)
                else:
                    return cls(reader, writer, on_event)

    async def command(self, name: str, params: str | None = None) -> str:
        """Carry out one command and return what baresip said to it."""
        token = str(next(self._tokens))
        body = {"command": name, "token": token} | ({"params": params} if params is not None else {})
        data = json.dumps(body).encode()
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting[token] = answer
        try:
            self._writer.write(b"%d:%s," % (len(data), data))
            async with asyncio.timeout(COMMAND_SECONDS):
                reply = await answer
        finally:
            del self._waiting[token]
        if not reply.get("ok"):
            raise ActorError(f"baresip refused {name}: {reply.get('data')}")
        return str(reply.get("data", ""))

    async def close(self) -> None:
        """Close the connection."""
        self._task.cancel()
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _read(self) -> None:
        try:
            while True:
                length = int((await self._reader.readuntil(b":"))[:-1])
                message = json.loads(await self._reader.readexactly(length))
                await self._reader.readexactly(1)
                if message.get("event"):
                    self._on_event(message)
                elif (waiting := self._waiting.get(str(message.get("token")))) and not waiting.done():
                    waiting.set_result(message)
        except (asyncio.IncompleteReadError, OSError, ValueError):
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(ActorError("baresip closed its control connection"))
