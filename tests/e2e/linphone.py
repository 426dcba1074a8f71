"""Linphone as an operator's phone: its console program, typed to and read.

It is made of the same library (liblinphone) as Linphone's desktop and mobile programs. Sound comes from files and goes
to files.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import wave
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self

from hotline.actors.ports import release_ports, reserve_ports
from hotline.actors.processes import ActorProcess
from hotline.actors.sounds import write_tone_wav
from hotline.actors.tones import hears

PROGRAM = "linphonec"
INSTALLED = shutil.which(PROGRAM) is not None
WITHIN = 20.0

_LOOK_SECONDS = 0.05
_PORTS = 10
"One for SIP, the others for sound."

_CONFIG = """\
[sip]
sip_port={sip}
sip_tcp_port=0
sip_tls_port=0
default_proxy=0
use_ipv6=0

[rtp]
audio_rtp_port={rtp_first}-{rtp_last}

[proxy_0]
reg_proxy=<sip:{server}>
reg_identity=<sip:{user}@{server}>
reg_expires=120
reg_sendregister=1

[auth_info_0]
username={user}
passwd={password}
realm=asterisk
"""


class Linphone:
    """One phone of several lines, which registers by itself; a line is known by the number that Linphone gave it."""

    def __init__(self, user: str, password: str, server: str, *, voice_hz: int, folder: Path) -> None:
        self._user, self._password, self._server = user, password, server
        self._voice_hz = voice_hz
        self._folder = folder
        self._process: ActorProcess | None = None
        self._first_port = 0
        self._read = 0
        self._talks = 0

    async def __aenter__(self) -> Self:
        # without this folder it has no database, and without a database it never registers
        (self._folder / ".local/share/linphone").mkdir(parents=True)
        first = self._first_port = reserve_ports(_PORTS)
        account = {"server": self._server, "user": self._user, "password": self._password}
        ports = {"sip": first, "rtp_first": first + 2, "rtp_last": first + _PORTS - 1}
        (self._folder / "linphonerc").write_text(_CONFIG.format(**account, **ports))
        write_tone_wav(self._folder / "voice.wav", self._voice_hz, 120)
        argv = ["env", f"HOME={self._folder}", PROGRAM, "-c", str(self._folder / "linphonerc")]
        self._process = await ActorProcess.start(argv, name=self._user, folder=self._folder, keyboard=True)
        self.type("soundcard use files")
        self.type(f"play {self._folder / 'voice.wav'}")
        self.next_talk()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        process = self._process
        assert process is not None
        try:
            self.type("quit")
            with suppress(TimeoutError):
                await process.exited(WITHIN)
        finally:
            await process.kill()
            release_ports(self._first_port, _PORTS)

    # what the operator does

    def type(self, command: str) -> None:
        """Type a command, or the keys of a telephone."""
        assert self._process is not None
        self._process.type_line(command)

    def next_talk(self) -> None:
        """Keep what is heard from the next talk on in a file of its own."""
        self._talks += 1
        self.type(f"record {self._heard()}")

    async def rings(self) -> str:
        """Wait until it rings; return the line."""
        return (await self.says(r"new incoming call from .*, assigned id (\d+)"))[1]

    async def calls(self, number: str) -> str | None:
        """Dial on another line; return it, or None where the call is refused."""
        self.type(f"call {number}")
        line = (await self.says(r"assigned id (\d+)"))[1]
        came = await self.says(rf"Call {line} with .* error|Media streams established with .* for call {line}")
        return None if came[0].endswith("error") else line

    # what the operator notices

    async def says(self, pattern: str) -> re.Match[str]:
        """Wait until what it has said since the last time matches."""
        found: list[re.Match[str]] = []

        def look() -> bool:
            match = re.search(pattern, self._said()[self._read :])
            found.extend([match] if match else [])
            return match is not None

        await self._until(look, pattern)
        self._read += found[0].end()
        return found[0]

    async def heard(self, hz: int) -> None:
        """Wait until a voice is in what was heard in the last talk, which is over."""
        await self._until(lambda: self._in_last_talk(hz), f"{hz} Hz in {self._heard()}")

    def _in_last_talk(self, hz: int) -> bool:
        with suppress(wave.Error, EOFError, OSError):  # not written to its end, or not begun
            return hears(self._heard(), hz)
        return False

    def _heard(self) -> Path:
        return self._folder / f"heard-{self._talks}.wav"

    def _said(self) -> str:
        assert self._process is not None
        return self._process.output()

    async def _until(self, condition: Callable[[], bool], what: str) -> None:
        try:
            async with asyncio.timeout(WITHIN):
                while not condition():  # noqa: ASYNC110 - another program writes the files
                    await asyncio.sleep(_LOOK_SECONDS)
        except TimeoutError:
            raise AssertionError(f"linphone: not within {WITHIN:g} s: {what}; it said:\n{self._said()}") from None
