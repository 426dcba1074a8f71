"""An MQTT broker inside our own process, for one machine without one. Larger places run mosquitto or EMQX."""

from __future__ import annotations

import asyncio
import ipaddress
import logging

from amqtt.adapters import ReaderAdapter, WriterAdapter
from amqtt.broker import Broker
from amqtt.contexts import BrokerConfig, ListenerConfig, ListenerType
from amqtt.errors import BrokerError, NoDataError
from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler
from amqtt.session import Session

from calls.errors import ConfigurationError

FIRST_PACKET_SECONDS = 10.0
"A connection that has not said who it is by then is closed."
STOP_SECONDS = 5.0
MAX_CONNECTIONS = 200

_log = logging.getLogger(__name__)


class EmbeddedBroker:
    """amqtt on one address. It asks nobody who they are, so it listens on a loopback address only."""

    def __init__(self, host: str, port: int) -> None:
        if not _is_loopback(host):
            raise ConfigurationError(
                [
                    f"The embedded MQTT broker has no passwords and can't listen on {host}: "
                    "use 127.0.0.1, or name a broker of your own (mosquitto, EMQX) by its address."
                ]
            )
        self._host = host
        self.port = port
        "The port that is listened on; where 0 was asked for, known after `start`."
        self._broker: _Broker | None = None

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"mqtt://{_bracketed(self._host)}:{self.port}"

    async def start(self) -> None:
        """Return when clients can connect. Raises OSError when the address can't be had."""
        listener = ListenerConfig(
            type=ListenerType.TCP, bind=f"{_bracketed(self._host)}:{self.port}", max_connections=MAX_CONNECTIONS
        )
        broker = _Broker(
            BrokerConfig(
                listeners={"default": listener},
                plugins={"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
            )
        )
        try:
            await broker.start()
        except BrokerError as error:
            if isinstance(error.__cause__, OSError):
                raise error.__cause__ from None
            raise
        self._broker = broker
        self.port = broker.port

    async def stop(self) -> None:
        """Close every connection and the port; forgets what was retained."""
        broker, self._broker = self._broker, None
        if broker is None:
            return
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await broker.shutdown()
        except TimeoutError:
            _log.warning("the embedded MQTT broker did not stop in %.0f s; its connections are cut", STOP_SECONDS)
        await broker.cut_connections()


class _Broker(Broker):  # type: ignore[misc]
    """amqtt's broker, which forgets connections that never say CONNECT, also when it stops."""

    def __init__(self, config: BrokerConfig) -> None:
        super().__init__(config)
        self._connections: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    @property
    def port(self) -> int:
        """The port that is listened on."""
        server = self._servers["default"].instance
        port: int = server.sockets[0].getsockname()[1]
        return port

    async def stream_connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener_name: str
    ) -> None:
        task = asyncio.current_task()
        assert task is not None  # asyncio runs it as one
        self._connections[task] = writer
        try:
            await super().stream_connected(reader, writer, listener_name)
        finally:
            writer.close()
            del self._connections[task]

    async def _initialize_client_session(
        self, reader: ReaderAdapter, writer: WriterAdapter, remote_address: str, remote_port: int
    ) -> tuple[BrokerProtocolHandler, Session]:
        try:
            async with asyncio.timeout(FIRST_PACKET_SECONDS):
                session: tuple[BrokerProtocolHandler, Session] = await super()._initialize_client_session(
                    reader, writer, remote_address, remote_port
                )
        except TimeoutError as error:
            # one of the errors after which amqtt counts the connection out again
            raise NoDataError("no CONNECT in time") from error
        return session

    async def cut_connections(self) -> None:
        """End what `shutdown` does not: it only knows clients that have said CONNECT."""
        tasks = list(self._connections)
        for task, writer in list(self._connections.items()):
            task.cancel()
            writer.transport.abort()
        await asyncio.gather(*tasks, return_exceptions=True)
        # transports close their sockets one turn of the loop later
        await asyncio.sleep(0)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
