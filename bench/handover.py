"""How soon a free operator's phone rings again: from the operator's BYE to the next caller's INVITE, from packets.

Operators are always busy and callers always wait. The peer is app_queue on the same machine, in the same run, with the
same callers and phones. Prints one JSON object as its last line; how it goes is said on standard error.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import uvloop

from bench.capture import Packet, captured, read_packets
from bench.city import STRAIGHT_LINE
from bench.peer_queue import open_queue
from bench.phones import Phones
from bench.plots import plot_path
from bench.processes import load, machine
from bench.stage import OPERATOR_HZ, note, open_stage
from hotline.actors.citizens import CitizenCrowd
from hotline.actors.scripts import CitizenScript, HangUp, WaitForHangup
from hotline.actors.target_scenario import Answers
from hotline.charts import Series, draw_lines
from hotline.demo.figures import percentile
from hotline.settings import Settings

OPERATORS, WAITING = 20, 40
RING_SECONDS, TALK_SECONDS = 0.1, 2.0
CALLS_PER_SECOND = 25.0
"""At which callers come until all places are taken; then one comes when one leaves."""

ANI = "139[call_number]"
_CALL_ID = re.compile(rb"^(?:Call-ID|i):\s*(\S+)", re.MULTILINE | re.IGNORECASE)
_INVITED = re.compile(rb"^INVITE sip:(?:op)?(\d+)@")


@dataclass(frozen=True, slots=True)
class HandoverFigures:
    """How long operators' phones were silent between two calls."""

    p50_ms: float | None
    p99_ms: float | None
    n: int


def handovers(packets: Iterable[Packet], sip_port: int) -> list[float]:
    """Return the time from each operator's BYE to the next INVITE at that operator's phone, in seconds, in order."""
    number_of: dict[bytes, bytes] = {}
    free_since: dict[bytes, float] = {}
    found: list[float] = []
    for packet in packets:
        if sip_port not in (packet.source, packet.target):
            continue
        match = _CALL_ID.search(packet.data)
        call_id = match[1] if match else b""
        invited = _INVITED.match(packet.data) if packet.source == sip_port else None
        if invited and call_id not in number_of:
            number_of[call_id] = invited[1]
            since = free_since.pop(invited[1], None)
            if since is not None:
                found.append(packet.at - since)
        elif packet.target == sip_port and packet.data.startswith(b"BYE ") and call_id in number_of:
            free_since.setdefault(number_of[call_id], packet.at)
    return found


def figures_of(seconds: Sequence[float]) -> HandoverFigures:
    """Return the figures of these hand-overs."""
    ascending = sorted(second * 1000 for second in seconds)
    p50, p99 = percentile(ascending, 0.50), percentile(ascending, 0.99)
    return HandoverFigures(
        None if p50 is None else round(p50, 1), None if p99 is None else round(p99, 1), len(ascending)
    )


async def place(settings: Settings, folder: Path, count: int) -> list[float]:
    """Keep operators busy and callers waiting until so many calls were handed over; return the first `count`."""
    calls = count + OPERATORS + WAITING
    crowd = CitizenCrowd(
        CitizenScript((WaitForHangup(60), HangUp()), ani=ANI, voice_hz=None),
        target=f"{settings.bind}:{settings.sip_port}",
        dialled=STRAIGHT_LINE,
        folder=folder / "citizens",
        calls=calls,
        calls_per_second=CALLS_PER_SECOND,
        at_once=OPERATORS + WAITING,
    )
    async with captured(settings, folder / "capture", voice=False) as path:
        await crowd.start()
        try:
            result = await crowd.result()
        finally:
            await crowd.stop()
    note(f"{result.placed} calls placed, {result.answered_200} picked up, {result.unended} unended; load {load()}")
    found = await asyncio.to_thread(lambda: handovers(read_packets(path), settings.sip_port))
    return found[:count]


async def measure(count: int, *, plot: bool = False) -> dict[str, HandoverFigures]:
    """Measure ours and the peer's, one after the other; draw both where wanted."""
    note(f"{count} hand-overs, {OPERATORS} operators busy, {WAITING} callers waiting, on {machine()}")
    habit = Answers(RING_SECONDS, TALK_SECONDS)
    async with open_stage(operators=OPERATORS, answers=habit) as stage:
        ours = await place(stage.settings, stage.folder / "ours", count)
    note(f"ours: {figures_of(ours)}")
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as name:
        folder = Path(name)
        phones = Phones(habit, folder=folder / "phones", voice_hz=OPERATOR_HZ)
        await phones.start()
        try:
            async with open_queue(OPERATORS, phones.address, folder) as settings:
                peer = await place(settings, folder / "app_queue", count)
        finally:
            await phones.stop()
    note(f"app_queue: {figures_of(peer)}")
    if plot:
        draw({"this system": ours, "app_queue": peer})
    return {"ours": figures_of(ours), "app_queue": figures_of(peer)}


def draw(measured: Mapping[str, Sequence[float]]) -> None:
    """Draw how many hand-overs were done after how long."""
    series = []
    for name, seconds in measured.items():
        ascending = sorted(second * 1000 for second in seconds)
        series.append(Series(name, ascending, [(n + 1) / len(ascending) for n in range(len(ascending))]))
    title = "From an operator's BYE to the next caller's INVITE"
    draw_lines(plot_path("handover"), title, "milliseconds", "share of hand-overs", series, percent=True, log_x=True)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--handovers", type=int, default=500, help="how many")
    parser.add_argument("--plot", action="store_true", help="draw docs/plots/handover.svg as well")
    options = parser.parse_args()
    figures = uvloop.run(measure(options.handovers, plot=options.plot))
    print(json.dumps({name: asdict(figure) for name, figure in figures.items()}))


if __name__ == "__main__":
    main()
