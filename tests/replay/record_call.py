"""Records what a real Asterisk says on AMI and FastAGI together in whole calls, for test_call_replay.py.

    .venv/bin/python -m tests.replay.record_call [CALL...]

Plays each call in a town of the end-to-end scenarios (tests/e2e) and writes `calls/NAME.jsonl`, one line for each piece
in the order in which the service saw it: `{"ms": since the first, "link": "ami" or "agi", "from": "asterisk" or
"service", "text": ...}`; and `calls/NAME.journal`, what the service then wrote into its journal. What the service says
on AMI is left out: it holds a password. Numbers are invented.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from calls.events import OperatorAnswered, TransferAnswered, TransferReturned
from hotline.actors.phones import PhoneEventKind
from hotline.actors.target_scenario import Answers, Behaviour, Refuses
from hotline.config import load_city
from hotline.prompts import build_prompts
from telephony.agi import server as agi_server
from telephony.ami.protocol import AmiProtocol
from tests.e2e.town import CITY, MENU, PressKey, Town, WaitSeconds, open_town
from tests.replay.call_story import story_line

CALLS = Path(__file__).parent / "calls"
PROMPTS, RECORDINGS = "/prompts", "/recordings"


@contextmanager
def tapped(pieces: list[dict[str, Any]]) -> Iterator[None]:
    """Keep every piece that comes in on either link, and what the service says on FastAGI."""
    began = time.monotonic()

    def keep(link: str, sender: str, data: bytes) -> None:
        text = data.decode("utf-8", "surrogateescape")
        pieces.append({"ms": round((time.monotonic() - began) * 1000), "link": link, "from": sender, "text": text})

    connection = agi_server._Connection
    taps: list[tuple[Any, str, str, str]] = [
        (AmiProtocol, "data_received", "ami", "asterisk"),
        (connection, "data_received", "agi", "asterisk"),
        (connection, "send", "agi", "service"),
    ]
    originals = [getattr(cls, method) for cls, method, _, _ in taps]
    for (cls, method, link, sender), original in zip(taps, originals, strict=True):

        def tap(self: Any, data: bytes, *, original: Any = original, link: str = link, sender: str = sender) -> None:
            keep(link, sender, data)
            original(self, data)

        setattr(cls, method, tap)
    try:
        yield
    finally:
        for (cls, method, _, _), original in zip(taps, originals, strict=True):
            setattr(cls, method, original)


async def passed_on(place: Town) -> None:
    """Menu, operator, *102, the hotline answers, the citizen hangs up."""
    phone = await place.phone("1001")
    citizen = await place.citizen(MENU, PressKey("1"))
    await place.picks_up("1001")
    await phone.press("*102")
    await place.happened(TransferAnswered)
    await place.talk(0.3)
    await citizen.hang_up()
    await place.ended(await place.call_of(citizen))


async def comes_back(place: Town) -> None:
    """*101 is busy: the same operator's phone rings again, the operator hangs up."""
    phone = await place.phone("1001")
    citizen, call_id = await place.waiting()
    await place.picks_up("1001")
    await phone.press("*101")
    await place.happened(TransferReturned)
    await phone.wait_for(PhoneEventKind.INCOMING, timeout_seconds=10)
    await phone.answer()
    await place.happened(OperatorAnswered, count=2)
    await phone.wait_for(PhoneEventKind.ESTABLISHED, timeout_seconds=10)
    await phone.hangup()
    await citizen.result()
    await place.ended(call_id)


async def leaves_ringing(place: Town) -> None:
    """The citizen hangs up while the operator's phone rings."""
    await place.phone("1001")
    citizen, call_id = await place.waiting()
    await place.rings("1001")
    await citizen.hang_up()
    await place.ended(call_id)


async def leaves_in_menu(place: Town) -> None:
    """The citizen hangs up while the menu is read."""
    citizen = await place.citizen(WaitSeconds(0.3))
    call_id = await place.call_of(citizen)
    await place.talk(0.4)
    await citizen.hang_up()
    await place.ended(call_id)


SCENES: dict[str, Callable[[Town], Awaitable[None]]] = {
    scene.__name__: scene for scene in (passed_on, comes_back, leaves_ringing, leaves_in_menu)
}


async def record(name: str, folder: Path, prompts: Path) -> None:
    """Play one call and write what was said."""
    pieces: list[dict[str, Any]] = []
    numbers: dict[str, Behaviour] = {"96777": Answers(after_seconds=0.2), "96116": Refuses(486)}
    with tapped(pieces):
        async with open_town(folder, prompts, numbers=numbers) as place:
            settings = place.settings
            await SCENES[name](place)
            count = len(pieces)  # that everybody goes home is none of the call's story
            story = [line for event in place.events if (line := story_line(event))]
            places = {str(settings.prompts_dir): PROMPTS, str(settings.recordings_dir): RECORDINGS}
    for piece in pieces[:count]:
        for path, stands_for in places.items():
            piece["text"] = piece["text"].replace(path, stands_for)
    lines = [json.dumps(piece, ensure_ascii=False) + "\n" for piece in pieces[:count]]
    (CALLS / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
    (CALLS / f"{name}.journal").write_text("".join(f"{line}\n" for line in story), encoding="utf-8")
    print(f"{name}: {len(lines)} pieces, {len(story)} facts")


def main() -> None:
    """Record every call, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("calls", nargs="*", help="of: " + " ".join(SCENES))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build_prompts(load_city(CITY), folder / "prompts")
        for call in parser.parse_args().calls or SCENES:
            asyncio.run(record(call, folder / call, folder / "prompts"))


if __name__ == "__main__":
    main()
