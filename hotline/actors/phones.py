"""An operator's phone: one real softphone (baresip), registered with digest authentication."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from hotline.actors.baresip import BaresipControl, BaresipPorts, write_config
from hotline.actors.ports import LOOPBACK, release_ports, reserve_ports
from hotline.actors.processes import ActorError, ActorProcess
from hotline.actors.sounds import write_tone_wav

REGISTER_SECONDS = 10.0
_PORTS = 14
"SIP, the TLS port that baresip always binds after it, control, and five pairs of RTP and RTCP."
_REGISTRATION_INTERVAL = 600
_KEY_SECONDS = 0.25
"Time from one key to the next: baresip sends each for 180 ms."

_HISTORY = 1000
"How many past events a phone remembers."


class PhoneGoneError(ActorError):
    """The phone's program has ended."""


class PhoneEventKind(StrEnum):
    """What can happen to a phone."""

    REGISTERED = "REGISTER_OK"
    REGISTER_FAILED = "REGISTER_FAIL"
    INCOMING = "CALL_INCOMING"
    ESTABLISHED = "CALL_ESTABLISHED"
    CLOSED = "CALL_CLOSED"
    TRANSFER_FAILED = "TRANSFER_FAILED"
    "The line refused to send the far end on; the call goes on."
    KEY_HEARD = "CALL_DTMF_START"
    KEY_RELEASED = "CALL_DTMF_END"
    VOICE_ENDED = "AUDIO_ERROR"
    GONE = "GONE"
    "The phone's program has ended."


@dataclass(frozen=True, slots=True)
class PhoneEvent:
    """One thing that happened to a phone."""

    kind: PhoneEventKind
    at: datetime

    peer: str = ""
    "SIP address of the other side."

    call_id: str = ""
    "SIP Call-ID of the call concerned."

    detail: str = ""
    "Why a call closed, which key was heard."


@dataclass(frozen=True, slots=True)
class PhoneAccount:
    """Where and as whom a phone registers."""

    user: str
    "User name of the endpoint, such as op1001; also the authentication name."

    password: str
    server: str
    "Host and port of the registrar."

    def uri(self) -> str:
        """Return the address of record."""
        return f"sip:{self.user}@{self.server}"


class OperatorPhone:
    """One phone on an operator's desk."""

    def __init__(
        self,
        account: PhoneAccount,
        *,
        folder: Path,
        voice_hz: int = 440,
        voice_seconds: float = 300,
        record: bool = False,
    ) -> None:
        """Prepare a phone that plays `voice_hz` as its voice and, with `record`, keeps what it hears as WAV files."""
        self.account = account
        self.voice_hz = voice_hz
        self.history: deque[PhoneEvent] = deque(maxlen=_HISTORY)
        self._folder = folder
        self._voice_seconds = voice_seconds
        self._record = record
        self._happened = asyncio.Event()
        self._unread: deque[PhoneEvent] = deque(maxlen=_HISTORY)
        self._process: ActorProcess | None = None
        self._control: BaresipControl | None = None
        self._first_port: int | None = None

    # life

    async def start(self, *, register: bool = True, register_seconds: float = REGISTER_SECONDS) -> None:
        """Switch the phone on; return when the registrar has said 200 (at once for a phone that is called directly)."""
        folder = self._folder.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        voice = write_tone_wav(folder / "voice.wav", self.voice_hz, self._voice_seconds)
        first = self._first_port = reserve_ports(_PORTS)
        ports = BaresipPorts(sip=first, control=first + 2, rtp_first=first + 4, rtp_last=first + _PORTS - 1)
        write_config(folder, ports, voice=voice, record=self._record)
        try:
            self._process = await ActorProcess.start(["baresip", "-f", "."], name=self.account.user, folder=folder)
            self._control = await BaresipControl.connect(ports.control, self._take)
            if register:
                await self.register(register_seconds)
            else:
                await self._add_account(registration_interval=0)
        except BaseException as failure:
            tail = self._process.output_tail() if self._process else ""
            await self.kill()
            if isinstance(failure, TimeoutError):
                raise ActorError(f"phone {self.account.user} did not come up: {tail}") from failure
            raise

    async def register(self, timeout_seconds: float = REGISTER_SECONDS) -> None:
        """Register; return when the registrar has said 200."""
        await self._add_account(_REGISTRATION_INTERVAL)
        event = await self.wait_for(
            PhoneEventKind.REGISTERED, PhoneEventKind.REGISTER_FAILED, timeout_seconds=timeout_seconds
        )
        if event.kind is PhoneEventKind.REGISTER_FAILED:
            raise ActorError(f"the registrar refused {self.account.user}: {event.detail}")

    async def _add_account(self, registration_interval: int) -> None:
        account = self.account
        options = f"auth_user={account.user};auth_pass={account.password};regint={registration_interval}"
        await self._say("uanew", f"<{account.uri()}>;{options};audio_codecs=PCMA/8000/1;answermode=manual")

    async def unregister(self) -> None:
        """Log the phone off properly (REGISTER with Expires 0); a call under way ends with it."""
        await self._say("uadel", self.account.uri())

    async def stop(self) -> None:
        """Switch the phone off as a person would: it hangs up and logs off first."""
        await self._leave(graceful=True)

    async def kill(self) -> None:
        """Let the phone vanish: no BYE, no unregistering, as when its power goes."""
        await self._leave(graceful=False)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self.stop()

    # what the operator does

    async def dial(self, number: str) -> None:
        """Dial a number or a code through the registrar."""
        await self._say("dial", f"sip:{number}@{self.account.server}")

    async def answer(self) -> None:
        """Pick up."""
        await self._say("accept")

    async def hangup(self) -> None:
        """Hang up, or refuse a call that rings (486)."""
        await self._say("hangup")

    async def decline(self) -> None:
        """Refuse a ringing call: 486, the only refusal that baresip 1.0.0 knows."""
        await self._say("hangup")

    async def press(self, keys: str) -> None:
        """Press keys during a call, sent as RFC 4733 events; return when the last has been handed over."""
        for key in keys:
            await self._say("sndcode", key)
            # baresip holds one key at a time: the next would cut this one short
            await asyncio.sleep(_KEY_SECONDS)

    async def transfer(self, target: str) -> None:
        """Send the far end to a number (SIP REFER), as the phone's own transfer button does."""
        await self._say("transfer", target)

    async def hold(self) -> None:
        """Put the far end on hold."""
        await self._say("hold")

    async def resume(self) -> None:
        """Take the far end off hold."""
        await self._say("resume")

    # what the operator notices

    async def next_of(self, *kinds: PhoneEventKind, timeout_seconds: float) -> PhoneEvent | None:
        """Return the next event of one of these kinds, or None; events of other kinds before it are passed over."""
        try:
            async with asyncio.timeout(timeout_seconds):
                while True:
                    while self._unread:
                        event = self._unread.popleft()
                        if event.kind in kinds:
                            return event
                        if event.kind is PhoneEventKind.GONE:
                            raise PhoneGoneError(f"phone {self.account.user} is gone")
                    self._happened.clear()
                    await self._happened.wait()
        except TimeoutError:
            return None

    async def wait_for(self, *kinds: PhoneEventKind, timeout_seconds: float) -> PhoneEvent:
        """Return the next event of one of these kinds; its absence is an error."""
        event = await self.next_of(*kinds, timeout_seconds=timeout_seconds)
        if event is None:
            wanted = " or ".join(kind.name.lower() for kind in kinds)
            raise ActorError(f"phone {self.account.user}: no {wanted} within {timeout_seconds:g} s")
        return event

    def heard(self) -> list[Path]:
        """Return what the phone heard, one WAV file for each call in order; needs `record`."""
        return sorted(self._folder.glob("dump-*-dec.wav"))

    @property
    def address(self) -> str:
        """Host and port of the phone itself, for calls without a registrar."""
        if self._first_port is None:
            raise ActorError(f"phone {self.account.user} is off")
        return f"{LOOPBACK}:{self._first_port}"

    @property
    def pid(self) -> int | None:
        """Process id while the phone is on."""
        return self._process.pid if self._process else None

    def _take(self, message: dict[str, Any]) -> None:
        with contextlib.suppress(ValueError):
            kind = PhoneEventKind(str(message.get("type")))
            detail, call_id = str(message.get("param", "")), str(message.get("id", ""))
            self._note(PhoneEvent(kind, datetime.now(UTC), str(message.get("peeruri", "")), call_id, detail))

    def _note(self, event: PhoneEvent) -> None:
        self.history.append(event)
        self._unread.append(event)
        self._happened.set()

    async def _say(self, command: str, params: str | None = None) -> None:
        if self._control is None:
            raise ActorError(f"phone {self.account.user} is off")
        await self._control.command(command, params)

    async def _leave(self, *, graceful: bool) -> None:
        control, self._control = self._control, None
        process, self._process = self._process, None
        try:
            if process is not None:
                await (process.stop() if graceful else process.kill())
        finally:
            if control is not None:
                await control.close()
            if self._first_port is not None:
                release_ports(self._first_port, _PORTS)
                self._first_port = None
            if process is not None:
                self._note(PhoneEvent(PhoneEventKind.GONE, datetime.now(UTC)))
