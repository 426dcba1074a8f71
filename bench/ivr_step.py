"""What one IVR step costs the service: 500 callers inside menus at once. Budget: 0.5 ms of CPU for each step.

A step is a question and its key: out over FastAGI, back, recorded in the journal, shown on the board. Everything is the
production's but Asterisk, which is played by another process (`bench.ivr_callers`). python -m bench.ivr_step
[--callers N] [--steps N]; the last line is one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvloop

from acd.dispatcher import Dispatcher
from acd.waiting_room import WaitingRoom
from agi_scripts.inbound import Inbound
from agi_scripts.office import Office
from calls.board import LiveBoard
from calls.menu_figures import MenuDay
from hotline import plans
from hotline.config import City, load_city
from ivr.flow import walk_flow
from ivr.runner import FlowRunner
from ivr.steps import Ask, Heard
from storage.callers import PastCallsOfNumbers
from storage.database import open_database, sqlite_url
from storage.journal import Journal
from telephony.agi.server import AgiServer
from telephony.prompt_files import PromptFiles
from telephony.tracker import CallTracker

BUDGET_MS = 0.5
EXAMPLE = Path(__file__).parents[1] / "examples" / "beijing"
DNIS = "12399"

LINE = f'lines:\n  - {{id: bench, name: {{zh: 测试, en: Bench}}, dnis: ["{DNIS}"], flow: bench}}\n'
MENU = '{{kind: menu, prompt: {0}, keys: {{"1": {1}, "0": person}}, no_input: person}}'
FLOW = f"""flows:
  bench:
    start: greeting
    nodes:
      greeting: {{kind: say, prompt: greeting, next: first}}
      first: {MENU.format("main_menu", "second")}
      second: {MENU.format("utilities_menu", "first")}
      person: {{kind: queue, queue: general}}
"""


class NoSwitchboard:
    """Nobody is dialled here."""

    def hang_up_leg(self, channel: str) -> None:
        """Do nothing."""


def write_city(folder: Path) -> City:
    """Return the example with one more line, whose callers never leave their two menus."""
    for path in (*EXAMPLE.glob("*.yaml"), *EXAMPLE.glob("*.csv")):
        text = path.read_text(encoding="utf-8")
        text = text.replace("lines:\n", LINE, 1) if path.name == "city.yaml" else text
        text = text.replace("flows:\n", FLOW, 1) if path.name == "flows.yaml" else text
        (folder / path.name).write_text(text, encoding="utf-8")
    city = load_city(folder)
    for prompt in city.prompts:
        sound = folder / "sounds" / "zh" / f"{prompt}.alaw"
        sound.parent.mkdir(parents=True, exist_ok=True)
        sound.write_bytes(b"\x55" * 800)
    return city


def now() -> datetime:
    """Return the time, UTC."""
    return datetime.now(UTC)


async def start(stack: AsyncExitStack, folder: Path, city: City) -> AgiServer:
    """Start what takes calls: FastAGI, the journal on disk, the board, the figures of the menus."""
    database = await open_database(sqlite_url(folder / "bench.db"))
    stack.push_async_callback(database.close)
    journal = Journal(database)
    await journal.start()
    stack.push_async_callback(journal.stop)
    board, day = LiveBoard(plans.board_directory(city), plans.figure_settings(city)), MenuDay(city.zone)
    journal.subscribe(board.apply)
    journal.subscribe(day.apply)
    dispatcher: Dispatcher = plans.dispatcher(city, "bench-")
    office = Office(
        definitions=plans.definitions(city, folder / "sounds"),
        clock=now,
        record=journal.record,
        flows=FlowRunner(journal.record, now),
        room=WaitingRoom(dispatcher, journal.record, now),
        tracker=CallTracker(now),
        switchboard=NoSwitchboard(),
        finish_recording=lambda call_id, plan: None,
        recordings_dir=folder,
        prompt_files=PromptFiles(folder / "joined"),
        past_calls=PastCallsOfNumbers(database),
    )
    server = AgiServer({"inbound": Inbound(office)})
    await server.start()
    stack.push_async_callback(server.stop, 1.0)
    return server


async def measure(callers: int, steps: int) -> dict[str, Any]:
    """Run the callers against the service; return what it cost."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        city = write_city(folder)
        async with AsyncExitStack() as stack:
            server = await start(stack, folder, city)
            words = (sys.executable, "-m", "bench.ivr_callers", str(server.port), str(callers), str(steps), DNIS)
            peers = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
            assert peers.stdout is not None
            await peers.stdout.readline()  # all callers are inside: arriving is not what is measured
            began, began_loop = time.process_time(), time.thread_time()
            out = await peers.stdout.read()
            await peers.wait()
            cpu, loop = time.process_time() - began, time.thread_time() - began_loop
        return {
            **json.loads(out),
            "cpu_seconds": round(cpu, 3),
            "loop_cpu_seconds": round(loop, 3),
            "walk_ms": round(walk_cost(city) * 1000, 4),
        }


def walk_cost(city: City, steps: int = 400) -> float:
    """Return the seconds that the walk alone takes for a step, without a telephone."""
    rounds, asked = 0, 0
    began = time.process_time()
    while asked < 20 * steps:
        walk = walk_flow(city.flows, "bench")
        step = next(walk)
        for _ in range(steps):
            while not isinstance(step, Ask):
                step = walk.send(None)
            step = walk.send(Heard("1"))
            asked += 1
        walk.close()
        rounds += 1
    return (time.process_time() - began) / asked


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--callers", type=int, default=500)
    parser.add_argument("--steps", type=int, default=20, help="questions that each caller answers")
    options = parser.parse_args()
    figures = uvloop.run(measure(options.callers, options.steps))
    per_step = figures["cpu_seconds"] / figures["steps"] * 1000
    result = {
        "bench": "ivr_step",
        "callers": options.callers,
        **figures,
        "seconds": round(figures["seconds"], 1),
        "cpu_ms_per_step": round(per_step, 3),
        "budget_ms": BUDGET_MS,
        "passed": per_step <= BUDGET_MS and figures["most_inside"] >= options.callers,
    }
    print(json.dumps(result))
    return 0 if result["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
