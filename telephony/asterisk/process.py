"""Asterisk as our child process: started, waited for until it takes calls, watched, and stopped.

When the service is killed, its Asterisk goes on and keeps the conversations up. The next start finds it by its process
id file and takes it over instead of starting another.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

import structlog

from telephony.asterisk.locate import AsteriskBinary
from telephony.asterisk.plan import AsteriskPlan
from telephony.asterisk.running import (
    AsteriskFailed,
    find_running,
    has_udp_port,
    reap,
    size_of,
    tail_of,
    take_ownership,
    wait_for_end,
)

log = structlog.get_logger(__name__)

_LAST_LINES = 15
_CONNECT_PAUSE_SECONDS = 0.02
_KILL_SECONDS = 3.0
_KEPT_ENVIRONMENT = ("PATH", "HOME", "TZ", "TMPDIR")


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long Asterisk may take, in seconds."""

    start: float = 20.0
    "From its start until it says that it is fully booted."
    stop: float = 10.0
    "From the wish to stop until it is killed."


class AsteriskProcess:
    """The Asterisk of one rendered plan. Use it once: start, then stop."""

    def __init__(
        self,
        plan: AsteriskPlan,
        binary: AsteriskBinary,
        *,
        on_unexpected_exit: Callable[[int | None], None] | None = None,
        deadlines: Deadlines | None = None,
    ) -> None:
        """`on_unexpected_exit` hears the exit code, where it is known, when Asterisk ends before `stop` was called."""
        self._plan = plan
        self._binary = binary
        self._on_unexpected_exit = on_unexpected_exit
        self._deadlines = deadlines or Deadlines()
        self._config = plan.folders.etc / "asterisk.conf"
        self._console = plan.folders.log / "console.log"
        self._log = plan.folders.log / "messages.log"
        self._log_began = 0
        self._child: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None
        self._pid: int | None = None
        self._end: asyncio.Task[int | None] | None = None
        self._adopted = False
        self._stopping = False

    @property
    def pid(self) -> int | None:
        """Return the process id while it runs."""
        return self._pid if self._end is not None and not self._end.done() else None

    @property
    def adopted(self) -> bool:
        """Tell whether it ran already: calls may be up, and it holds the configuration it was started with."""
        return self._adopted

    async def start(self) -> None:
        """Start Asterisk and return when it takes calls. Raises AsteriskFailed with what it said last."""
        self._lock = take_ownership(self._plan.folders.run)
        try:
            self._pid = find_running(self._plan.folders.run, self._config)
            self._adopted = self._pid is not None
            if self._pid is None:
                self._log_began = size_of(self._log)
                self._pid = self._spawn()
            self._end = asyncio.create_task(self._until_end(self._pid), name="asterisk end")
            await self._wait_until_ready()
        except BaseException:
            await asyncio.shield(self.stop())
            raise
        assert self._end is not None
        self._end.add_done_callback(self._ended)
        log.info("asterisk_started", version=self._binary.version_text, pid=self._pid, adopted=self._adopted)

    async def stop(self) -> None:
        """End it: asked first, killed at the deadline. Conversations that are up end with it."""
        self._stopping = True
        if self._end is not None and self._pid is not None and not self._end.done():
            self._signal(signal.SIGTERM)
            if not (await asyncio.wait({self._end}, timeout=self._deadlines.stop))[0]:
                log.warning("asterisk_killed", pid=self._pid)
                self._signal(signal.SIGKILL)
                await asyncio.wait({self._end}, timeout=_KILL_SECONDS)
        await self._leave()

    async def abandon(self) -> None:
        """Stop watching it and let it run, for a service that ends while conversations go on."""
        self._stopping = True
        if self._child is not None and self.pid is not None:
            # it is no longer ours to wait for; without a code Popen would complain of the child that it loses
            self._child.returncode = 0
        await self._leave()

    def last_words(self) -> str:
        """Return the last lines that it said since it was started."""
        return "\n".join(tail_of(self._console, _LAST_LINES) + tail_of(self._log, _LAST_LINES, since=self._log_began))

    def _spawn(self) -> int:
        self._console.parent.mkdir(parents=True, exist_ok=True)
        # a file and no pipe: Asterisk may outlive us, and nobody must read for it to go on
        with self._console.open("wb") as console:
            self._child = subprocess.Popen(
                [*self._binary.command, "-C", str(self._config), "-f"],  # -f: in the foreground, so it stays our child
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,  # Ctrl-C is for us; we stop it in our own order
                env={name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
                | {"LC_ALL": "C.UTF-8"},
            )
        return self._child.pid

    async def _until_end(self, pid: int) -> int | None:
        await wait_for_end(pid)
        if self._child is not None:
            return self._child.wait()
        reap(pid)
        return None

    async def _wait_until_ready(self) -> None:
        assert self._end is not None
        booted = asyncio.create_task(self._until_booted(), name="asterisk boot")
        try:
            await asyncio.wait({booted, self._end}, timeout=self._deadlines.start, return_when=asyncio.FIRST_COMPLETED)
            if booted.done():
                booted.result()
                return self._check_sip()
            said = self.last_words() or "(it said nothing)"
            if self._end.done():
                raise AsteriskFailed(f"Asterisk ended while it started (code {self._end.result()}):\n{said}")
            raise AsteriskFailed(f"Asterisk was not ready after {self._deadlines.start:g} seconds:\n{said}")
        finally:
            booted.cancel()
            await asyncio.wait({booted})

    def _check_sip(self) -> None:
        """See that it has its SIP port: Asterisk without one runs on, and no telephone reaches it."""
        assert self._pid is not None
        if not has_udp_port(self._pid, self._plan.sip_port):
            raise AsteriskFailed(
                f"Asterisk runs but has no SIP: another program has UDP port {self._plan.sip_port}; "
                f"choose another --port-base or end that program (`hotline doctor` names it)\n{self.last_words()}"
            )

    async def _until_booted(self) -> None:
        # nothing tells when another's port opens
        while not await self._says_fully_booted():  # noqa: ASYNC110
            await asyncio.sleep(_CONNECT_PAUSE_SECONDS)

    async def _says_fully_booted(self) -> bool:
        """Log in over AMI and wait for FullyBooted, which Asterisk says once all its modules run."""
        try:
            reader, writer = await asyncio.open_connection(self._plan.bind, self._plan.ami_port)
        except OSError:
            return False
        try:
            writer.write(
                f"Action: Login\r\nUsername: {self._plan.ami_user}\r\nSecret: {self._plan.ami_secret}\r\n\r\n".encode()
            )
            while line := await reader.readline():
                if line.startswith(b"Message: Authentication failed"):
                    raise AsteriskFailed(
                        f"Port {self._plan.ami_port} (AMI) answers, but not to our password: "
                        "another Asterisk has it; choose another --port-base"
                    )
                if line.strip() == b"Event: FullyBooted":
                    return True
            return False
        except OSError:
            return False
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def _ended(self, end: asyncio.Task[int | None]) -> None:
        if self._stopping or end.cancelled():
            return
        log.error("asterisk_ended_unexpectedly", code=end.result(), last_words=self.last_words())
        if self._on_unexpected_exit is not None:
            self._on_unexpected_exit(end.result())

    def _signal(self, number: int) -> None:
        # until the process is waited for, its id is nobody else's; for an adopted one its command line is asked again
        if self._pid is None or (self._adopted and find_running(self._plan.folders.run, self._config) != self._pid):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, number)

    async def _leave(self) -> None:
        if self._end is not None:
            self._end.cancel()
            await asyncio.wait({self._end})
        if self._lock is not None:
            self._lock.close()
            self._lock = None
