"""MQTT with a real broker and a real client: the same figures as the board, whatever the broker does."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiomqtt
import pytest

from calls.board import LiveBoard
from calls.board_changes import BoardChanges
from calls.board_formulas import FORMULAS
from calls.board_model import BoardDirectory, BoardSnapshot, DirectoryHotline, DirectoryOperator, DirectoryQueue
from calls.errors import ConfigurationError
from calls.events import CallEnded, CallOutcome, CallQueued, CallStarted, EndedBy, Event
from messaging import broker as broker_module
from messaging import publisher as publisher_module
from messaging.broker import EmbeddedBroker
from messaging.publisher import MqttPublisher

BASE = "hotline/beijing"
DIRECTORY = BoardDirectory(
    queues=(DirectoryQueue("general", {"zh": "综合", "en": "General"}), DirectoryQueue("english", {"en": "English"})),
    operators=(DirectoryOperator("1001", "王小明"), DirectoryOperator("1002", "李娜")),
    hotlines=(DirectoryHotline("gas", {"zh": "燃气", "en": "Gas"}, "96777"),),
)


class Desk:
    """A live board, and its publisher."""

    def __init__(self, port: int) -> None:
        self.board = LiveBoard(DIRECTORY)
        self.changes = BoardChanges()
        self.publisher = MqttPublisher(f"mqtt://127.0.0.1:{port}", "hotline-test", BASE)

    def snapshot(self) -> BoardSnapshot:
        return self.board.snapshot(datetime.now(UTC))

    def tell(self, cls: type[Event], **values: Any) -> None:
        event = cls(at=datetime.now(UTC), **values)
        self.board.apply(event)
        self.publisher.offer_event(event)
        self.changes.notify()

    def queue_call(self, call_id: str, queue_id: str = "general") -> None:
        self.tell(
            CallStarted, call_id=call_id, case_id="c", ani="13812345645", dnis="12345", line_id="m", language="zh"
        )
        self.tell(CallQueued, call_id=call_id, queue_id=queue_id, skills={})

    def end_call(self, call_id: str) -> None:
        self.tell(CallEnded, call_id=call_id, outcome=CallOutcome.ABANDONED, ended_by=EndedBy.CALLER)

    @asynccontextmanager
    async def publishing(self) -> AsyncIterator[None]:
        await self.publisher.start(self.snapshot, self.changes.subscribe)
        try:
            yield
        finally:
            await self.publisher.stop()


class Listener:
    """A client that keeps the latest content of every topic, as a wallboard would."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self._client = client
        self.topics: dict[str, Any] = {}
        self.received: list[str] = []

    @classmethod
    @asynccontextmanager
    async def on(cls, port: int) -> AsyncIterator[Listener]:
        async with aiomqtt.Client("127.0.0.1", port) as client:
            await client.subscribe(f"{BASE}/#", qos=1)
            yield cls(client)

    async def until(self, condition: Callable[[], bool], seconds: float = 10) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                message = await anext(self._client.messages)
                assert isinstance(message.payload, bytes)
                topic = message.topic.value.removeprefix(f"{BASE}/")
                self.received.append(topic)
                if not message.payload:
                    self.topics.pop(topic, None)
                elif topic == "status":
                    self.topics[topic] = message.payload.decode()
                else:
                    self.topics[topic] = json.loads(message.payload)


@pytest.fixture
async def broker() -> AsyncIterator[EmbeddedBroker]:
    broker = EmbeddedBroker("127.0.0.1", 0)
    await broker.start()
    yield broker
    await broker.stop()


async def test_the_topics_hold_the_figures_of_the_board(broker: EmbeddedBroker) -> None:
    desk = Desk(broker.port)
    desk.queue_call("1.1")
    async with desk.publishing(), Listener.on(broker.port) as listener:
        await listener.until(lambda: "hotlines/gas" in listener.topics and "status" in listener.topics)
        board = desk.snapshot().as_dict()
        assert listener.topics["status"] == "online"
        queue = dict(listener.topics["queues/general"])
        assert queue.pop("at")
        assert queue == {k: v for k, v in board["queues"][0].items() if k != "longest_wait_seconds"}
        assert listener.topics["totals"]["waiting"] == 1
        assert listener.topics["waiting"]["callers"][0]["ani"] == "138******45"
        assert listener.topics["operators/1002"]["state"] == "offline"
        assert listener.topics["hotlines/gas"]["connect_rate_24h"] is None
        desk.end_call("1.1")
        await listener.until(lambda: listener.topics["totals"]["abandoned"] == 1)
        await listener.until(lambda: listener.topics["waiting"]["count"] == 0)


async def test_only_what_changed_is_sent(broker: EmbeddedBroker) -> None:
    desk = Desk(broker.port)
    async with desk.publishing(), Listener.on(broker.port) as listener:
        await listener.until(lambda: "hotlines/gas" in listener.topics and "status" in listener.topics)
        listener.received.clear()
        for n in range(200):
            desk.queue_call(f"1.{n}")
        await listener.until(lambda: listener.topics["waiting"]["count"] == 200)
        await listener.until(lambda: listener.topics["queues/general"]["waiting"] == 200)
        state = [topic for topic in listener.received if not topic.startswith("calls/")]
        assert set(state) == {"queues/general", "waiting", "totals"}
        assert len(state) <= 9


async def test_events_of_calls_are_sent_masked_and_not_kept(broker: EmbeddedBroker) -> None:
    desk = Desk(broker.port)
    async with desk.publishing(), Listener.on(broker.port) as listener:
        await listener.until(lambda: listener.topics.get("status") == "online")
        await listener.until(lambda: "hotlines/gas" in listener.topics)
        desk.tell(CallStarted, call_id="1.1", case_id="c", ani="13812345645", dnis="12345", line_id="m", language="zh")
        await listener.until(lambda: "calls/1.1/events" in listener.topics)
        event = listener.topics["calls/1.1/events"]
        assert (event["type"], event["ani"]) == ("call_started", "138******45")
        async with Listener.on(broker.port) as late:
            await late.until(lambda: "hotlines/gas" in late.topics and "status" in late.topics)
            assert "calls/1.1/events" not in late.topics


async def test_topics_of_vanished_ids_are_removed(broker: EmbeddedBroker) -> None:
    desk = Desk(broker.port)
    async with desk.publishing(), Listener.on(broker.port) as listener:
        await listener.until(lambda: "hotlines/gas" in listener.topics)
        desk.board.set_directory(BoardDirectory(queues=DIRECTORY.queues[:1]))
        desk.changes.notify()
        await listener.until(lambda: {t for t in listener.topics if "/" in t} == {"queues/general"})


async def test_topics_of_an_earlier_run_are_removed(broker: EmbeddedBroker) -> None:
    async with aiomqtt.Client("127.0.0.1", broker.port) as earlier:
        await earlier.publish(f"{BASE}/operators/0999", b'{"state":"talking"}', qos=1, retain=True)
        await earlier.publish(f"{BASE}/operators/1001", b'{"state":"talking"}', qos=1, retain=True)
    async with Listener.on(broker.port) as listener:
        await listener.until(lambda: "operators/0999" in listener.topics)
        async with Desk(broker.port).publishing():
            await listener.until(lambda: "operators/0999" not in listener.topics)
            await listener.until(lambda: listener.topics["operators/1001"]["state"] == "offline")


async def test_status_is_offline_after_a_stop(broker: EmbeddedBroker) -> None:
    async with Listener.on(broker.port) as listener:
        async with Desk(broker.port).publishing():
            await listener.until(lambda: listener.topics.get("status") == "online")
        await listener.until(lambda: listener.topics["status"] == "offline")


async def test_status_is_offline_after_a_crash(broker: EmbeddedBroker) -> None:
    desk = Desk(broker.port)
    async with Listener.on(broker.port) as listener, desk.publishing():
        await listener.until(lambda: listener.topics.get("status") == "online")
        # the connection is cut under the publisher, as a crash would
        for _, handler in list(broker._broker.sessions.values()):  # type: ignore[union-attr]
            if handler.session.client_id == "hotline-test":
                await handler.writer.close()
        await listener.until(lambda: listener.topics["status"] == "offline")
        await listener.until(lambda: listener.topics["status"] == "online")


async def test_a_broker_that_comes_later_gets_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher_module, "LAST_RETRY_SECONDS", 0.5)
    broker = EmbeddedBroker("127.0.0.1", 0)
    await broker.start()
    await broker.stop()
    desk = Desk(broker.port)
    async with desk.publishing():
        desk.queue_call("1.1")
        for _ in range(2):
            await broker.start()
            async with Listener.on(broker.port) as listener:
                await listener.until(lambda: listener.topics.get("totals", {}).get("waiting") == 1)
                await listener.until(lambda: "hotlines/gas" in listener.topics)
            await broker.stop()


async def test_a_broker_that_accepts_and_says_nothing_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher_module, "CONNECT_SECONDS", 0.3)
    monkeypatch.setattr(publisher_module, "FIRST_RETRY_SECONDS", 0.1)
    connections: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _reader, writer: connections.append(writer), "127.0.0.1", 0)
    before = asyncio.all_tasks()
    desk = Desk(server.sockets[0].getsockname()[1])
    async with desk.publishing():
        async with asyncio.timeout(10):
            while len(connections) < 3:  # noqa: ASYNC110 (the peer's side has no event)
                await asyncio.sleep(0.01)
        began = time.monotonic()
    assert time.monotonic() - began < 8
    assert asyncio.all_tasks() <= before
    for writer in connections:
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)
    server.close()
    await server.wait_closed()


async def test_the_embedded_broker_stops_with_clients_and_strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    before = asyncio.all_tasks()
    broker = EmbeddedBroker("127.0.0.1", 0)
    await broker.start()
    strangers = [await asyncio.open_connection("127.0.0.1", broker.port) for _ in range(5)]
    strangers[0][1].write(b"\x10\x20garbage")
    strangers[1][1].write(b"GET / HTTP/1.1\r\n\r\n")
    async with Listener.on(broker.port) as listener:
        await listener._client.publish(f"{BASE}/status", b"online")
        await listener.until(lambda: "status" in listener.topics)
    began = time.monotonic()
    await broker.stop()
    assert time.monotonic() - began < 6
    for _, writer in strangers:
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)
    assert asyncio.all_tasks() <= before


async def test_a_connection_without_connect_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker_module, "FIRST_PACKET_SECONDS", 0.2)
    broker = EmbeddedBroker("127.0.0.1", 0)
    await broker.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", broker.port)
    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()
    await writer.wait_closed()
    await broker.stop()


async def test_a_port_in_use_is_an_error_at_start(broker: EmbeddedBroker) -> None:
    with pytest.raises(OSError, match="in use"):
        await EmbeddedBroker("127.0.0.1", broker.port).start()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "broker.example"])
def test_without_passwords_it_listens_on_loopback_only(host: str) -> None:
    with pytest.raises(ConfigurationError, match="has no passwords"):
        EmbeddedBroker(host, 1883)


@pytest.mark.parametrize("url", ["127.0.0.1:1883", "http://x", "mqtt://", "mqtt://host:port", ""])
async def test_a_wrong_address_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"must be mqtt://"):
        MqttPublisher(url, "hotline-test", BASE)


def test_the_document_has_every_formula() -> None:
    document = (Path(__file__).parents[2] / "docs" / "mqtt.md").read_text()
    missing = [name for name in FORMULAS if f"`{name}`" not in document]
    assert missing == []
