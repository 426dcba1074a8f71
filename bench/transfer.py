"""Transfers over every door to hotlines of every kind: how soon they are dialled, and is each one on the ledger.

Callers press a key in a menu; operators press keys or send REFER; a console asks over HTTP; the command line asks over
its socket. Prints one JSON object as its last line; how it goes is said on standard error.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import uvloop

from bench.capture import captured, read_packets
from bench.city import PROMPTS
from bench.moments import sounds_of
from bench.processes import load, machine
from bench.stage import CITIZEN_HZ, OPERATOR_HZ, note, start_service
from bench.transfer_city import HOTLINES, LINE, MENU_LINE, TransferCity, operators
from bench.transfer_phones import LEAVING, PRESSING, REFERRING, PassingPhones
from bench.transfer_trace import TransferTrace
from calls.events import TransferStarted
from hotline.actors.citizens import CitizenCrowd, CrowdResult
from hotline.actors.scripts import CitizenScript, HangUp, PressKey, Step, WaitForHangup, WaitSeconds
from hotline.actors.sounds import write_tone_alaw
from hotline.actors.targets import HotlineTarget
from hotline.control_socket import ask_service
from hotline.demo.figures import percentile
from hotline.settings import Settings
from storage.database import open_database
from storage.queries import CallRecord, Queries
from storage.replay import events_since

HOTLINE_HZ = 800
PHONES_OF_A_KIND = 3
"""Phones that press, and that refer, for each hotline; twice as many leave it to the console and the command line."""

LOOK_SECONDS = 0.1
"""How often the console looks for an operator who talks and has not passed the caller on."""

MENU_SHARE = 5
"""One call in so many chooses its hotline in the menu."""


@dataclass(frozen=True, slots=True)
class TransferFigures:
    """What it came to."""

    attempts: int
    "TransferStarted in the journal."
    ledger_rows: int
    "Rows with an outcome and an end."
    invites: int
    "INVITEs at the hotlines, from packets, retransmissions left out."
    dropped: int
    "Callers whom no person answered, or who were left after a failed transfer."
    key_to_invite_p99_ms: float | None
    answer_to_audio_p99_ms: float | None
    failed_to_return_ring_p99_ms: float | None


class Console:
    """Passes on the callers of operators who leave it to others: over HTTP and as the command line does, in turn."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._asked: set[str] = set()
        self.refused: Counter[str] = Counter()

    async def run(self) -> None:
        """Work until cancelled."""
        address = f"http://{self._settings.bind}:{self._settings.http_port}"
        async with httpx.AsyncClient(base_url=address, timeout=5) as client:
            while True:
                rows = (await client.get("/api/operators")).json()["operators"]
                for row in rows:
                    if row["operator_id"].startswith(LEAVING) and row["state"] == "talking":
                        await self._pass_on(client, row["call_id"], row["operator_id"])
                await asyncio.sleep(LOOK_SECONDS)

    async def _pass_on(self, client: httpx.AsyncClient, call_id: str | None, operator_id: str) -> None:
        if call_id is None or call_id in self._asked:
            return
        target = list(HOTLINES)[len(self._asked) // 2 % len(HOTLINES)]
        self._asked.add(call_id)
        if len(self._asked) % 2:
            body = {"target_id": target, "initiator": operator_id}
            answer = await client.post(f"/api/calls/{call_id}/transfer", json=body)
            if answer.status_code != 202:
                self.refused[f"HTTP {answer.status_code} {answer.text[:80]}"] += 1
            return
        path = self._settings.control_socket
        try:
            await asyncio.to_thread(ask_service, path, "transfer", call=call_id, target=target)
        except Exception as error:  # counted, and said at the end
            self.refused[str(error)] += 1


async def place(settings: Settings, folder: Path, transfers: int, rate: float) -> list[CrowdResult]:
    """Let citizens call, straight to an operator and through the menu, all at once."""
    in_menu = transfers // MENU_SHARE
    crowds = [_crowd(settings, folder / "straight", LINE, (), transfers - in_menu, rate * (1 - 1 / MENU_SHARE), "138")]
    for index in range(len(HOTLINES)):
        calls = in_menu // len(HOTLINES) + (index < in_menu % len(HOTLINES))
        if not calls:
            continue
        steps = (WaitSeconds(0.8), PressKey(str(index + 1)))
        speed = rate / MENU_SHARE * calls / max(in_menu, 1)
        crowds.append(_crowd(settings, folder / f"menu-{index}", MENU_LINE, steps, calls, speed, f"13{index}9"))
    try:
        for crowd in crowds:
            await crowd.start()
        return list(await asyncio.gather(*(crowd.result() for crowd in crowds)))
    finally:
        for crowd in crowds:
            await crowd.stop()


def _crowd(
    settings: Settings, folder: Path, dialled: str, steps: Sequence[Step], calls: int, rate: float, ani: str
) -> CitizenCrowd:
    script = CitizenScript((*steps, WaitForHangup(60), HangUp()), ani=f"{ani}[call_number]", voice_hz=CITIZEN_HZ)
    return CitizenCrowd(
        script,
        target=f"{settings.bind}:{settings.sip_port}",
        dialled=dialled,
        folder=folder,
        calls=calls,
        calls_per_second=rate,
    )


async def measure(transfers: int, rate: float) -> TransferFigures:
    """Place the calls and count."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hotline-bench-")))
        phones = PassingPhones(folder=folder / "phones", voice_hz=OPERATOR_HZ)
        await phones.start()
        stack.push_async_callback(phones.stop)
        target = HotlineTarget(
            dict(HOTLINES.values()),
            folder=folder / "target",
            voice_hz=HOTLINE_HZ,
        )
        await target.start()
        stack.push_async_callback(target.stop)
        service = await stack.enter_async_context(start_service(_write_city(folder, phones, target), folder))
        settings = service.settings
        note(f"{transfers} transfers, {rate:g} a second, on {machine()}")
        console = Console(settings)
        async with captured(settings, folder / "capture") as path:
            working = asyncio.create_task(console.run(), name="console")
            try:
                results = await place(settings, folder / "citizens", transfers, rate)
            finally:
                working.cancel()
                await asyncio.gather(working, return_exceptions=True)
        note(f"{sum(r.placed for r in results)} placed, {sum(r.unended for r in results)} unended; load {load()}")
        for reason, count in console.refused.most_common(5):
            note(f"the console was refused {count} x: {reason}")
        attempts, records = await _records(settings)
        trace = TransferTrace(settings, int(target.address.rpartition(":")[2]))
        await asyncio.to_thread(lambda: trace.read(read_packets(path)))
        citizen, hotline = (_voice(folder, hz) for hz in (CITIZEN_HZ, HOTLINE_HZ))
        rows = [row for record in records for row in record.transfers]
        _report(rows, trace)
        asked = []
        for kind, seconds in trace.key_to_invite().items():
            _p99(seconds, f"{kind} to the hotline's INVITE")
            asked += seconds
        return TransferFigures(
            attempts=attempts,
            ledger_rows=sum(row["ended_at"] is not None and row["outcome"] is not None for row in rows),
            invites=len(trace.targets),
            dropped=sum(_is_dropped(record) for record in records) + sum(r.unended for r in results),
            key_to_invite_p99_ms=_p99(asked, "any of these"),
            answer_to_audio_p99_ms=_p99(trace.answer_to_audio(citizen, hotline), "hotline's 200 OK to both hearing"),
            failed_to_return_ring_p99_ms=_p99(trace.failed_to_return_ring(), "failure to the operator's phone ringing"),
        )


def _write_city(folder: Path, phones: PassingPhones, target: HotlineTarget) -> Path:
    numbers: list[str] = []
    for index in range(len(HOTLINES)):
        numbers += operators(int(f"{PRESSING}{index}0"), PHONES_OF_A_KIND)
        numbers += operators(int(f"{REFERRING}{index}0"), PHONES_OF_A_KIND)
    numbers += operators(int(f"{LEAVING}00"), 2 * PHONES_OF_A_KIND * len(HOTLINES))
    return TransferCity(tuple(numbers), phones.address, target.address).write(folder / "city", PROMPTS)


def _voice(folder: Path, hz: int) -> frozenset[bytes]:
    return sounds_of(write_tone_alaw(folder / f"voice-{hz}.alaw", hz))


async def _records(settings: Settings) -> tuple[int, list[CallRecord]]:
    database = await open_database(settings.effective_database_url)
    try:
        queries = Queries(database)
        started = [
            event
            async for event in events_since(database, datetime(2000, 1, 1, tzinfo=UTC))
            if isinstance(event, TransferStarted)
        ]
        calls = await queries.list_calls(limit=1_000_000)
        records = [await queries.show_call(row["call_id"]) for row in calls]
        return len(started), [record for record in records if record is not None]
    finally:
        await database.close()


def _is_dropped(record: CallRecord) -> bool:
    """Tell whether a caller was left: no person answered, or none did after the last transfer that failed."""
    if record.call["outcome"] != "answered":
        return True
    failed = [row["ended_at"] for row in record.transfers if row["outcome"] != "answered"]
    answered = [row["answered_at"] for row in (*record.offers, *record.transfers) if row["answered_at"] is not None]
    return bool(failed) and max(failed) > max(answered)


def _report(rows: Sequence[dict[str, object]], trace: TransferTrace) -> None:
    for name in ("door", "outcome"):
        counted = Counter(str(row[name]) for row in rows)
        note(f"{name}: " + ", ".join(f"{what} {count}" for what, count in counted.most_common()))
    note(f"{len(trace.citizens)} citizens, {len(trace.operators)} rings at operators' phones on the wire")


def _p99(seconds: Sequence[float], what: str) -> float | None:
    ascending = sorted(second * 1000 for second in seconds)
    shares = {share: percentile(ascending, share) for share in (0.5, 0.9, 0.99, 1.0)}
    text = ", ".join(f"p{share * 100:g} {value:.1f}" for share, value in shares.items() if value is not None)
    note(f"{what}, ms: {text} (n {len(ascending)})")
    p99 = shares[0.99]
    return None if p99 is None else round(p99, 1)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--transfers", type=int, default=500, help="how many")
    parser.add_argument("--rate", type=float, default=10.0, help="transfers a second")
    options = parser.parse_args()
    figures = uvloop.run(measure(options.transfers, options.rate))
    print(json.dumps(asdict(figures)))


if __name__ == "__main__":
    main()
