"""The seven defects of panoramisk 1.4 that are known: each shown on the stock library, and closed in our link."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from ami_peer import QUICK, Diary, FakeAsterisk, event, fake_asterisk, hangup, linked, until
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.call_manager import CallManager
from panoramisk.manager import Manager
from panoramisk.message import Message as StockMessage

from calls.errors import ActionTimedOut, LinkDown
from telephony.ami import AmiLimits
from telephony.ami.frames import FrameParser

CHECKOUT = Path(__file__).parents[2]
PACKAGES = """
hotline calls telephony ivr acd transfer recording agi_scripts storage messaging web asterisk_conf
"""


@contextlib.asynccontextmanager
async def stock(peer: FakeAsterisk) -> AsyncIterator[Manager]:
    """Stock panoramisk, logged in."""
    manager = Manager(host="127.0.0.1", port=peer.port, username="hotline", secret="right")
    manager.reconnect_timeout = 0.01
    manager.connect()
    await until(lambda: manager.authenticated, "the login")
    try:
        yield manager
    finally:
        # it has no way to be stopped: it connects again for ever
        manager.connect = lambda *_: None
        manager.close()
        await until(lambda: manager.protocol.transport.is_closing())


def imported_names() -> Iterator[tuple[Path, str]]:
    """Every name that a module of ours imports, dotted."""
    for package in PACKAGES.split():
        for path in (CHECKOUT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Import):
                    yield from ((path, alias.name) for alias in node.names)
                elif isinstance(node, ast.ImportFrom):
                    yield from ((path, f"{node.module}.{alias.name}") for alias in node.names)


def test_defect_1_fast_agi_is_never_imported() -> None:
    """Stock: `fast_agi.py` reads in a loop until a blank line, and spins for ever when the peer closes before it."""
    names = list(imported_names())
    assert any(name.startswith("panoramisk.manager") for _, name in names), "the walk finds imports"
    allowed = ("panoramisk.manager.", "panoramisk.ami_protocol.", "panoramisk.actions.")
    assert [pair for pair in names if pair[1].startswith("panoramisk") and not pair[1].startswith(allowed)] == []


async def test_defect_2_stock_loses_events_behind_a_callback_that_raises() -> None:
    async with fake_asterisk() as peer, stock(peer) as manager:
        seen: list[str] = []
        problems: list[object] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context))

        def callback(_: Manager, message: StockMessage) -> None:
            seen.append(message.uniqueid)
            raise ValueError("a fault in the application")

        manager.register_event("Hangup", callback)
        first = manager.protocol
        peer.say(hangup(1) + hangup(2))
        await until(lambda: first.closed, "the connection closed by the callback's error")
        assert seen == ["1.1"]
        assert problems


async def test_defect_2_a_handler_that_raises_costs_only_its_own_message() -> None:
    diary = Diary()

    def trouble(entry: object) -> None:
        raise ValueError("a fault in the application")

    diary.trouble = trouble
    async with fake_asterisk() as peer, linked(peer, diary) as link:
        peer.say(b"".join(hangup(number) for number in range(5)))
        await until(lambda: len(diary.hung_up()) == 5, "every event")
        assert link.is_up
        # the snapshot, FullyBooted and the five
        assert link.counters.handler_errors == 7
        assert peer.connections == 1


async def test_defect_2_a_handler_that_never_returns_is_ended() -> None:
    seen: list[object] = []

    async def handler(message: object) -> None:
        seen.append(message)
        await asyncio.Event().wait()

    async with fake_asterisk() as peer:
        deadlines = dataclasses.replace(QUICK, handler_seconds=0.02)
        async with linked(peer, deadlines=deadlines) as link:
            link.subscribe(handler)
            peer.say(hangup(1) + hangup(2))
            await until(lambda: len(seen) >= 2 and link.counters.handler_errors >= 2)
            assert link.is_up


async def test_defect_3_stock_does_not_notice_unanswered_pings() -> None:
    async with fake_asterisk() as peer:
        peer.silent.add("Ping")
        async with stock(peer) as manager:
            manager.ping_interval = 0.01
            manager.ping()
            await until(lambda: peer.seen("Ping") > 10)
            assert peer.connections == 1
            assert not manager.protocol.closed
            assert len(manager.protocol.responses) > 10, "each ping is kept for ever"


async def test_defect_3_an_unanswered_ping_takes_the_link_down_and_opens_it_again() -> None:
    diary = Diary()
    async with fake_asterisk() as peer:
        async with linked(
            peer, diary, dataclasses.replace(QUICK, ping_interval_seconds=0.02, pong_seconds=0.5)
        ) as link:
            await until(lambda: peer.seen("Ping") >= 3, "pings that are answered")
            assert link.is_up
            peer.silent.add("Ping")
            await until(lambda: link.counters.pong_timeouts >= 1, "the pong's deadline")
            peer.silent.clear()
            await until(lambda: link.counters.logins >= 2 and len(diary.entries) >= 4, "the second login")
        assert diary.kinds()[:4] == ["Snapshot", "FullyBooted", "str", "Snapshot"]
        assert "did not answer a ping" in diary.entries[2]


async def test_defect_4_stock_waits_for_ever_for_an_action() -> None:
    async with fake_asterisk() as peer, stock(peer) as manager:
        peer.silent.add("Hangup")
        future = manager.send_action({"Action": "Hangup", "Channel": "PJSIP/op-1"})
        done, _ = await asyncio.wait([future], timeout=0.3)
        assert not done


async def test_defect_4_an_action_has_a_deadline() -> None:
    async with fake_asterisk() as peer, linked(peer) as link:
        peer.silent.add("Hangup")
        with pytest.raises(ActionTimedOut, match=r"did not answer Hangup in 0\.05 seconds"):
            await link.action("Hangup", {"Channel": "PJSIP/op-1"}, timeout=0.05)
        # the answer that comes too late is nobody's, and does no harm
        peer.say(peer.reply(peer.received[-1], Message="Channel Hungup"))
        await until(lambda: link.counters.late_replies == 1)
        await link.ping()
        assert link.counters.action_timeouts == 1


async def originate_and_die(peer: FakeAsterisk, sent: asyncio.Future[object]) -> None:
    """Takes an Originate, does not answer, breaks the connection, and lives on."""
    await until(lambda: peer.seen("Originate") == 1, "the Originate")
    connections = peer.connections
    peer.drop()
    await until(lambda: peer.connections > connections and peer.seen("Login") == peer.connections, "the next login")
    await asyncio.wait([sent], timeout=1)


async def test_defect_5_stock_dials_twice() -> None:
    async with fake_asterisk() as peer:
        peer.silent.add("Originate")
        async with stock(peer) as manager:
            future = manager.send_action({"Action": "Originate", "Channel": "PJSIP/96777@trunk-gas", "Async": "true"})
            await originate_and_die(peer, future)
            await until(lambda: peer.seen("Originate") == 2, "the same Originate a second time")


async def test_defect_5_an_unanswered_originate_is_never_sent_again() -> None:
    diary = Diary()
    async with fake_asterisk() as peer:
        peer.silent.add("Originate")
        async with linked(peer, diary) as link:
            order = asyncio.ensure_future(
                link.originate("PJSIP/96777@trunk-gas", channel_id="call-7", context="hotline", exten="s")
            )
            await originate_and_die(peer, order)
            with pytest.raises(LinkDown):
                await order
            await until(lambda: link.counters.logins == 2)
            # resolved by looking
            peer.answers["Getvar"] = lambda peer, action: peer.reply(action, Variable="x", Value=action["Channel"])
            assert await link.channel_exists("call-7")
            peer.answers["Getvar"] = lambda peer, action: peer.reply(action, "Error", Message="No such channel")
            assert not await link.channel_exists("call-7")
            await link.ping()
        assert peer.seen("Originate") == 1


def test_defect_6_stock_loses_characters_cut_in_two() -> None:
    got: list[str] = []
    protocol = AMIProtocol()
    protocol.connection_made(None)
    protocol.encoding = "utf8"
    protocol.handle_message = lambda message: got.append(message.calleridname)
    data = event("Newchannel", CallerIDName="王小明")
    cut = data.index("小".encode()) + 1
    protocol.data_received(data[:cut])
    protocol.data_received(data[cut:])
    assert got == ["王明"]


def test_defect_6_characters_cut_in_two_are_whole() -> None:
    data = b"Asterisk Call Manager/11.0.0\r\n" + event("Newchannel", CallerIDName="王小明")
    for cut in range(len(data)):
        parser = FrameParser(line_bytes=1000, frame_bytes=1000)
        (frame,) = parser.feed(data[:cut]) + parser.feed(data[cut:])
        assert frame.get("calleridname") == "王小明"


async def test_defect_6_characters_cut_in_two_by_tcp_arrive() -> None:
    diary = Diary()
    data = event("UserEvent", UserEvent="Named", Name="王小明")
    async with fake_asterisk() as peer, linked(peer, diary) as link:
        read = link.counters.bytes_read
        for position in range(len(data)):
            peer.say(data[position : position + 1])
            # the next byte is written when this one was read, so that each is a segment of its own
            await until(lambda done=read + position + 1: link.counters.bytes_read == done)
        await until(lambda: "UserEventRaised" in diary.kinds())
        assert diary.entries[-1].fields == {"Name": "王小明"}


async def test_defect_7_stock_keeps_every_call() -> None:
    manager = CallManager()
    for number in range(100):
        manager.dispatch(StockMessage({"Event": "Newchannel", "Uniqueid": f"{number}.1"}))
        manager.dispatch(StockMessage({"Event": "Hangup", "Uniqueid": f"{number}.1"}))
    assert len(manager.calls_queues) == 100


async def test_defect_7_nothing_is_kept_of_calls_that_ended() -> None:
    diary = Diary()
    async with fake_asterisk() as peer, linked(peer, diary, limits=AmiLimits(queued_messages=2000)) as link:
        peer.say(b"".join(hangup(number) for number in range(1000)))
        await until(lambda: len(diary.hung_up()) == 1000)
        await asyncio.gather(*(link.ping() for _ in range(100)))
        assert not link._manager.protocol.responses
        assert not link._delivery._queue
        assert not link._manager.awaiting_actions
    assert not any(name.endswith("CallManager") for _, name in imported_names())
