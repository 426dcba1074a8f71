"""The control link to Asterisk: stays up by itself, tells everything in order, never does anything twice.

How the order works. On each login the link reads a snapshot and calls `on_up` with it; everything that Asterisk tells
from the login on comes after it, in the order it was told. So an event can tell what the snapshot already holds: a
`ChannelCreated` of a known channel and a `ChannelHungUp` of an unknown one are normal then, and nothing is missed. When
the link goes down, what was read before is still delivered, and then `on_down`. Between `on_down` and the next `on_up`
events are missed; the snapshot says what is left.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog

from calls.errors import HotlineError, LinkDown

from .delivery import Delivery, DownHandler, MessageHandler, UpHandler
from .errors import ActionRefused, BadAction, LoginRefused
from .frames import Frame
from .limits import AmiCounters, AmiDeadlines, AmiLimits
from .manager import AmiManager
from .messages import Unknown
from .rows import AmiReply, Snapshot
from .translation import translate
from .verbs import AmiVerbs, Headers, one_channel

log = structlog.get_logger(__name__)


class AmiLink(AmiVerbs):
    """One link to one Asterisk. Handlers are called one at a time; one that fails is logged and counted."""

    def __init__(
        self,
        host: str,
        port: int,
        username: str,
        secret: str,
        *,
        deadlines: AmiDeadlines | None = None,
        limits: AmiLimits | None = None,
    ) -> None:
        self.counters = AmiCounters()
        self._deadlines = deadlines or AmiDeadlines()
        self._limits = limits or AmiLimits()
        self._manager = AmiManager(
            host,
            port,
            username,
            secret,
            deadlines=self._deadlines,
            limits=self._limits,
            counters=self.counters,
            on_event=self._take,
        )
        self._delivery = Delivery(self._limits.queued_messages, self._deadlines.handler_seconds, self.counters)
        self._tasks: list[asyncio.Task[None]] = []
        self._up = False
        self._first: asyncio.Future[None] | None = None
        self._last_failure = "not tried yet"

    @property
    def is_up(self) -> bool:
        """Whether the link is logged in and its snapshot was read."""
        return self._up

    @property
    def version(self) -> str | None:
        """AMI's version as Asterisk's banner told it."""
        protocol = self._manager.protocol
        return None if protocol is None else protocol.version

    def subscribe(
        self, on_message: MessageHandler, *, on_up: UpHandler | None = None, on_down: DownHandler | None = None
    ) -> None:
        """Names the one handler of messages, snapshots and losses. Before `start`."""
        self._delivery.on_message = on_message
        if on_up is not None:
            self._delivery.on_up = on_up
        if on_down is not None:
            self._delivery.on_down = on_down

    async def start(self, *, wait_seconds: float = 30.0) -> None:
        """Opens the link and keeps it open until `stop`. Returns when it is up for the first time.

        Raises `LoginRefused` or, after `wait_seconds`, `LinkDown`; then the link is stopped. With 0 it does not wait.
        """
        if self._tasks:
            raise RuntimeError("the link is already started")
        self._first = asyncio.get_running_loop().create_future()
        self._tasks = [
            asyncio.create_task(self._delivery.run(), name="ami-delivery"),
            asyncio.create_task(self._keep_up(), name="ami-link"),
        ]
        if wait_seconds <= 0:
            return
        try:
            async with asyncio.timeout(wait_seconds):
                await self._first
        except TimeoutError:
            await self.stop()
            raise LinkDown(f"Asterisk could not be reached in {wait_seconds:g} seconds: {self._last_failure}") from None
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Closes the link. What waits for an answer fails with `LinkDown`. No handler is called afterwards."""
        self._up = False
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        await self._manager.closed()

    async def action(self, name: str, headers: Headers = (), *, timeout: float | None = None) -> AmiReply:
        """Sends an action once and returns its answer, also where Asterisk refuses it.

        Raises `LinkDown` or `ActionTimedOut` where no answer came: then it may have been carried out or not.
        """
        if not self._up:
            raise LinkDown(f"{LinkDown.__doc__} {self._last_failure}")
        return await self._send(name, headers, timeout)

    def hang_up_soon(self, channel: str) -> asyncio.Future[AmiReply]:
        """Hangs a channel up, by its name; it is sent before this returns, for the next caller waits for it.

        Raises `LinkDown` where there is no link.
        """
        if not self._up:
            raise LinkDown(f"{LinkDown.__doc__} {self._last_failure}")
        return self._begin("Hangup", {"Channel": one_channel(channel)}, None)

    async def _send(self, name: str, headers: Headers, timeout: float | None) -> AmiReply:
        return await self._begin(name, headers, timeout)

    def _begin(self, name: str, headers: Headers, timeout: float | None) -> asyncio.Future[AmiReply]:
        fields: dict[str, list[str]] = {}
        for key, value in headers.items() if isinstance(headers, Mapping) else headers:
            if key.lower() in ("action", "actionid"):
                raise BadAction(f"The AMI header {key} is the link's own")
            fields.setdefault(key, []).extend([value] if isinstance(value, str) else value)
        return self._manager.send_action({"Action": name, **fields}, timeout=timeout)

    async def _keep_up(self) -> None:
        """Opens the link again and again, with growing pauses."""
        pause = self._deadlines.backoff_first_seconds
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            try:
                await self._be_up_once()
            except HotlineError as error:
                self._failed(error)
            except Exception as error:
                # a fault of ours in one round must not leave the hotline without its link
                log.exception("ami link round failed")
                self._failed(error)
            if loop.time() - began > self._deadlines.backoff_most_seconds:
                pause = self._deadlines.backoff_first_seconds
            await asyncio.sleep(pause)
            pause = min(pause * 2, self._deadlines.backoff_most_seconds)

    async def _be_up_once(self) -> None:
        """From the connection to its loss. Raises where it does not come up."""
        self._delivery.hold()
        try:
            await self._manager.open()
            snapshot = await self._read_snapshot()
        except BaseException:
            await self._manager.closed()
            raise
        lost = self._manager.lost
        assert lost is not None
        self._delivery.up(snapshot)
        self._up = True
        self.counters.logins += 1
        log.info("ami link up", channels=len(snapshot.channels), contacts=len(snapshot.contacts), version=self.version)
        if self._first is not None and not self._first.done():
            self._first.set_result(None)
        try:
            self._last_failure = await asyncio.shield(lost)
        finally:
            self._up = False
        self.counters.losses += 1
        log.error("ami link down", reason=self._last_failure)
        self._delivery.down(self._last_failure)
        await self._manager.closed()
        await self._delivery.drained(self._deadlines.drain_seconds)

    async def _read_snapshot(self) -> Snapshot:
        seconds = self._deadlines.snapshot_seconds
        raw = _Raw(self._send)
        channels = await raw.core_show_channels(timeout=seconds)
        try:
            contacts = await raw.contacts(timeout=seconds)
        except ActionRefused as error:
            # an Asterisk without res_pjsip has no such action
            log.warning("ami contacts not listed", error=str(error))
            contacts = ()
        return Snapshot(channels, contacts)

    def _failed(self, error: Exception) -> None:
        self._last_failure = str(error)
        self.counters.connect_failures += 1
        refused = isinstance(error, LoginRefused)
        self.counters.login_refusals += refused
        log.warning("ami link not up", error=self._last_failure)
        # told to whoever starts the hotline: waiting does not mend a wrong secret
        if refused and self._first is not None and not self._first.done():
            self._first.set_exception(error)
            # marked as seen, for a start that does not wait
            self._first.exception()

    def _take(self, frame: Frame) -> None:
        message = translate(frame)
        if isinstance(message, Unknown):
            self.counters.unknown += 1
        elif not self._delivery.put(message):
            self.counters.overflows += 1
            self._manager.lose(f"More than {self._limits.queued_messages} messages wait for the handler")


class _Raw(AmiVerbs):
    """The verbs for the link itself, before it is up for everybody."""

    def __init__(self, send: Callable[[str, Headers, float | None], Awaitable[AmiReply]]) -> None:
        self._send = send

    async def action(self, name: str, headers: Headers = (), *, timeout: float | None = None) -> AmiReply:
        return await self._send(name, headers, timeout)
