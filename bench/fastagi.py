"""What live calls notice when the FastAGI port is probed: connections that close at once, half a header, garbage.

Prints one JSON object as its last line; how it goes is said on standard error.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any

import uvloop

from bench.capture import captured
from bench.latency import LatencyFigures, explain, figures_of, open_line, place, read_moments
from bench.processes import cost_of, load, machine
from bench.stage import Stage, note

PROBES, HALVES, GARBAGE = 1000, 200, 200
CLOSED_SECONDS = 15.0
"""How long the service may take to close what does not speak properly."""

_HALF = b"agi_network: yes\nagi_network_script: inbound\nagi_request: agi://127.0.0.1/inbound\nagi_chan"
_GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Attack:
    """What came of the bad connections."""

    refused: int
    "Could not connect at all."
    left_open: int
    "Not closed by the service in time."


async def measure(calls: int, rate: float) -> dict[str, Any]:
    """Place calls in peace, then as many while the port is probed; compare."""
    async with open_line() as stage:
        note(f"2 x {calls} calls, {rate:g} a second, on {machine()}")
        async with captured(stage.settings, stage.folder / "capture") as path:
            before = _cpu(stage)
            quiet = await place(stage, calls, rate, stage.folder / "quiet", ani="138[call_number]")
            between, moment = _cpu(stage), time.time()
            probing = asyncio.create_task(_attack(stage, calls / rate), name="attack")
            probed = await place(stage, calls, rate, stage.folder / "probed", ani="139[call_number]")
            attack = await probing
            after = _cpu(stage)
        moments = await asyncio.to_thread(read_moments, stage, path)
        await stage.settled()
        outcomes = [row["outcome"] for row in await stage.calls()]
    note(f"service CPU: {between - before:.2f} s in peace, {after - between:.2f} s while probed; load now {load()}")
    in_peace = [call for call in moments if call.invite < moment]
    under_attack = [call for call in moments if call.invite >= moment]
    explain(under_attack)
    return {
        **_flat("quiet", figures_of(in_peace)),
        **_flat("probed", figures_of(under_attack)),
        "probes": PROBES,
        "half_headers": HALVES,
        "garbage": GARBAGE,
        "bad_connections_refused": attack.refused,
        "bad_connections_left_open": attack.left_open,
        "calls_failed": quiet.placed + probed.placed - sum(outcome == "answered" for outcome in outcomes),
    }


def _flat(name: str, figures: LatencyFigures) -> dict[str, Any]:
    return {f"{name}_{key}": value for key, value in asdict(figures).items()}


def _cpu(stage: Stage) -> float:
    cost = cost_of(stage.service_pid)
    return cost.cpu_seconds if cost else 0.0


async def _attack(stage: Stage, seconds: float) -> Attack:
    """Make every bad connection at a moment of its own, so that every call meets some."""
    chance = random.Random(1)
    kinds = [_probe] * PROBES + [_half] * HALVES + [_garbage] * GARBAGE
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(
                _at(chance.uniform(0, seconds), stage, kind, chance.randbytes(200)), name="bad connection"
            )
            for kind in kinds
        ]
    ends = [task.result() for task in tasks]
    return Attack(ends.count("refused"), ends.count("left open"))


Bad = Callable[[asyncio.StreamReader, asyncio.StreamWriter, bytes], Awaitable[None]]


async def _at(seconds: float, stage: Stage, kind: Bad, noise: bytes) -> str:
    await asyncio.sleep(seconds)
    try:
        reader, writer = await asyncio.open_connection(stage.settings.bind, stage.settings.agi_port)
    except OSError:
        return "refused"
    try:
        async with asyncio.timeout(CLOSED_SECONDS):
            await kind(reader, writer, noise)
    except TimeoutError:
        return "left open"
    except OSError:  # closed with a reset: closed all the same
        return "closed"
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    return "closed"


async def _probe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, noise: bytes) -> None:
    """Connect and close, as health checks and port scanners do."""


async def _half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, noise: bytes) -> None:
    """Send half a header, then wait until the service has had enough."""
    writer.write(_HALF)
    await reader.read()


async def _garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, noise: bytes) -> None:
    """Send bytes without a meaning and another protocol's request."""
    writer.write(noise + b"\n" + _GET + noise + b"\n\n")
    await reader.read()


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=60, help="how many calls in peace, and how many while probed")
    parser.add_argument("--rate", type=float, default=2.0, help="calls a second")
    options = parser.parse_args()
    print(json.dumps(uvloop.run(measure(options.calls, options.rate))))


if __name__ == "__main__":
    main()
