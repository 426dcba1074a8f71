"""External programs that play people: each with a deadline, each stopped by its own process id."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
from pathlib import Path

GRACE_SECONDS = 3.0
"How long a program may take to leave after it was asked to."


class ActorError(Exception):
    """An actor could not play its part."""


class ActorProcess:
    """One running program whose output goes to files in its own folder."""

    def __init__(self, process: asyncio.subprocess.Process, name: str, folder: Path) -> None:
        self._process = process
        self.name = name
        self.folder = folder

    @classmethod
    async def start(cls, argv: list[str], *, name: str, folder: Path, keyboard: bool = False) -> ActorProcess:
        """Start the program inside its folder, in a session of its own so that Ctrl-C reaches only us.

        With `keyboard`, it takes what is typed.
        """
        program = shutil.which(argv[0])
        if program is None:
            raise ActorError(f"{argv[0]} is not installed; {name} cannot take part")
        with (folder / "output.log").open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *_dies_with_parent(),
                program,
                *argv[1:],
                cwd=folder,
                stdin=asyncio.subprocess.PIPE if keyboard else asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        return cls(process, name, folder)

    @property
    def pid(self) -> int:
        """Process id of the program."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """Exit code, or None while it runs."""
        return self._process.returncode

    async def wait(self, timeout_seconds: float) -> int:
        """Wait for the program to leave by itself; kill it at the deadline or when we are cancelled."""
        try:
            async with asyncio.timeout(timeout_seconds):
                return await self._process.wait()
        finally:
            if self._process.returncode is None:
                await self.kill()

    async def exited(self, timeout_seconds: float) -> int:
        """Wait for the program to leave by itself; raise TimeoutError, and leave it running, at the deadline."""
        async with asyncio.timeout(timeout_seconds):
            return await self._process.wait()

    async def stop(self, grace_seconds: float = GRACE_SECONDS) -> int:
        """Ask the program to leave, kill it if it does not, and return its exit code."""
        self.send_signal(signal.SIGTERM)
        with contextlib.suppress(TimeoutError):
            await self.wait(grace_seconds)
        return await self.kill()

    async def kill(self) -> int:
        """End the program at once."""
        self.send_signal(signal.SIGKILL)
        # shielded: a cancelled owner must still reap its child, else its transport stays open
        return await asyncio.shield(self._process.wait())

    def type_line(self, line: str) -> None:
        """Type a line; needs a keyboard."""
        if self._process.stdin is None:
            raise ActorError(f"{self.name} has no keyboard")
        self._process.stdin.write(f"{line}\n".encode())

    def output(self) -> str:
        """Return all that the program has printed."""
        return (self.folder / "output.log").read_text(errors="replace")

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, unless the program has already left."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    def output_tail(self, characters: int = 600) -> str:
        """Return the end of what the program printed, for error messages."""
        return self.output()[-characters:].strip()


def _dies_with_parent() -> list[str]:
    """Return the command prefix that lets the kernel end the program when we are killed without a chance to."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []
