"""How long a year of transfers takes to report: 3 million attempts in SQLite, the whole command from start to exit.

python -m bench.transfer_report; the last line is one JSON object. Budget: one second from sums. The same is then
counted from every row of the ledger, and must be the same to the last unit.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from calls.words import TransferDoor, TransferOutcome, TransferWay
from storage.database import open_database, sqlite_url
from storage.projections.rollups import SPANS

ATTEMPTS = 3_000_000
ROUNDS = 5
BUDGET_SECONDS = 1.0
CHECKOUT = Path(__file__).parents[1]
CONFIG = CHECKOUT / "examples" / "beijing"

FIRST = datetime(2025, 12, 31, 16, tzinfo=UTC)  # the year begins at midnight in Beijing
PERIOD = ["--from", "2026-01-01", "--to", "2027-01-01"]
TARGETS = ("water", "gas", "heating", "power", "bus", "subway", "cable_tv", "post", "telecom", "mobile", "unicom")
HOURS = [1, 1, 1, 1, 1, 2, 4, 8, 12, 14, 14, 12, 10, 11, 12, 12, 12, 12, 10, 8, 6, 4, 3, 2]
"How busy each hour of the day is."
OUTCOMES = {
    TransferOutcome.ANSWERED: 92,
    TransferOutcome.BUSY: 2,
    TransferOutcome.NO_ANSWER: 2,
    TransferOutcome.CALLER_LEFT: 2,
    TransferOutcome.UNREACHABLE: 0.6,
    TransferOutcome.OUT_OF_HOURS: 0.5,
    TransferOutcome.REJECTED: 0.3,
    TransferOutcome.LIMIT: 0.3,
    TransferOutcome.CANCELLED: 0.2,
    TransferOutcome.FAILED: 0.1,
}
DOORS = {
    TransferDoor.MENU_KEY: 45,
    TransferDoor.OPERATOR_KEY: 40,
    TransferDoor.REFER: 10,
    TransferDoor.API: 4,
    TransferDoor.COMMAND_LINE: 1,
}
WAYS = {TransferWay.BLIND: 80, TransferWay.ATTENDED: 15, TransferWay.THREE_WAY: 5}
COLUMNS = ("call_id", "transfer_id", "door", "way", "target_id", "started_at", "ring_ms", "talk_ms", "outcome", "short")


def main() -> int:
    """Load a year, report it several times, and compare with the rows."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--attempts", type=int, default=ATTEMPTS)
    attempts = options.parse_args().attempts
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
        state = Path(folder)
        loading = _load(state / "hotline.db", attempts)
        timed = {by: _timed(state, by) for by in ("target", "day", "hour")}
        began = time.perf_counter()
        differing = [by for by in timed if _report(state, by) != _report(state, by, "--raw")]
        raw = (time.perf_counter() - began) / len(timed)
        size = (state / "hotline.db").stat().st_size
    figures = {
        "bench": "transfer_report",
        "attempts": attempts,
        **{f"by_{by}_seconds_median": round(statistics.median(took.seconds), 3) for by, took in timed.items()},
        "by_target_seconds_worst": round(max(timed["target"].seconds), 3),
        **{f"by_{by}_cpu_seconds_least": round(min(took.cpu_seconds), 3) for by, took in timed.items()},
        "raw_seconds": round(raw, 1),
        "raw_agrees": not differing,
        "load_seconds": round(loading, 1),
        "database_mb": round(size / 1e6),
        "budget_seconds": BUDGET_SECONDS,
    }
    passed = not differing and all(statistics.median(took.seconds) <= BUDGET_SECONDS for took in timed.values())
    print(json.dumps({**figures, "passed": passed}))
    return 0 if passed else 1


def _load(path: Path, attempts: int) -> float:
    began = time.perf_counter()
    print(f"loading {attempts:,} attempts", file=sys.stderr)

    async def create() -> None:
        await (await open_database(sqlite_url(path))).close()

    asyncio.run(create())
    connection = sqlite3.connect(path)
    connection.executescript("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000")
    with connection:
        connection.executemany(
            f"INSERT INTO transfers ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})",
            _attempts(attempts),
        )
        for hours in SPANS:
            connection.execute(f"""
                INSERT INTO transfer_rollups
                SELECT {hours}, CAST(strftime('%s', substr(started_at, 1, 19)) AS INTEGER) / {hours * 3600} * {hours},
                       outcome, short, target_id, door, way, count(*), count(returned_to), sum(ring_ms), sum(talk_ms)
                FROM transfers GROUP BY 1, 2, 3, 4, 5, 6, 7
            """)
        connection.execute("""
            INSERT INTO transfer_hours
            SELECT first_hour, outcome, short, sum(attempts), sum(returned), sum(ring_ms), sum(talk_ms)
            FROM transfer_rollups WHERE hours = 1 GROUP BY 1, 2, 3
        """)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return time.perf_counter() - began


def _attempts(count: int) -> Iterator[tuple[Any, ...]]:
    chance = random.Random(1)
    size = 10_000
    for begin in range(0, count, size):
        many = min(size, count - begin)
        days = chance.choices(range(365), k=many)
        hours = chance.choices(range(24), HOURS, k=many)
        outcomes = chance.choices([*map(str, OUTCOMES)], [*OUTCOMES.values()], k=many)
        doors = chance.choices([*map(str, DOORS)], [*DOORS.values()], k=many)
        ways = chance.choices([*map(str, WAYS)], [*WAYS.values()], k=many)
        targets = chance.choices(TARGETS, range(len(TARGETS), 0, -1), k=many)
        for n in range(many):
            # in the order of a year, as a ledger grows
            day = (begin + n) * 365 // count if count >= 365 else days[n]
            at = FIRST + timedelta(days=day, hours=hours[n], microseconds=chance.randrange(3_600_000_000))
            outcome = outcomes[n]
            yield (
                f"c{begin + n}",
                "t1",
                doors[n],
                ways[n],
                targets[n],
                at.isoformat(timespec="microseconds"),
                chance.randrange(20_000),
                chance.randrange(300_000) if outcome == "answered" else 0,
                outcome,
                outcome == "caller_left" and n % 2 == 0,
            )


@dataclass(frozen=True, slots=True)
class Took:
    """What each of several equal reports took."""

    seconds: list[float] = field(default_factory=list)
    cpu_seconds: list[float] = field(default_factory=list)
    "Hardly moved by what else the machine does."


def _timed(state: Path, by: str) -> Took:
    took = Took()
    for _ in range(ROUNDS):
        began, cpu = time.perf_counter(), _cpu_of_children()
        _report(state, by)
        took.seconds.append(time.perf_counter() - began)
        took.cpu_seconds.append(_cpu_of_children() - cpu)
    print(f"by {by}: {', '.join(f'{seconds:.2f}' for seconds in took.seconds)} s", file=sys.stderr)
    return took


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _report(state: Path, by: str, *more: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "hotline.cli", "report", "transfers", "--by", by, "--json", *PERIOD, *more]
    environment = {**os.environ, "HOTLINE_STATE_DIR": str(state), "HOTLINE_CONFIG_DIR": str(CONFIG)}
    done = subprocess.run(command, check=True, capture_output=True, env=environment, cwd=CHECKOUT, timeout=120)
    report: dict[str, Any] = json.loads(done.stdout)
    del report["counted_from"]
    return report


if __name__ == "__main__":
    sys.exit(main())
