"""A small AMI server for tests: real sockets, Asterisk's wire format, and every misbehaviour on request."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

from telephony.ami import AmiDeadlines, AmiLimits, AmiLink, Snapshot

WAIT = 5.0
"Longest wait of a test for anything, in seconds."


async def until(condition: Callable[[], object], what: str = "the condition") -> None:
    """Waits until the condition holds, looking again after each turn of the event loop that brought something."""
    try:
        async with asyncio.timeout(WAIT):
            while not condition():  # noqa: ASYNC110
                await asyncio.sleep(0.002)
    except TimeoutError:
        raise AssertionError(f"{what} did not come true in {WAIT} seconds") from None


def event(name: str, **headers: object) -> bytes:
    """One event as Asterisk writes it."""
    lines = [f"Event: {name}", "Privilege: call,all", *(f"{key}: {value}" for key, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def hangup(number: int) -> bytes:
    """The hangup of the `number`th channel."""
    return event("Hangup", Channel=f"PJSIP/op-{number}", Uniqueid=f"1.{number}", Linkedid=f"1.{number}", Cause=16)


def channel_row(number: int) -> dict[str, object]:
    """The row of the `number`th channel."""
    return {
        "Channel": f"PJSIP/op-{number}",
        "ChannelStateDesc": "Up",
        "Uniqueid": f"1.{number}",
        "Linkedid": f"1.{number}",
        "Duration": "00:01:02",
        "BridgeId": "",
    }


class FakeAsterisk:
    """Answers logins, pings and lists; remembers what it was asked; stays silent, lies or dies where told to."""

    def __init__(self) -> None:
        self.secret = "right"
        self.banner = b"Asterisk Call Manager/11.0.0\r\n"
        self.boots = True
        self.silent: set[str] = set()
        self.answers: dict[str, Callable[[FakeAsterisk, dict[str, str]], bytes]] = {}
        self.channels: list[dict[str, object]] = []
        self.received: list[dict[str, str]] = []
        self.connections = 0
        self.writers: list[asyncio.StreamWriter] = []
        self.port = 0
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            self.drop()
            await self._server.wait_closed()
            await until(lambda: not self.writers, "every connection closed")

    def drop(self) -> None:
        """Breaks every connection."""
        for writer in self.writers:
            writer.transport.abort()

    def say(self, data: bytes) -> None:
        """Writes to every connection."""
        for writer in self.writers:
            writer.write(data)

    def seen(self, action: str) -> int:
        """How often the action was received."""
        return sum(received["Action"] == action for received in self.received)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        writer.write(self.banner)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                while True:
                    block = (await reader.readuntil(b"\r\n\r\n")).decode()
                    action = dict(line.split(": ", 1) for line in block.split("\r\n") if ": " in line)
                    self.received.append(action)
                    if action["Action"] not in self.silent:
                        writer.write(self._answer(action))
        finally:
            self.writers.remove(writer)
            writer.close()

    def _answer(self, action: dict[str, str]) -> bytes:
        name = action["Action"]
        if name in self.answers:
            return self.answers[name](self, action)
        if name == "Login":
            if action["Secret"] != self.secret:
                return self.reply(action, "Error", Message="Authentication failed")
            booted = event("FullyBooted", Status="Fully Booted") if self.boots else b""
            return self.reply(action, Message="Authentication accepted") + booted
        if name == "CoreShowChannels":
            return self.list(action, "CoreShowChannel", self.channels)
        if name == "PJSIPShowContacts":
            return self.reply(action, "Error", Message="No Contacts found\n")
        return self.reply(action, Ping="Pong")

    @staticmethod
    def reply(action: dict[str, str], response: str = "Success", **headers: object) -> bytes:
        lines = [f"Response: {response}", f"ActionID: {action['ActionID']}"]
        return "\r\n".join([*lines, *(f"{key}: {value}" for key, value in headers.items()), "", ""]).encode()

    def list(self, action: dict[str, str], row: str, rows: list[dict[str, object]]) -> bytes:
        data = self.reply(action, EventList="start", Message="Channels will follow")
        for fields in rows:
            data += event(row, ActionID=action["ActionID"], **fields)
        return data + event(f"{row}sComplete", ActionID=action["ActionID"], EventList="Complete", ListItems=len(rows))


class Diary:
    """A handler that writes down what it is told, in order. `trouble` is called with everything first."""

    def __init__(self) -> None:
        self.entries: list[Any] = []
        self.trouble: Callable[[Any], object] = lambda entry: None

    def message(self, message: Any) -> None:
        self.entries.append(message)
        self.trouble(message)

    def up(self, snapshot: Snapshot) -> None:
        self.entries.append(snapshot)
        self.trouble(snapshot)

    def down(self, reason: str) -> None:
        self.entries.append(reason)

    def hung_up(self) -> list[str]:
        """The uniqueids of the channels whose end was told."""
        return [entry.uniqueid for entry in self.entries if type(entry).__name__ == "ChannelHungUp"]

    def kinds(self) -> list[str]:
        """The types of what was told."""
        return [type(entry).__name__ for entry in self.entries]


QUICK = AmiDeadlines(
    connect_seconds=2,
    login_seconds=2,
    boot_seconds=2,
    action_seconds=2,
    snapshot_seconds=2,
    ping_interval_seconds=30,
    pong_seconds=0.1,
    backoff_first_seconds=0.01,
    backoff_most_seconds=0.05,
    handler_seconds=1,
    drain_seconds=1,
    stop_seconds=2,
)
"Deadlines for tests on this machine."


@contextlib.asynccontextmanager
async def fake_asterisk() -> AsyncIterator[FakeAsterisk]:
    """A running peer."""
    peer = FakeAsterisk()
    await peer.start()
    try:
        yield peer
    finally:
        await peer.stop()


@contextlib.asynccontextmanager
async def linked(
    peer: FakeAsterisk, diary: Diary | None = None, deadlines: AmiDeadlines = QUICK, limits: AmiLimits | None = None
) -> AsyncIterator[AmiLink]:
    """A link that is up."""
    diary = diary or Diary()
    link = AmiLink("127.0.0.1", peer.port, "hotline", "right", deadlines=deadlines, limits=limits)
    link.subscribe(diary.message, on_up=diary.up, on_down=diary.down)
    await link.start(wait_seconds=WAIT)
    try:
        yield link
    finally:
        await link.stop()
