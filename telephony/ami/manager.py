"""One login after another on the same Asterisk: panoramisk's manager without resending, callbacks and blind pings."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any

import structlog
from panoramisk.manager import Manager

from calls.errors import ActionTimedOut, HotlineError, LinkDown

from .errors import LoginRefused
from .frames import Frame
from .limits import AmiCounters, AmiDeadlines, AmiLimits
from .protocol import AmiProtocol
from .rows import AmiReply

log = structlog.get_logger(__name__)


class AmiManager(Manager):  # type: ignore[misc]  # panoramisk has no types
    """Opens a connection, logs in, watches it with pings, and says when it is lost. Opening it again is the link's."""

    protocol: AmiProtocol | None
    pinger: asyncio.TimerHandle | None

    def __init__(
        self,
        host: str,
        port: int,
        username: str,
        secret: str,
        *,
        deadlines: AmiDeadlines,
        limits: AmiLimits,
        counters: AmiCounters,
        on_event: Callable[[Frame], None],
    ) -> None:
        super().__init__(
            host=host,
            port=port,
            username=username,
            secret=secret,
            protocol_factory=lambda: AmiProtocol(self, limits, counters, deadlines.action_seconds),
        )
        # panoramisk keeps whole seconds only
        self.ping_delay = self.ping_interval = deadlines.ping_interval_seconds
        self._deadlines = deadlines
        self._counters = counters
        self._on_event = on_event
        self._booted: asyncio.Future[None] | None = None
        self._login_error: HotlineError | None = None
        self.lost: asyncio.Future[str] | None = None
        "Ends with the reason when the connection is lost, None before the first one."

    async def open(self) -> None:
        """Connects, logs in and waits until Asterisk has booted. Leaves nothing open where it raises.

        Raises `LoginRefused` or `LinkDown`.
        """
        loop = self.loop = asyncio.get_running_loop()
        self.protocol = self.authenticated_future = self._login_error = None
        self.lost = loop.create_future()
        self._booted = loop.create_future()
        try:
            await self._connect()
            await self._log_in()
            await self._boot()
        except BaseException:
            self.close()
            raise

    async def _connect(self) -> None:
        seconds = self._deadlines.connect_seconds
        try:
            async with asyncio.timeout(seconds):
                # panoramisk's: opens the connection, then its connection_made sends the login
                await self.connect()
        except TimeoutError:
            raise LinkDown(f"No connection to {self._address} in {seconds:g} seconds") from None
        except OSError as error:
            # a name that does not resolve has a number of its own, below zero
            number = error.errno or 0
            reason = os.strerror(number) if number > 0 else str(error)
            raise LinkDown(f"No connection to {self._address}: {reason}") from error

    async def _log_in(self) -> None:
        if self._login_error is not None:
            raise self._login_error
        login: asyncio.Future[AmiReply] | None = self.authenticated_future
        if login is None:
            raise LinkDown(f"The connection to {self._address} was lost before the login")
        seconds = self._deadlines.login_seconds
        try:
            async with asyncio.timeout(seconds):
                reply = await asyncio.shield(login)
        except (TimeoutError, ActionTimedOut):
            raise LinkDown(f"No answer to the login from {self._address} in {seconds:g} seconds") from None
        if not reply.success:
            raise LoginRefused(str(self.config["username"]), reply.message)

    async def _boot(self) -> None:
        assert self._booted is not None
        assert self.lost is not None
        waited: list[asyncio.Future[Any]] = [self._booted, self.lost]
        await asyncio.wait(
            waited,
            timeout=self._deadlines.boot_seconds,
            return_when=asyncio.FIRST_COMPLETED,
        )
        if self.lost.done():
            raise LinkDown(self.lost.result())
        if not self._booted.done():
            raise LinkDown(
                f"Asterisk did not say FullyBooted in {self._deadlines.boot_seconds:g} seconds. "
                "The AMI user needs read=system, and its eventfilter must let FullyBooted through"
            )

    @property
    def _address(self) -> str:
        return f"{self.config['host']}:{self.config['port']}"

    def send_action(
        self, action: Any, as_list: object = None, timeout: float | None = None, **kwargs: Any
    ) -> asyncio.Future[AmiReply]:
        """Sends an action once, or raises `LinkDown`."""
        if self.protocol is None:
            raise LinkDown
        if action.get("Action") == "Login":
            timeout = self._deadlines.login_seconds
        future: asyncio.Future[AmiReply] = self.protocol.send({**action, **kwargs}, timeout=timeout)
        return future

    def connection_made(self, f: asyncio.Future[Any]) -> None:
        """Sends the login when the connection stands. Whoever awaits the connection learns of a failure itself."""
        if f.cancelled() or f.exception() is not None:
            return
        _, protocol = f.result()
        if protocol.closed:
            return
        try:
            super().connection_made(f)
        except HotlineError as error:
            # told by `open`: nobody sees what a callback of the event loop raises
            self._login_error = error

    def login(self, future: asyncio.Future[AmiReply]) -> bool:
        """Notes whether the login was taken. Its failure is told by `open`."""
        self.authenticated = not future.cancelled() and future.exception() is None and future.result().success
        return self.authenticated

    def ping(self) -> None:
        """Asks Asterisk for a sign of life; a link that gives none in time is down."""
        self.pinger = None
        protocol = self.protocol
        if protocol is None or protocol.closed:
            return
        try:
            pong = self.send_action({"Action": "Ping"}, timeout=self._deadlines.pong_seconds)
        except HotlineError as error:
            log.warning("ami ping not sent", error=str(error))
            self.pinger = self.loop.call_later(self.ping_interval, self.ping)
            return
        pong.add_done_callback(lambda future: self._ponged(protocol, future))

    def _ponged(self, protocol: AmiProtocol, pong: asyncio.Future[AmiReply]) -> None:
        if protocol.closed or pong.cancelled():
            return
        if isinstance(pong.exception(), ActionTimedOut):
            self._counters.pong_timeouts += 1
            protocol.lose(f"Asterisk did not answer a ping in {self._deadlines.pong_seconds:g} seconds")
        else:
            self.pinger = self.loop.call_later(self.ping_interval, self.ping)

    def dispatch(self, event: Frame) -> None:
        """Passes an event on, in order. panoramisk ran callbacks here, inside the reading of the connection."""
        booted = self._booted
        if booted is not None and not booted.done() and event.get("event") == "FullyBooted":
            booted.set_result(None)
        self._on_event(event)

    def lose(self, reason: str) -> None:
        """Gives the present connection up."""
        if self.protocol is not None:
            self.protocol.lose(reason)

    def connection_lost(self, exc: object) -> None:
        """Notes why the connection is over. panoramisk connected again here, and sent again what had no answer."""
        if self.pinger is not None:
            self.pinger.cancel()
            self.pinger = None
        if self.lost is not None and not self.lost.done():
            self.lost.set_result(str(exc))

    async def send_awaiting_actions(self, *_: object) -> None:
        """Sends nothing: an action that had no answer may have been carried out."""

    async def closed(self) -> None:
        """Closes the connection and waits, for a limited time, until its socket is closed too."""
        protocol = self.protocol
        self.close()
        if protocol is not None:
            await asyncio.wait([protocol.gone], timeout=self._deadlines.stop_seconds)
