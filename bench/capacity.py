"""How many calls a second one machine carries, callers and phones included: greeting, menu, queue, operator, recording.

Prints one JSON object as its last line; how it goes is said on standard error.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import uvloop

from bench.city import SHORT_LINE
from bench.processes import Cost, children_named, cost_of, load, machine, machine_cpu
from bench.sounds import silent_recordings
from bench.stage import CITIZEN_HZ, Stage, note, open_stage
from hotline.actors.citizens import CitizenCrowd, CrowdResult
from hotline.actors.scripts import CitizenScript, HangUp, PressKey, WaitForHangup, WaitSeconds
from hotline.actors.tally import CallFate
from hotline.actors.target_scenario import Answers
from storage.queries import Row

RING_SECONDS, TALK_SECONDS = 0.5, 6.0
LISTEN_SECONDS = 1.0
"""How long a citizen listens before pressing the key."""

WARM_UP_SECONDS = 10.0
"""After this the service's memory is taken as what it needs anyway."""

ANI = "139[call_number]"
"""SIPp writes the number of the call in the brackets: every citizen has a number."""

LISTENED_TO = 20
"""Recordings that are listened to."""


@dataclass(frozen=True, slots=True)
class CapacityFigures:
    """What it came to."""

    calls_per_second: float
    seconds: float
    placed: int
    failed: int
    "Calls without an answer by a person, a proper end in SIP, or a finished recording."
    unaccounted: int
    "Calls without exactly one ended row, rows without a call, and rows that the journal says differently."
    memory_growth_mb: float
    "The service's resident memory after the last call, less that after the first ten seconds."
    service_cpu_ms_per_call: float
    asterisk_cpu_ms_per_call: float


class Meter:
    """Reads what the service, Asterisk and the actors cost while calls run."""

    def __init__(self, stage: Stage) -> None:
        self._pids = {"service": stage.service_pid, "asterisk": stage.asterisk_pid}
        self.first: dict[str, Cost] = {}
        self.last: dict[str, Cost] = {}
        self.warm: Cost | None = None
        self._busy, self._all = machine_cpu()

    async def run(self) -> None:
        """Read until cancelled."""
        clock = asyncio.get_running_loop().time
        began, said = clock(), 0.0
        while True:
            self.read()
            passed = clock() - began
            if self.warm is None and passed >= WARM_UP_SECONDS:
                self.warm = self.last["service"]
            if passed - said >= 10:
                said = passed
                memory = ", ".join(f"{name} {self.last[name].memory_mb:.1f} MB" for name in ("service", "asterisk"))
                note(f"after {passed:.0f} s: {memory}, load {load()}")
            await asyncio.sleep(0.5)

    def read(self) -> None:
        """Read once."""
        pids = self._pids | {f"sipp {pid}": pid for pid in children_named("sipp")}
        for name, pid in pids.items():
            if (cost := cost_of(pid)) is not None:
                self.first.setdefault(name, cost)
                self.last[name] = cost

    def cpu_seconds(self, name: str) -> float:
        """Return the CPU time that programs of this name took meanwhile."""
        names = [known for known in self.last if known.split()[0] == name]
        return sum(self.last[known].cpu_seconds - self.first[known].cpu_seconds for known in names)

    def report(self, placed: int) -> None:
        """Say what took the machine's time."""
        busy, everything = machine_cpu()
        share = (busy - self._busy) / max(everything - self._all, 0.001)
        parts = {name: self.cpu_seconds(name) for name in ("service", "asterisk", "sipp")}
        texts = [f"{name} {seconds:.1f} s ({ms(seconds, placed):.1f} ms a call)" for name, seconds in parts.items()]
        note(f"CPU: {', '.join(texts)}; the whole machine {busy - self._busy:.1f} s, {share:.0%} busy")


def ms(seconds: float, calls: int) -> float:
    """Return milliseconds for each call."""
    return round(seconds * 1000 / max(calls, 1), 2)


def operators_for(rate: float) -> int:
    """Return how many operators this rate keeps busy, and a third more."""
    return math.ceil(rate * (RING_SECONDS + TALK_SECONDS + 0.5) * 4 / 3) + 2


async def measure(rate: float, seconds: float) -> CapacityFigures:
    """Hold the rate for so long and count."""
    async with open_stage(operators=operators_for(rate), answers=Answers(RING_SECONDS, TALK_SECONDS)) as stage:
        note(f"{rate:g} calls a second for {seconds:g} s on {machine()}")
        meter = Meter(stage)
        meter.read()
        metering = asyncio.create_task(meter.run(), name="meter")
        try:
            result = await _crowd(stage, rate, seconds)
            await stage.settled()
        finally:
            metering.cancel()
        meter.read()
        meter.report(result.placed)
        rows = await stage.calls()
        failures = await _failures(stage, result, rows)
        unaccounted = _unaccounted(result, rows)
        rebuilt = await stage.rebuilt()
        _report(stage, result, rows, failures)
    warm = meter.warm or meter.first["service"]
    note(
        f"service memory: {meter.first['service'].memory_mb:.1f} MB at rest, {warm.memory_mb:.1f} MB warm,"
        f" {meter.last['service'].memory_mb:.1f} MB at the end; load now {load()}"
    )
    return CapacityFigures(
        calls_per_second=rate,
        seconds=seconds,
        placed=result.placed,
        failed=sum(failures.values()) + abs(round(rate * seconds) - result.placed),
        unaccounted=unaccounted + rebuilt.differing_rows + rebuilt.missing_seqs + rebuilt.unreadable,
        memory_growth_mb=round(meter.last["service"].memory_mb - warm.memory_mb, 2),
        service_cpu_ms_per_call=ms(meter.cpu_seconds("service"), result.placed),
        asterisk_cpu_ms_per_call=ms(meter.cpu_seconds("asterisk"), result.placed),
    )


async def _crowd(stage: Stage, rate: float, seconds: float) -> CrowdResult:
    script = CitizenScript(
        (WaitSeconds(LISTEN_SECONDS), PressKey("1"), WaitForHangup(40), HangUp()), ani=ANI, voice_hz=CITIZEN_HZ
    )
    crowd = CitizenCrowd(
        script,
        target=stage.sip_address,
        dialled=SHORT_LINE,
        folder=stage.folder / "citizens",
        calls=round(rate * seconds),
        calls_per_second=rate,
    )
    await crowd.start()
    try:
        return await crowd.result()
    finally:
        await crowd.stop()


def _ani(fate: CallFate) -> str:
    """Return the number of this call's citizen: the Call-ID begins with the number of the call."""
    return ANI.replace("[call_number]", fate.call_id.partition("-")[0])


async def _failures(stage: Stage, result: CrowdResult, rows: Sequence[Row]) -> Counter[str]:
    """Count what went wrong, each call once, by what it was."""
    by_ani = {row["ani"]: row for row in rows}
    kinds = [_failure(fate, by_ani.get(_ani(fate))) for fate in result.fates]
    counted = Counter(kind for kind in kinds if kind)
    silent = await asyncio.to_thread(silent_recordings, stage.settings.recordings_dir, LISTENED_TO)
    if silent:
        counted["recording in which somebody is not heard"] = silent
    return counted


def _failure(fate: CallFate, row: Row | None) -> str:
    if fate.invite_status != 200:
        return f"INVITE ended with {fate.invite_status}"
    if fate.ended_by != "far_end":
        return f"ended by {fate.ended_by}, not by the operator"
    if row is None or row["outcome"] != "answered":
        return f"outcome {row['outcome'] if row else None}"
    return "" if row["recordings"] == 1 else f"{row['recordings']} finished recordings"


def _unaccounted(result: CrowdResult, rows: Sequence[Row]) -> int:
    placed = Counter(_ani(fate) for fate in result.fates)
    ended = Counter(row["ani"] for row in rows if row["ended_at"] is not None)
    unended = sum(row["ended_at"] is None for row in rows)
    return sum((placed - ended).values()) + sum((ended - placed).values()) + unended


def _report(stage: Stage, result: CrowdResult, rows: Sequence[Row], failures: Counter[str]) -> None:
    began = sorted(fate.lines[0].at for fate in result.fates)
    took = (began[-1] - began[0]).total_seconds() if len(began) > 1 else 0.0
    rang = len(stage.phones.calls())
    waits = sorted(row["wait_seconds"] for row in rows if row["wait_seconds"] is not None)
    longest = f"{waits[-1]:.2f} s" if waits else "-"
    note(f"{result.placed} calls placed in {took:.1f} s; {rang} rang a phone; longest wait for a person {longest}")
    for what, count in failures.most_common():
        note(f"failed: {count} x {what}")
    if result.errors:
        note(f"SIPp complained: {result.errors[:1000]}")


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=22.0, help="calls a second")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long the rate is held")
    options = parser.parse_args()
    figures = uvloop.run(measure(options.rate, options.seconds))
    print(json.dumps(asdict(figures)))


if __name__ == "__main__":
    main()
