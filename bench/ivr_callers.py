"""Plays Asterisk for `bench.ivr_step`: many AGI sessions at once, each a caller who thinks, presses a key, and so on.

A process of its own, so that what it costs is not counted as the service's. Prints "inside" once all callers have
arrived, and one JSON line at the end.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

import uvloop

THINK_SECONDS = 1.0
"From the question to the key; the prompt is heard meanwhile."

START_SECONDS = 5.0
"Callers arrive within this time, not all at once."

SETTLE_SECONDS = 1.0
"From the last caller's arrival to the beginning of the measurement."


async def play(port: int, callers: int, steps: int, dnis: str) -> dict[str, object]:
    """Run all callers to their end; return what was seen."""
    waits: list[float] = []
    inside = 0
    most_inside = 0
    answered = 0

    taken_before = 0

    async def call(index: int) -> int:
        nonlocal inside, most_inside, answered, taken_before
        await asyncio.sleep(START_SECONDS * index / callers)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(_header(index, dnis))
        inside += 1
        most_inside = max(most_inside, inside)
        if inside == callers:
            await asyncio.sleep(SETTLE_SECONDS)
            taken_before = answered
            print("inside", flush=True)  # from here on the service is measured
        asked = 0
        answered_at: float | None = None
        while line := await reader.readline():
            if not line.startswith(b"GET DATA"):
                writer.write(b"200 result=0\n")
                continue
            if answered_at is not None:
                waits.append(time.perf_counter() - answered_at)
            asked += 1
            if asked > steps:
                break  # the caller hangs up: this session is over
            await asyncio.sleep(THINK_SECONDS)
            answered_at = time.perf_counter()
            writer.write(b"200 result=1\n")
            answered += 1
        inside -= 1
        writer.close()
        return asked - 1

    began = time.perf_counter()
    taken = await asyncio.gather(*(call(index) for index in range(callers)))
    waits.sort()
    return {
        "steps": sum(taken) - taken_before,
        "most_inside": most_inside,
        "seconds": time.perf_counter() - began,
        "reply_ms_median": round(waits[len(waits) // 2] * 1000, 2),
        "reply_ms_p99": round(waits[int(len(waits) * 0.99)] * 1000, 2),
    }


def _header(index: int, dnis: str) -> bytes:
    facts = {
        "network": "yes",
        "network_script": "inbound",
        "request": "agi://127.0.0.1/inbound",
        "channel": f"PJSIP/trunk-carrier-{index:08x}",
        "language": "en",
        "uniqueid": f"1795335626.{index}",
        "callerid": f"138{index:08d}",
        "dnid": dnis,
        "context": "from-trunk",
        "extension": dnis,
        "priority": "1",
        "threadid": "1",
    }
    return "".join(f"agi_{name}: {value}\n" for name, value in facts.items()).encode() + b"\n"


if __name__ == "__main__":
    print(json.dumps(uvloop.run(play(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))))
