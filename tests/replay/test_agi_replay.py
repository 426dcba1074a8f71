"""What a real Asterisk 22.10.1 said on FastAGI, replayed: exact messages, and our sessions' exact words.

`agi/NAME.jsonl` is what record_agi.py kept. The codec must read it as the lists below, however it is cut; and the same
scenario, played against the recording, must send byte for byte what it sent to Asterisk.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from agi_scenarios import SCENARIOS

from telephony.agi import AgiCodec, AgiServer, AgiSession, Hangup, Reply, Request
from telephony.agi.codec import Message

RECORDINGS = Path(__file__).parent / "agi"
DEADLINE_SECONDS = 10.0
HANGUP = Hangup()
DEAD = Reply(511, text="Command Not Permitted on a dead channel or intercept routine")


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes of one side, as they came."""

    sender: str
    data: bytes


def ok(result: str = "0", value: str | None = None, endpos: int | None = None) -> Reply:
    return Reply(200, result, value, endpos)


EXPECTED: dict[str, list[Message]] = {
    "menu": [
        ok(),  # ANSWER
        ok(),  # EXEC Read
        ok("1", "OK:2"),
        ok("1"),  # SET VARIABLE
        ok(),  # SET MUSIC ON
        ok(),  # SET MUSIC OFF
        ok("", "timeout"),  # GET DATA
        ok("0", endpos=4000),  # STREAM FILE
        ok("1"),  # SET VARIABLE
        ok("1", '王小明 "said", \\ ${EXTEN}'),
        ok("1"),  # HANGUP
    ],
    "key": [ok(), ok("2"), ok("1")],
    "caller_leaves": [ok(), ok("-1"), HANGUP, ok(), ok("1", "1795337067.4"), DEAD],
    "operator_ends": [ok(), ok(), ok("1", "ANSWER"), ok("1")],
    "caller_ends": [ok(), ok("-1"), HANGUP, ok("1", "ANSWER")],
    # HANGUP although the caller is still there, 43 ms after Dial came back
    "passed_on": [ok(), ok(), HANGUP, ok("1", "ANSWER")],
}


def recording(name: str) -> list[Piece]:
    lines = (RECORDINGS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    pieces = [json.loads(line) for line in lines]
    return [Piece(piece["from"], piece["text"].encode("utf-8", "surrogateescape")) for piece in pieces]


def from_asterisk(name: str) -> list[bytes]:
    return [piece.data for piece in recording(name) if piece.sender == "asterisk"]


def test_every_recording_is_a_scenario() -> None:
    assert {path.stem for path in RECORDINGS.glob("*.jsonl")} == SCENARIOS.keys() == EXPECTED.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_the_codec_reads_the_recording(name: str) -> None:
    codec = AgiCodec()
    request, *messages = [message for data in from_asterisk(name) for message in codec.feed(data)]
    assert messages == EXPECTED[name]
    assert isinstance(request, Request)
    assert (request.script, request.query, request.args) == ("inbound", {"line": "main"}, ())
    assert (request.callerid, request.calleridname, request.dnid) == ("13800000000", "王小明", "")
    assert (request.context, request.extension, request.language) == ("line", "s", "en")
    assert len(request.raw) == 22


@pytest.mark.parametrize("name", EXPECTED)
def test_the_codec_reads_the_recording_byte_by_byte(name: str) -> None:
    codec = AgiCodec()
    messages = [message for byte in b"".join(from_asterisk(name)) for message in codec.feed(bytes([byte]))]
    assert messages[1:] == EXPECTED[name]


@pytest.mark.parametrize("name", EXPECTED)
async def test_the_scenario_says_the_same_again(name: str) -> None:
    outcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def handler(session: AgiSession) -> None:
        try:
            await SCENARIOS[name].service(session)
        except BaseException as exc:
            outcome.set_exception(exc)
            raise
        outcome.set_result(None)

    server = AgiServer({"inbound": handler})
    await server.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            for piece in recording(name):
                if piece.sender == "asterisk":
                    writer.write(piece.data)
                else:
                    assert await reader.readexactly(len(piece.data)) == piece.data
            await outcome
            assert await reader.read() == b""
    finally:
        writer.close()
        await writer.wait_closed()
        await server.stop(1)
    assert server.counters.garbage == server.counters.sessions_failed == 0
