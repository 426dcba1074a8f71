"""Whole calls of a real Asterisk 22.10.1, both links together, replayed: exact facts, the same words, the same journal.

`calls/NAME.jsonl` is what record_call.py kept, `calls/NAME.journal` what the service wrote. After recording again read
the difference of the journals, and bring FACTS up to date.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from acd.waiting_room import WaitingRoom
from agi_scripts.inbound import Inbound
from agi_scripts.office import Office
from calls.events import CallEnded, Event
from calls.legs import KeyPressed, LegEnded, LegFact, TransferAsked
from hotline import plans
from hotline.config import load_city
from hotline.control import Control
from hotline.phones import PhoneWatch
from ivr.callers import PastCalls
from ivr.runner import FlowRunner
from telephony.agi.server import AgiServer
from telephony.ami.frames import FrameParser
from telephony.ami.link import AmiLink
from telephony.ami.messages import ChannelCreated, Message, Unknown
from telephony.ami.translation import translate
from telephony.prompt_files import PromptFiles
from telephony.tracker import CallTracker, endpoint_of
from tests.replay.call_story import story_line

CALLS = Path(__file__).parent / "calls"
CITY = Path(__file__).parents[1] / "e2e" / "city"
NAMES = sorted(path.stem for path in CALLS.glob("*.jsonl"))
DEADLINE_SECONDS = 5.0

CALLER, OPERATOR, TRUNK = "caller", "op1001", "trunk-carrier"
"""Whose leg a fact is of: the caller's channel and a hotline's are both the trunk's."""

FACTS: dict[str, list[str]] = {
    "leaves_in_menu": [f"LegEnded {CALLER}"],
    "leaves_ringing": [
        f"LegStarted {OPERATOR}",
        f"LegRang {OPERATOR}",
        f"LegEnded {OPERATOR} 16",
        f"LegEnded {CALLER}",
    ],
    "passed_on": [
        f"KeyPressed {CALLER} 1",
        f"LegStarted {OPERATOR}",
        f"LegRang {OPERATOR}",
        f"LegAnswered {OPERATOR}",
        *[f"KeyPressed {OPERATOR} {key}" for key in "*102"],
        f"TransferAsked {OPERATOR} gas",
        f"LegEnded {OPERATOR} 16",
        f"LegStarted {TRUNK}",
        f"LegRang {TRUNK}",
        f"LegAnswered {TRUNK}",
        f"LegEnded {TRUNK} 16",
        f"LegEnded {CALLER} 16",
    ],
    "comes_back": [
        f"LegStarted {OPERATOR}",
        f"LegRang {OPERATOR}",
        f"LegAnswered {OPERATOR}",
        *[f"KeyPressed {OPERATOR} {key}" for key in "*101"],
        f"TransferAsked {OPERATOR} water",
        f"LegEnded {OPERATOR} 16",
        f"LegStarted {TRUNK}",
        f"LegEnded {TRUNK} 17",
        f"LegStarted {OPERATOR}",
        f"LegRang {OPERATOR}",
        f"LegAnswered {OPERATOR}",
        f"LegEnded {OPERATOR} 16",
        f"LegEnded {CALLER} 16",
    ],
}


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes on one link, as they came."""

    at_ms: int
    link: str
    sender: str
    text: str

    @property
    def data(self) -> bytes:
        return self.text.encode("utf-8", "surrogateescape")


def recording(name: str) -> list[Piece]:
    lines = (CALLS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [Piece(row["ms"], row["link"], row["from"], row["text"]) for row in map(json.loads, lines)]


def messages(name: str) -> Iterator[tuple[int, Message]]:
    """Yield what Asterisk told on AMI, with the number of the piece that completed it."""
    parser = FrameParser(line_bytes=65_536, frame_bytes=1 << 20)
    for number, piece in enumerate(recording(name)):
        if piece.link == "ami":
            for frame in parser.feed(piece.data):
                message = translate(frame) if frame.get("event") is not None else None
                if message is not None and not isinstance(message, Unknown):
                    yield number, message
    assert parser.error is None


def call_id_of(name: str) -> str:
    return next(message.linkedid for _, message in messages(name) if isinstance(message, ChannelCreated))


def fact_line(fact: LegFact) -> str:
    whose = CALLER if fact.leg_id == fact.call_id else endpoint_of(fact.channel)
    more: str | int | None
    match fact:
        case LegEnded():
            more = fact.hangup_cause
        case KeyPressed():
            more = fact.key
        case TransferAsked():
            more = fact.target_id
        case _:
            more = None
    return f"{type(fact).__name__} {whose}" + (f" {more}" if more is not None else "")


def test_every_recording_has_its_facts() -> None:
    assert sorted(FACTS) == NAMES == sorted(path.stem for path in CALLS.glob("*.journal"))


@pytest.mark.parametrize("name", NAMES)
async def test_what_asterisk_told_means_exactly_these_facts(name: str) -> None:
    tracker = CallTracker(lambda: datetime.max.replace(tzinfo=UTC))  # each fact has Asterisk's own time instead
    with tracker.follow(call_id_of(name)) as feed:
        for _, message in messages(name):
            tracker.handle(message)
        facts = [await feed.next() for _ in range(feed._queue.qsize())]
    assert [fact_line(fact) for fact in facts] == FACTS[name]
    times = [fact.at for fact in facts]
    assert times == sorted(times)
    assert times[-1] - times[0] < timedelta(seconds=10)


async def nothing_past(number: str, call_id: str) -> PastCalls:
    """Nobody in the recordings has called before."""
    return PastCalls()


class Replay:
    """The path of a call, with the recording in Asterisk's place."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.pieces = recording(name)
        self.events: list[Event] = []
        self.released: list[str] = []
        "Channels of the legs that were released."
        self._began = next(at for _, message in messages(name) if (at := message.at) is not None)
        self._now = self._began
        city = load_city(CITY)
        self.tracker = CallTracker(self.clock)
        self.room = WaitingRoom(plans.dispatcher(city, "replay-"), self.events.append, self.clock)
        self.link = AmiLink("127.0.0.1", 1, "nobody", "nothing")  # never started: the recording is its messages
        self.control = Control(
            self.link,
            self.tracker,
            self.events.append,
            self.clock,
            legs_file=folder / "legs.csv",
            in_emergency=lambda call_id, finished: False,
        )
        self.office = Office(
            definitions=plans.definitions(city, folder / "prompts"),
            clock=self.clock,
            record=self.events.append,
            flows=FlowRunner(self.events.append, self.clock),
            room=self.room,
            tracker=self.tracker,
            switchboard=self,
            finish_recording=lambda call_id, plan: None,
            recordings_dir=folder,
            prompt_files=PromptFiles(folder / "joined"),
            past_calls=nothing_past,
        )
        self.control.attach(self.office, PhoneWatch(self.room))

    def clock(self) -> datetime:
        return self._now

    def hang_up_leg(self, channel: str) -> None:
        self.released.append(channel)

    async def play(self) -> None:
        """Say what Asterisk said, on both links in its order, and hear the service say the same."""
        told: dict[int, list[Message]] = {}
        for number, message in messages(self.name):
            told.setdefault(number, []).append(message)
        first_ms = self.pieces[0].at_ms
        async with self._connected() as (reader, writer), asyncio.timeout(DEADLINE_SECONDS):
            for number, piece in enumerate(self.pieces):
                self._now = self._began + timedelta(milliseconds=piece.at_ms - first_ms)
                for message in told.get(number, ()):
                    self.control._on_message(message)
                if piece.link == "agi" and piece.sender == "asterisk":
                    writer.write(piece.data)
                elif piece.link == "agi":
                    assert words(await reader.readline()) == words(piece.data)
            while not any(isinstance(event, CallEnded) for event in self.events):  # noqa: ASYNC110
                await asyncio.sleep(0.01)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        server = AgiServer({"inbound": Inbound(self.office)})
        await server.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        try:
            yield reader, writer
        finally:
            writer.close()
            await writer.wait_closed()
            await server.stop(1)
            self.room.close()
        assert server.counters.garbage == server.counters.sessions_failed == 0


def words(line: bytes) -> list[str]:
    """Return what a command is about: its verb, and whom it dials; the rest is for the sessions' own replay."""
    said = line.decode().split()
    return [*said[:2], *(word.partition(",")[0].strip('"') for word in said[2:3] if said[1] == "Dial")]


@pytest.mark.parametrize("name", NAMES)
async def test_the_service_says_and_writes_the_same_again(name: str, tmp_path: Path) -> None:
    replay = Replay(name, tmp_path)
    await replay.play()
    story = [line for event in replay.events if (line := story_line(event))]
    recorded = (CALLS / f"{name}.journal").read_text(encoding="utf-8").splitlines()
    assert story == recorded
    asked = any(fact.startswith("TransferAsked") for fact in FACTS[name])
    assert [endpoint_of(channel) for channel in replay.released] == [OPERATOR] * asked
    assert not replay.office.open_calls
