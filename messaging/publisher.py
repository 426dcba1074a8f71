"""Keeps a broker's retained topics equal to the live board, as well as the broker lets it.

The board is looked at when something changed; each topic is sent only when its content differs from what this
connection sent last. So nothing piles up while the broker is away or slow: the newest board is the only thing to send.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections import deque
from collections.abc import AsyncGenerator, Callable
from functools import partial
from typing import Any

import aiomqtt

from calls.board_model import BoardSnapshot
from calls.events import CallEvent, Event
from messaging.address import BrokerAddress
from messaging.topics import OFFLINE, ONLINE, board_topics, call_event, encode, is_row_topic, row_topics, status_topic

MIN_INTERVAL_SECONDS = 0.5
"Between two looks at the board: what changes more often is sent in its latest state only."
LOOK_SECONDS = 5.0
"Figures can change as time passes; without any event they are looked at this often."
SWEEP_SECONDS = 0.5
"How long a new connection listens for retained topics of ids that are gone."
CONNECT_SECONDS = 3.0
CONFIRM_SECONDS = 10.0
"A broker that does not confirm a message for so long is taken for gone."
STOP_SECONDS = 10.0
FIRST_RETRY_SECONDS = 0.5
LAST_RETRY_SECONDS = 30.0
MAX_WAITING_EVENTS = 1000
"Events of calls that wait to be sent; the oldest are dropped. State topics need no such list."
_MOST_SWEPT = 20_000

_log = logging.getLogger(__name__)

LookAtBoard = Callable[[], BoardSnapshot]
Subscribe = Callable[[], AsyncGenerator[None, None]]


class MqttPublisher:
    """Publishes the board to one broker, for as long as it is started, whether the broker is there or not."""

    def __init__(self, url: str, client_id: str, base_topic: str) -> None:
        self._address = BrokerAddress.parse(url)
        self._client_id = client_id
        self._base = base_topic.rstrip("/")
        self._events: deque[CallEvent] = deque(maxlen=MAX_WAITING_EVENTS)
        self._sent: dict[str, dict[str, Any]] = {}
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.connected = False
        "The broker confirmed our connection, and it has not been lost."

    async def start(self, board: LookAtBoard, subscribe: Subscribe) -> None:
        """Begin in the background; never waits for the broker."""
        self._stopping.clear()
        self._task = asyncio.create_task(self._run(board, subscribe), name="mqtt-publisher")

    async def stop(self) -> None:
        """Say `offline` if the broker is there, and disconnect."""
        task, self._task = self._task, None
        if task is None:
            return
        self._stopping.set()
        await asyncio.wait({task}, timeout=STOP_SECONDS)
        task.cancel()
        (result,) = await asyncio.gather(task, return_exceptions=True)
        if isinstance(result, Exception):
            _log.error("the MQTT publisher failed", exc_info=result)

    def offer_event(self, event: Event) -> None:
        """Send a fact about a call, not retained; without a broker it is dropped."""
        if self.connected and isinstance(event, CallEvent):
            self._events.append(event)  # written out later: whoever records an event has a call to serve

    # -- private -----------------------------------------------------------------------------------

    async def _run(self, board: LookAtBoard, subscribe: Subscribe) -> None:
        retry = FIRST_RETRY_SECONDS
        while not self._stopping.is_set():
            try:
                async with self._connection() as client:
                    retry = FIRST_RETRY_SECONDS
                    await self._serve(client, board, subscribe)
            except (aiomqtt.MqttError, OSError) as error:
                _log.warning("no MQTT broker at %s: %s; next try in %.1f s", self._address, error, retry)
            if self._stopping.is_set():
                return
            with contextlib.suppress(TimeoutError):
                # a little chance, so that many services don't come back to a broker at once
                async with asyncio.timeout(retry * random.uniform(0.8, 1.2)):
                    await self._stopping.wait()
            retry = min(LAST_RETRY_SECONDS, retry * 2)

    @contextlib.asynccontextmanager
    async def _connection(self) -> AsyncGenerator[aiomqtt.Client, None]:
        client = aiomqtt.Client(
            self._address.host,
            self._address.port,
            username=self._address.username,
            password=self._address.password,
            tls_context=self._address.tls_context(),
            identifier=self._client_id,
            will=aiomqtt.Will(status_topic(self._base), OFFLINE, qos=1, retain=True),
            timeout=CONNECT_SECONDS,
            max_queued_incoming_messages=_MOST_SWEPT,
        )
        client._client.connect_timeout = CONNECT_SECONDS
        try:
            await client.__aenter__()
        except BaseException:
            # aiomqtt leaves the socket and a task behind when the broker accepts and then says nothing
            with contextlib.suppress(OSError, ValueError):
                client._client.disconnect()
            await _settle(client)
            raise
        client.timeout = CONFIRM_SECONDS
        self._sent.clear()
        self._events.clear()
        self.connected = True
        _log.info("connected to the MQTT broker at %s", self._address)
        try:
            yield client
        finally:
            self.connected = False
            with contextlib.suppress(aiomqtt.MqttError):
                await client.__aexit__(None, None, None)
            await _settle(client)

    async def _serve(self, client: aiomqtt.Client, board: LookAtBoard, subscribe: Subscribe) -> None:
        """Publish until the publisher is stopped; raises MqttError as soon as the connection is lost."""
        kept: set[str] = set()
        # only who listens hears at once that the connection is lost; a message would wait for its confirmation
        listening = asyncio.create_task(_listen(client, kept), name="mqtt-publisher-listen")
        publishing = asyncio.create_task(self._publish_all(client, board, subscribe, kept), name="mqtt-publisher-work")
        try:
            await asyncio.wait({listening, publishing}, return_when=asyncio.FIRST_COMPLETED)
            (publishing if publishing.done() else listening).result()
        finally:
            for task in (listening, publishing):
                task.cancel()
            await asyncio.gather(listening, publishing, return_exceptions=True)

    async def _publish_all(
        self, client: aiomqtt.Client, board: LookAtBoard, subscribe: Subscribe, kept: set[str]
    ) -> None:
        await self._sweep(client, board, kept)
        await _publish(client, status_topic(self._base), ONLINE)
        async with contextlib.aclosing(subscribe()) as wakes:
            stopping = asyncio.ensure_future(self._stopping.wait())
            wake = asyncio.ensure_future(anext(wakes))
            try:
                while not stopping.done():
                    await self._publish_changes(client, board())
                    await asyncio.wait({stopping}, timeout=MIN_INTERVAL_SECONDS)
                    await asyncio.wait({wake, stopping}, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                    if wake.done():
                        wake.result()
                        wake = asyncio.ensure_future(anext(wakes))
            finally:
                for task in (wake, stopping):
                    task.cancel()
                await asyncio.gather(wake, stopping, return_exceptions=True)
        await _publish(client, status_topic(self._base), OFFLINE)

    async def _sweep(self, client: aiomqtt.Client, board: LookAtBoard, kept: set[str]) -> None:
        """Clear topics that the broker kept from an earlier run and whose ids are gone."""
        await client.subscribe(row_topics(self._base))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SWEEP_SECONDS):
                await self._stopping.wait()
        await client.unsubscribe(row_topics(self._base))
        gone = kept - board_topics(self._base, board()).keys()
        for topic in filter(partial(is_row_topic, self._base), gone):
            await _publish(client, topic, b"")

    async def _publish_changes(self, client: aiomqtt.Client, board: BoardSnapshot) -> None:
        topics = board_topics(self._base, board)
        at = board.at.isoformat(timespec="milliseconds")
        for topic, content in topics.items():
            if self._sent.get(topic) != content:
                await _publish(client, topic, encode({"at": at, **content}))
                self._sent[topic] = content
        for topic in self._sent.keys() - topics.keys():
            await _publish(client, topic, b"")
            del self._sent[topic]
        while self._events:
            topic, payload = call_event(self._base, self._events.popleft())
            await client.publish(topic, payload, qos=0)
            await asyncio.sleep(0)  # publishing does not wait, and calls come between two events


async def _publish(client: aiomqtt.Client, topic: str, payload: bytes) -> None:
    await client.publish(topic, payload, qos=1, retain=True)


async def _settle(client: aiomqtt.Client) -> None:
    """Wait for aiomqtt's own task, which it cancels and forgets."""
    if client._misc_task is not None:
        client._misc_task.cancel()
        await asyncio.gather(client._misc_task, return_exceptions=True)


async def _listen(client: aiomqtt.Client, kept: set[str]) -> None:
    """Note every retained topic that the broker sends; raises MqttError when the connection is lost."""
    async for message in client.messages:
        if message.retain and message.payload:
            kept.add(message.topic.value)
