"""Look-ups lead on by their answer; a server that hangs or is away costs a moment, and the written way is taken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from calls.events import CallQueued, LookedUp
from tests.e2e.conftest import OpenTown
from tests.e2e.town import AT_ONCE

PORT_IN_FLOWS = "127.0.0.1:8099"


@asynccontextmanager
async def desk(answer: bytes | None) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that gives this answer to every question, or none at all; yield its address and what it was asked."""
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        if answer is None:
            await reader.read()  # until the other side has gone
        else:
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    finally:
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize(("number", "queue"), [("13800138001", "gas_experts"), ("13800138009", "general")])
async def test_a_table(menu_town: OpenTown, number: str, queue: str) -> None:
    async with menu_town() as place:
        citizen = await place.citizen(dialled="20005", ani=number)
        queued = await place.happened(CallQueued)
        assert queued.queue_id == queue
        await citizen.hang_up()


async def test_an_answer_over_http(menu_town: OpenTown) -> None:
    body = b'{"state": "open"}'
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    async with desk(answer) as (address, asked), menu_town(replaced={PORT_IN_FLOWS: address}) as place:
        citizen = await place.citizen(dialled="20006", ani="13800138001")
        queued = await place.happened(CallQueued)
        assert queued.queue_id == "gas_experts"
        assert asked == [b"GET /cases?number=13800138001 HTTP/1.0\r\n"]
        (looked_up,) = place.of_call(queued.call_id, LookedUp)
        assert looked_up.outcome == "found"
        await citizen.hang_up()


async def test_a_server_that_hangs(menu_town: OpenTown) -> None:
    async with desk(None) as (address, _), menu_town(replaced={PORT_IN_FLOWS: address}) as place:
        patient = await place.citizen(dialled="20006")
        call_id = await place.call_of(patient)
        queued = await place.happened(CallQueued, lambda e: e.call_id == call_id)
        assert queued.queue_id == "general"
        (looked_up,) = place.all(LookedUp)
        assert looked_up.outcome == "timed_out"
        assert 450 <= looked_up.ms <= 500 + AT_ONCE * 1000
        await patient.hang_up()


async def test_a_caller_who_leaves_during_a_look_up(menu_town: OpenTown) -> None:
    async with desk(None) as (address, asked):
        replaced = {PORT_IN_FLOWS: address, "timeout_seconds: 0.5": "timeout_seconds: 9"}
        async with menu_town(replaced=replaced) as place:
            citizen = await place.citizen(dialled="20006")
            call_id = await place.call_of(citizen)
            async with asyncio.timeout(10):
                while not asked:  # noqa: ASYNC110 -- the desk is another server's callback
                    await asyncio.sleep(0.02)
            await citizen.hang_up()
            assert (await place.ended(call_id, within=10)).outcome == "left_in_menu"
