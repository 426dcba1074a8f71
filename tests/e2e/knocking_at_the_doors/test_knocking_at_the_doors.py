"""Strangers knock at FastAGI and AMI a thousand times while five citizens call: none of them notices."""

from __future__ import annotations

import asyncio
import contextlib
import random

from calls.events import CallEnded, CallOutcome, ConversationEnded, LinkChanged
from tests.e2e.conftest import OpenTown
from tests.e2e.town import Town

HALF_HEADER = b"agi_network: yes\nagi_network_script: inbound\nagi_request: agi://127.0"
GARBAGE = random.Random(12345).randbytes(2000)


async def knock(port: int, words: bytes, *, stays: bool = False) -> asyncio.StreamWriter | None:
    """Connect, say something, and hang up, or stay and say no more."""
    _reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(words)
    if stays:
        return writer
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return None


async def test_nobody_notices(town: OpenTown) -> None:
    async with town() as place:
        place.announced += ["failed to authenticate", "manager", "Unable to"]  # what the strangers at AMI cause
        for operator_id in ("1001", "1003", "1002"):
            await place.phone(operator_id)
        talks = [await place.talking(operator_id) for operator_id in ("1001", "1003", "1002")]
        waits = [await place.waiting() for _ in range(2)]
        knocking = asyncio.create_task(knock_everywhere(place))
        waits.append(await place.waiting())
        assert not knocking.done(), "who calls meanwhile is served between the strangers, not after them"
        await knocking

        assert not place.all(ConversationEnded)
        assert [place.service.room.position(call_id) for _, call_id in waits] == [1, 2, 3]
        assert all(e.up for e in place.all(LinkChanged)), "the control link stayed up"
        await talks[0].phone.hangup()
        await place.picks_up("1001")  # and calls are still given out
        for citizen in (*[talk.citizen for talk in talks[1:]], *[citizen for citizen, _ in waits]):
            await citizen.hang_up()
        await place.happened(CallEnded, count=6)
        assert [e.outcome for e in place.all(CallEnded)].count(CallOutcome.ANSWERED) == 4


async def knock_everywhere(place: Town) -> None:
    """1,000 connections that close at once, 200 with half a header that stay, garbage of every kind, at both doors."""
    settings, agi = place.service.prepared.settings, place.service.agi
    stay: list[asyncio.StreamWriter | None] = []
    for _ in range(20):
        await asyncio.gather(*(knock(settings.agi_port, b"") for _ in range(50)))
        stay += await asyncio.gather(*(knock(settings.agi_port, HALF_HEADER, stays=True) for _ in range(10)))
    for port in (settings.agi_port, settings.ami_port):
        for words in (GARBAGE, b"GET / HTTP/1.1\r\n\r\n", b"\n\n", b"x" * 100_000, b"agi_x\n\n"):
            await asyncio.gather(*(knock(port, words) for _ in range(5)))
    for writer in stay:
        if writer is not None:
            writer.close()
    async with asyncio.timeout(10):
        while agi.open_handshakes:  # noqa: ASYNC110 - it sees them leave in its own time
            await asyncio.sleep(0.02)
