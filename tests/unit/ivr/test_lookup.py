"""Tables, addresses with a stranger's text in them, and servers that answer in every way."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.fetch import MAX_BYTES, Fetcher
from ivr.lookup import Answer, LookUpOutcome, Table, fill_url, read_answer

TABLE = Table(("number", "district", "office"), {"138": ("138", "east", "1"), "${X}": ("${X}", "west", "2")})
FOUND, MISSING, FAILED = LookUpOutcome.FOUND, LookUpOutcome.NOT_FOUND, LookUpOutcome.FAILED


@pytest.mark.parametrize(
    ("key", "column", "answer"),
    [
        ("138", None, Answer(FOUND, "east")),
        ("138", "office", Answer(FOUND, "1")),
        ("${X}", None, Answer(FOUND, "west")),
        ("139", None, Answer(MISSING)),
        ("138", "nothing", Answer(MISSING)),
    ],
)
def test_a_table(key: str, column: str | None, answer: Answer) -> None:
    assert TABLE.look_up(key, column) == answer


@given(st.text(max_size=200))
def test_a_value_in_an_address_is_only_a_value(value: str) -> None:
    value = value.encode("utf-8", "replace").decode()
    url = fill_url("http://desk/cases?number={caller}&line={line}", {"caller": value, "line": "a b"})
    assert url.startswith("http://desk/cases?number=")
    assert url.endswith("&line=a%20b")
    assert set(url[25:-11]) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%_.-~")


@pytest.mark.parametrize(
    ("status", "body", "field", "answer"),
    [
        (200, b" open \n", None, Answer(FOUND, "open")),
        (200, '{"state": "办理中"}'.encode(), "state", Answer(FOUND, "办理中")),
        (200, b'{"state": 7}', "state", Answer(FOUND, "7")),
        (200, b'{"state": true}', "state", Answer(FOUND, "true")),
        (200, b'{"state": null}', "state", Answer(MISSING)),
        (200, b"[1]", "state", Answer(MISSING)),
        (200, b"{", "state", Answer(FAILED)),
        (200, b"[" * 100_000, "state", Answer(FAILED)),
        (200, b"\xff", None, Answer(FAILED)),
        (200, b"a\nb", None, Answer(FAILED)),
        (200, b"x" * 81, None, Answer(FAILED)),
        (200, b"", None, Answer(MISSING)),
        (404, b"no", None, Answer(MISSING)),
        (500, b"open", None, Answer(FAILED)),
        (302, b"open", None, Answer(FAILED)),
    ],
)
def test_what_an_answer_says(status: int, body: bytes, field: str | None, answer: Answer) -> None:
    assert read_answer(status, body, field) == answer


@asynccontextmanager
async def desk(*parts: bytes, hangs: bool = False) -> AsyncIterator[str]:
    """A server that says this, and then ends or hangs; yield its address."""

    done = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        gone = asyncio.Event()
        done.add(gone)
        with contextlib.suppress(ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            for part in parts:
                writer.write(part)
            if hangs:
                await reader.read()
            writer.close()
            await writer.wait_closed()
        gone.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/x"
    finally:
        server.close()
        await server.wait_closed()
        async with asyncio.timeout(10):
            for gone in done:
                await gone.wait()


@pytest.mark.parametrize(
    ("parts", "hangs", "outcome"),
    [
        ((b"HTTP/1.0 200 OK\r\n\r\nyes",), False, FOUND),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", b"yes"), True, FOUND),
        ((b"HTTP/1.1 404 Not Found\r\n\r\n",), False, MISSING),
        ((b"SSH-2.0\r\n",), False, FAILED),
        ((b"HTTP/1.1 abc\r\n\r\n",), False, FAILED),
        ((b"",), False, FAILED),
        ((b"x" * (MAX_BYTES + 1),), False, FAILED),
        ((b"HTTP/1.1 200 OK\r\n\r\nhalf",), True, LookUpOutcome.TIMED_OUT),
        ((), True, LookUpOutcome.TIMED_OUT),
    ],
)
async def test_servers(parts: tuple[bytes, ...], hangs: bool, outcome: LookUpOutcome) -> None:
    async with desk(*parts, hangs=hangs) as url:
        assert (await Fetcher().fetch(url, None, 0.2)).outcome is outcome


async def test_a_server_that_is_away_and_an_address_that_is_none() -> None:
    assert (await Fetcher().fetch("http://127.0.0.1:1/", None, 1)).outcome is FAILED
    assert (await Fetcher().fetch("http://127.0.0.1:99999/", None, 1)).outcome is FAILED
    assert (await Fetcher().fetch("http://127.0.0.1:1/é", None, 1)).outcome is FAILED


async def test_one_that_hangs_delays_nobody_else() -> None:
    fetcher = Fetcher()
    async with desk(hangs=True) as slow, desk(b"HTTP/1.0 200 OK\r\n\r\nyes") as quick:
        hanging = [asyncio.create_task(fetcher.fetch(slow, None, 1.0)) for _ in range(50)]
        await asyncio.sleep(0)
        began = time.monotonic()
        assert (await fetcher.fetch(quick, None, 1.0)).value == "yes"
        assert time.monotonic() - began < 0.9
        assert {answer.outcome for answer in await asyncio.gather(*hanging)} == {LookUpOutcome.TIMED_OUT}
