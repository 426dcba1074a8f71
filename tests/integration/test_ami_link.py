"""The link against a peer on a real socket: how it comes up, stays up, tells in order, and refuses."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import pytest
from ami_peer import QUICK, Diary, FakeAsterisk, channel_row, fake_asterisk, hangup, linked, until

from calls.errors import LinkDown
from telephony.ami import (
    AmiDeadlines,
    AmiLimits,
    AmiLink,
    LoginRefused,
    Snapshot,
)


def link_to(peer: FakeAsterisk, secret: str = "right", deadlines: AmiDeadlines = QUICK) -> AmiLink:
    return AmiLink("127.0.0.1", peer.port, "hotline", secret, deadlines=deadlines)


async def test_comes_up_with_a_snapshot_and_then_tells_in_order() -> None:
    diary = Diary()
    async with fake_asterisk() as peer:
        peer.channels = [channel_row(1), channel_row(2)]

        def contacts(peer: FakeAsterisk, action: dict[str, str]) -> bytes:
            # told while the snapshot is read: must come after it
            row = {"ObjectName": "op1001;@ff", "Uri": "sip:1001@127.0.0.1", "Status": "Reachable", "RoundtripUsec": 900}
            return hangup(1) + peer.list(action, "ContactList", [row]) + hangup(2)

        peer.answers["PJSIPShowContacts"] = contacts
        async with linked(peer, diary) as link:
            assert link.is_up
            assert link.version == "11.0.0"
            peer.say(hangup(3))
            await until(lambda: len(diary.hung_up()) == 3)
        snapshot = diary.entries[0]
        assert isinstance(snapshot, Snapshot)
        assert [row.uniqueid for row in snapshot.channels] == ["1.1", "1.2"]
        assert snapshot.channels[0].duration_seconds == 62
        assert snapshot.channels[0].bridge_id is None
        assert [(row.aor, row.status, row.roundtrip_microseconds) for row in snapshot.contacts] == [
            ("op1001", "Reachable", 900)
        ]
        assert diary.kinds()[1:] == ["FullyBooted", "ChannelHungUp", "ChannelHungUp", "ChannelHungUp"]
        assert diary.hung_up() == ["1.1", "1.2", "1.3"]
        assert not link.is_up


async def test_a_wrong_secret_is_told_at_once_and_leaves_nothing_behind() -> None:
    async with fake_asterisk() as peer:
        link = link_to(peer, secret="wrong")
        with pytest.raises(LoginRefused, match=r"user 'hotline': Authentication failed\. Compare .* manager\.conf"):
            await link.start()
        assert not link.is_up
        with pytest.raises(LinkDown):
            await link.ping()


async def test_a_secret_that_changes_later_is_tried_again_until_it_is_right() -> None:
    diary = Diary()
    async with fake_asterisk() as peer, linked(peer, diary) as link:
        peer.secret = "another"
        peer.drop()
        await until(lambda: link.counters.login_refusals >= 2)
        assert not link.is_up
        peer.secret = "right"
        await until(lambda: link.is_up)
        assert diary.kinds() == ["Snapshot", "FullyBooted", "str", "Snapshot", "FullyBooted"]


async def test_waits_for_an_asterisk_that_starts_later() -> None:
    async with fake_asterisk() as peer:
        await peer.stop()
        link = link_to(peer)
        starting = asyncio.ensure_future(link.start(wait_seconds=5))
        await until(lambda: link.counters.connect_failures >= 2)
        await peer.start()
        await starting
        await link.stop()


async def test_gives_up_with_the_reason_where_nothing_listens() -> None:
    async with fake_asterisk() as peer:
        await peer.stop()
        with pytest.raises(LinkDown, match=r"could not be reached in 0\.1 seconds: No connection to 127\.0\.0\.1:\d+"):
            await link_to(peer).start(wait_seconds=0.1)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"banner": b"SSH-2.0-OpenSSH_9.2\r\n"}, "no Asterisk Manager Interface"),
        ({"banner": b"Asterisk Call Manager/" + b"1" * 200}, "no Asterisk Manager Interface"),
        ({"silent": {"Login"}}, "No answer to the login"),
        ({"boots": False}, "did not say FullyBooted .* read=system"),
        ({"silent": {"CoreShowChannels"}}, "did not answer CoreShowChannels"),
    ],
)
async def test_a_peer_that_is_not_ready_is_named(change: dict[str, Any], reason: str) -> None:
    brief = dataclasses.replace(QUICK, login_seconds=0.1, boot_seconds=0.1, snapshot_seconds=0.1)
    async with fake_asterisk() as peer:
        for name, value in change.items():
            setattr(peer, name, value)
        with pytest.raises(LinkDown, match=reason):
            await link_to(peer, deadlines=brief).start(wait_seconds=0.5)


async def test_pauses_between_attempts_grow_up_to_a_bound() -> None:
    deadlines = dataclasses.replace(QUICK, backoff_first_seconds=0.01, backoff_most_seconds=0.04)
    async with fake_asterisk() as peer:
        await peer.stop()
        link = link_to(peer, deadlines=deadlines)
        began = asyncio.get_running_loop().time()
        await link.start(wait_seconds=0)
        await until(lambda: link.counters.connect_failures == 6)
        # 0.01 + 0.02 + 0.04 + 0.04 + 0.04
        assert 0.15 <= asyncio.get_running_loop().time() - began < 4
        await link.stop()


async def test_down_is_told_once_after_what_was_told_before_it() -> None:
    diary = Diary()
    async with fake_asterisk() as peer, linked(peer, diary) as link:
        peer.say(hangup(1))
        await until(lambda: diary.hung_up())
        peer.channels = [channel_row(9)]
        peer.drop()
        await until(lambda: link.counters.logins == 2 and len(diary.entries) == 6)
        assert diary.kinds() == ["Snapshot", "FullyBooted", "ChannelHungUp", "str", "Snapshot", "FullyBooted"]
        assert diary.entries[3].startswith(("Asterisk closed the connection", "The connection broke"))
        assert diary.entries[4].channels[0].uniqueid == "1.9"


async def test_a_full_queue_takes_the_link_down_and_a_snapshot_follows() -> None:
    diary = Diary()
    gate = asyncio.Event()

    async def slow(message: object) -> None:
        await gate.wait()
        diary.message(message)

    async with fake_asterisk() as peer:
        async with linked(peer, limits=AmiLimits(queued_messages=10)) as link:
            link.subscribe(slow, on_up=diary.up, on_down=diary.down)
            peer.say(b"".join(hangup(number) for number in range(100)))
            await until(lambda: link.counters.overflows == 1)
            assert not link.is_up
            gate.set()
            await until(lambda: link.counters.logins == 2 and diary.kinds()[-2:] == ["Snapshot", "FullyBooted"])
        # what fitted was told in order, then the loss, then what is true now
        assert diary.hung_up() == [f"1.{number}" for number in range(len(diary.hung_up()))]
        assert 10 <= len(diary.hung_up()) <= 11
        assert "More than 10 messages wait" in diary.entries[len(diary.hung_up())]
        assert link.counters.overflows == 1


async def test_a_burst_of_events_does_not_outrun_a_fast_handler() -> None:
    diary = Diary()
    async with fake_asterisk() as peer, linked(peer, diary, limits=AmiLimits(queued_messages=10_000)) as link:
        peer.say(b"".join(hangup(number) for number in range(40_000)))
        await until(lambda: len(diary.entries) == 40_002 or not link.is_up)
        assert link.counters.overflows == 0
        assert diary.hung_up() == [f"1.{number}" for number in range(40_000)]


async def test_a_handler_that_hangs_does_not_keep_the_link_down() -> None:
    diary = Diary()

    async def hangs(message: object) -> None:
        await asyncio.Event().wait()

    deadlines = dataclasses.replace(QUICK, handler_seconds=0.2, drain_seconds=0.05)
    async with fake_asterisk() as peer, linked(peer, deadlines=deadlines) as link:
        link.subscribe(hangs, on_up=diary.up, on_down=diary.down)
        peer.say(b"".join(hangup(number) for number in range(100)))
        await until(lambda: link.counters.frames > 100)
        peer.drop()
        await until(lambda: link.counters.logins == 2 and len(diary.entries) == 2)
        assert diary.kinds() == ["str", "Snapshot"]
        assert link.counters.dropped >= 90


@pytest.mark.parametrize(
    "junk",
    [
        b"Event: Hangup\r\nChannel: PJSIP/op-1\r\nCallerIDNum: 13800138000\r\n\r\n",
        b"no colon in here\r\n\r\n",
        b"\r\n\r\n\r\n\r\n",
        b"Event: Hangup\r\nTimestamp: soon\r\nChannel: a\r\nUniqueid: 1\r\nLinkedid: 1\r\n\r\n",
        b"\xff\xfe: \x00\r\n\r\n",
    ],
)
async def test_a_frame_that_makes_no_sense_costs_nothing_else(junk: bytes) -> None:
    diary = Diary()
    async with fake_asterisk() as peer, linked(peer, diary) as link:
        peer.say(hangup(1) + junk + hangup(2))
        await until(lambda: diary.hung_up() == ["1.1", "1.2"])
        assert link.is_up
        assert link.counters.malformed == (0 if not junk.strip() else 1)


async def test_a_frame_without_end_takes_the_link_down() -> None:
    diary = Diary()
    async with fake_asterisk() as peer:
        async with linked(peer, diary, limits=AmiLimits(line_bytes=1000, frame_bytes=5000)) as link:
            peer.say(b"Event: " + b"x" * 2000)
            await until(lambda: link.counters.logins == 2 and len(diary.entries) >= 4)
            peer.say(b"Header: 1\r\n" * 1000)
            await until(lambda: link.counters.logins == 3 and len(diary.entries) >= 7)
        assert "line has more than 1000 bytes" in diary.entries[2]
        assert "frame has more than 5000 bytes" in diary.entries[5]


async def test_starting_twice_is_a_mistake_and_stopping_twice_is_none() -> None:
    async with fake_asterisk() as peer, linked(peer) as link:
        with pytest.raises(RuntimeError):
            await link.start()
        await link.stop()
        await link.stop()


async def test_no_number_and_no_secret_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    async with fake_asterisk() as peer, linked(peer) as link:
        peer.say(b"Event: Hangup\r\nCallerIDNum: 13800138000\r\nExten: 96777\r\n\r\n")
        await until(lambda: link.counters.malformed == 1)
    text = "".join(capsys.readouterr())
    assert "CallerIDNum: …" in text
    assert not any(part in text for part in ("13800138000", "96777", "right"))
