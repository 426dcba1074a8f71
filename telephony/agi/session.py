"""One AGI session: commands one at a time, each with a deadline, and the verbs that the call scripts speak."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from calls.errors import ActionTimedOut, HotlineError, NotFound, ProtocolError, SessionOver
from telephony.agi.codec import Reply, Request
from telephony.agi.commands import encode_command

COMMAND_SECONDS = 5.0  # for commands that Asterisk answers at once
ANSWER_SECONDS = 10.0  # ANSWER waits up to 0.5 s for the caller's first sound
PLAYING_SECONDS = 180.0  # longest prompt, or prompts played in one go
NO_TIMEOUT_MS = 1  # milliseconds; 0 would mean Asterisk's own default of 6 s

_EVERY_KEY = "0123456789*#ABCD"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\([A-Za-z0-9_,.:-]*\))?")
_PROMPT = re.compile(r"[^&,|\"\\()\[\]\x00-\x1f]+")
# Read() needs a channel variable to put the keys into
_KEYS_VARIABLE = "AGI_KEYS"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Digits:
    """What a caller keyed in."""

    digits: str
    "The keys, without the # that ends the input."
    timed_out: bool
    "The caller stopped before the last key that was allowed."
    hung_up: bool
    "The session ended meanwhile."


@dataclass(frozen=True, slots=True)
class Recorded:
    """The caller was recorded."""

    hung_up: bool
    "The session ended meanwhile; what was said until then is in the file."


class AgiSession:
    """One session of a call's channel with this service.

    HANGUP from Asterisk sets `is_over` and means that this session is over, not that the caller left. Commands may
    still be sent then (variables can be read); those without effect raise SessionOver.
    """

    def __init__(self, request: Request, send: Callable[[bytes], None]) -> None:
        self.request = request
        self._send = send
        self._turn = asyncio.Lock()
        self._over = asyncio.Event()
        self._closed_by: HotlineError | None = None
        self._outstanding: asyncio.Future[Reply | HotlineError] | None = None
        self._waiter: asyncio.Future[Reply | HotlineError] | None = None
        "Of the command that is outstanding, while somebody waits for it: who is cancelled leaves the other alone."
        self._exec_outstanding = False
        self._usage_may_follow = False

    @property
    def is_over(self) -> bool:
        """Say whether Asterisk said HANGUP or the connection closed."""
        return self._over.is_set()

    @property
    def is_closed(self) -> bool:
        """Say whether the connection is gone, so that no command can be sent."""
        return self._closed_by is not None

    async def wait_over(self) -> None:
        """Wait until the session is over."""
        await self._over.wait()

    async def wait_free(self, timeout: float) -> bool:
        """Wait until no command is being carried out, also none that nobody waits for; say whether that is so."""
        if self._outstanding is not None:
            await asyncio.wait((self._outstanding,), timeout=timeout)
        return self._outstanding is None

    # -- commands ----------------------------------------------------------------------------------

    async def command(self, *words: str | int, timeout: float = COMMAND_SECONDS) -> Reply:
        """Send a command and return its reply (200); one at a time, later callers wait for their turn.

        A caller that is cancelled or times out leaves its reply outstanding: the next command waits for it first.
        Raises SessionOver, ActionTimedOut after `timeout` seconds, and ProtocolError where Asterisk refuses.
        """
        line = encode_command(*words)
        try:
            async with asyncio.timeout(timeout), self._turn:
                reply = await self._exchange(line, is_exec=words[0] == "EXEC")
        except TimeoutError as exc:
            raise ActionTimedOut(f"no answer to AGI {words[0]} within {timeout:g} s") from exc
        if reply.code == 511:
            raise SessionOver(f"AGI {words[0]} had no effect: the channel is gone from this session")
        if reply.code != 200:
            raise ProtocolError(f"Asterisk refused AGI {words[0]}: {reply.code} {reply.text.splitlines()[:1]}")
        return reply

    async def _exchange(self, line: bytes, *, is_exec: bool) -> Reply:
        if self._outstanding is not None:
            await asyncio.wait((self._outstanding,))
        if self._closed_by is not None:
            raise self._failure()
        loop = asyncio.get_running_loop()
        self._outstanding = loop.create_future()
        waiter = self._waiter = loop.create_future()
        self._exec_outstanding = is_exec
        self._send(line)
        reply: Reply | HotlineError = await waiter
        if isinstance(reply, HotlineError):
            raise self._failure()
        return reply

    def _failure(self) -> HotlineError:
        """Return a fresh error, so that two tasks never raise the same object."""
        assert self._closed_by is not None
        return type(self._closed_by)(str(self._closed_by))

    # -- called by the server ----------------------------------------------------------------------

    def reply_received(self, reply: Reply) -> None:
        """Hand the reply to its command; raises ProtocolError for one that nobody waits for."""
        if self._usage_may_follow and reply.code == 520:
            # Asterisk reads an application's own result 1 as "wrong use" and prints the usage after the reply
            self._usage_may_follow = False
            return
        outstanding, self._outstanding = self._outstanding, None
        if outstanding is None:
            raise ProtocolError("a reply that no command asked for")
        self._usage_may_follow = self._exec_outstanding and reply.result == "1"
        self._settle(outstanding, reply)

    def hangup_received(self) -> None:
        """Note that Asterisk said HANGUP."""
        self._over.set()

    def connection_lost(self, error: HotlineError) -> None:
        """Note that the connection is gone; commands raise an error of the same kind from now on."""
        if self._closed_by is not None:
            return
        self._closed_by = error
        self._over.set()
        outstanding, self._outstanding = self._outstanding, None
        if outstanding is not None:
            self._settle(outstanding, error)

    def _settle(self, outstanding: asyncio.Future[Reply | HotlineError], reply: Reply | HotlineError) -> None:
        outstanding.set_result(reply)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(reply)

    # -- verbs -------------------------------------------------------------------------------------

    async def answer(self) -> None:
        """Pick up the line."""
        reply = await self.command("ANSWER", timeout=ANSWER_SECONDS)
        if reply.result == "-1":
            raise SessionOver("AGI ANSWER had no effect: the caller hung up")

    async def answer_at_once(self) -> None:
        """Pick up the line and go on: ANSWER waits for the caller's first sound, 0.5 s where the caller is silent."""
        reply = await self.execute("Answer", "", "i", timeout=COMMAND_SECONDS)
        if reply.result == "-1":
            raise SessionOver("AGI EXEC Answer had no effect: the caller hung up")

    async def hangup(self) -> None:
        """Hang up the caller's channel; does nothing where the session is over."""
        try:
            await self.command("HANGUP")
        except SessionOver:
            return

    async def set_variable(self, name: str, value: str) -> None:
        """Set a channel variable or write a dialplan function; nothing in the value is substituted."""
        if not _VARIABLE.fullmatch(name):
            raise ValueError("not the name of a channel variable or function")
        await self.command("SET", "VARIABLE", name, value)

    async def get_full_variable(self, expression: str) -> str | None:
        """Return the expression, such as `${DIALSTATUS}`, evaluated on the channel; works after HANGUP too.

        An unset variable is an empty string; None where there is no channel. Never put a stranger's text into it.
        """
        reply = await self.command("GET", "FULL", "VARIABLE", expression)
        return (reply.value or "") if reply.result == "1" else None

    async def set_language(self, language: str) -> None:
        """Choose the language that prompts are looked up in from now on."""
        await self.set_variable("CHANNEL(language)", language)

    async def music_on(self, music_class: str = "") -> None:
        """Start music on hold and return at once; playing anything stops it."""
        words = ("SET", "MUSIC", "ON", music_class) if music_class else ("SET", "MUSIC", "ON")
        await self.command(*words)

    async def music_off(self) -> None:
        """Stop music on hold."""
        await self.command("SET", "MUSIC", "OFF")

    async def verbose(self, message: str, level: int = 1) -> None:
        """Write a line to Asterisk's console."""
        await self.command("VERBOSE", message, level)

    async def execute(self, app: str, *args: str, timeout: float) -> Reply:
        """Run a dialplan application and return what it returned: -1 from Dial means that the caller hung up.

        The arguments are joined with commas as they are; put text of strangers through `app_argument` first.
        Raises NotFound where Asterisk has no such application.
        """
        reply = await self.command("EXEC", app, ",".join(args), timeout=timeout)
        if reply.result == "-2":
            raise NotFound(f"Asterisk has no application {app}, or it failed to start")
        return reply

    async def stream_file(self, prompt: str, escape_digits: str = "") -> str:
        """Play a prompt and return the key of `escape_digits` that stopped it, or an empty string.

        Raises SessionOver when the session ended meanwhile and NotFound when there is no such prompt.
        """
        reply = await self.command("STREAM", "FILE", _prompt(prompt), escape_digits, timeout=PLAYING_SECONDS)
        if reply.result == "-1":
            if await self._ended():
                raise SessionOver("the session ended while a prompt played")
            raise NotFound(f"Asterisk cannot play prompt {prompt}")
        code = int(reply.result) if reply.result.isdecimal() else 0
        return chr(code) if 0 < code < 128 and chr(code) in _EVERY_KEY else ""

    async def record_file(self, path: str, *, max_seconds: int, silence_seconds: int) -> Recorded:
        """Record the caller into `<path>.raw` (16-bit samples) until a key, silence, a hang-up or the longest time."""
        words = (_prompt(path), "raw", _EVERY_KEY, max_seconds * 1000, 0, f"s={silence_seconds}")
        reply = await self.command("RECORD", "FILE", *words, timeout=max_seconds + COMMAND_SECONDS)
        hung_up = reply.value == "hangup" or (reply.result == "-1" and await self._ended())
        return Recorded(hung_up or self.is_over)

    async def get_data(self, prompts: Sequence[str], timeout_ms: int, max_digits: int) -> Digits:
        """Play the prompts and collect keys, which may come while they play; each key has `timeout_ms` after them.

        A prompt that Asterisk cannot play is left out: a missing file must not cost the citizen the call.
        """
        names = [_prompt(prompt) for prompt in prompts]
        # from the first key on, each has its own time-out
        deadline = PLAYING_SECONDS + max(timeout_ms, NO_TIMEOUT_MS) / 1000 * (max_digits + 1)
        if len(names) > 1:
            return await self._read(names, timeout_ms, max_digits, deadline)
        prompt = names[0] if names else ""
        reply = await self.command("GET", "DATA", prompt, max(timeout_ms, NO_TIMEOUT_MS), max_digits, timeout=deadline)
        if reply.result != "-1":
            return Digits(reply.result, timed_out=reply.timed_out, hung_up=False)
        if await self._ended():
            return Digits("", timed_out=False, hung_up=True)
        if prompt:
            _log.warning("agi_prompt_not_played", prompt=prompt, call=self.request.uniqueid)
            return await self.get_data((), timeout_ms, max_digits)
        raise ProtocolError("AGI GET DATA failed on a live channel")

    async def _read(self, prompts: list[str], timeout_ms: int, max_digits: int, deadline: float) -> Digits:
        """Play several prompts as one: GET DATA takes one file only, and a key between two commands would be lost."""
        seconds = f"{max(timeout_ms, NO_TIMEOUT_MS) / 1000:.3f}"
        await self.execute(
            "Read", _KEYS_VARIABLE, "&".join(prompts), str(max_digits), "", "1", seconds, timeout=deadline
        )
        status, _, digits = (await self.get_full_variable(f"${{READSTATUS}}:${{{_KEYS_VARIABLE}}}") or "").partition(
            ":"
        )
        if status == "HANGUP" or self.is_over:
            return Digits("", timed_out=False, hung_up=True)
        if status == "ERROR" and not digits:
            # the last prompt is missing: Read went on without waiting for a key
            _log.warning("agi_prompt_not_played", prompt=prompts[-1], call=self.request.uniqueid)
            return await self.get_data((), timeout_ms, max_digits)
        return Digits(digits, timed_out=status == "TIMEOUT", hung_up=False)

    async def _ended(self) -> bool:
        """Say whether a result of -1 meant a hang-up: HANGUP comes before the answer to the next command."""
        try:
            await self.command("NOOP")
        except SessionOver:
            return True
        return self.is_over


def _prompt(prompt: str) -> str:
    if not _PROMPT.fullmatch(prompt):
        raise ValueError("a prompt's name may hold no separators, quotes, brackets or control characters")
    return prompt
