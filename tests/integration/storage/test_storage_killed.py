"""A service that is killed while it writes leaves a journal without holes and projections that agree with it."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from random_events import whole_call

from storage.database import open_database
from storage.journal import Journal
from storage.queries import Queries
from storage.rebuild import rebuild

RECORDER = Path(__file__).with_name("recorder.py")
ENOUGH = 2000  # events on the disk before the kill


async def test_killed_in_the_middle(database_url: str) -> None:
    recorder = await asyncio.create_subprocess_exec(
        sys.executable, str(RECORDER), database_url, stdout=asyncio.subprocess.PIPE
    )
    assert recorder.stdout is not None
    promised = 0
    async with asyncio.timeout(30):
        while promised < ENOUGH:
            promised = int(await recorder.stdout.readline())
        recorder.kill()
        said = (await recorder.stdout.read()).split(b"\n")
        await recorder.wait()
    # the last line may be cut off
    promised = max([promised, *(int(line) for line in said[:-1])])

    database = await open_database(database_url)
    report = await rebuild(database)
    assert report.events >= promised
    assert (report.differences, report.missing_seqs) == ([], 0)

    unfinished = await Queries(database).unfinished_calls()
    assert 0 < len(unfinished) <= 20
    journal = Journal(database)
    await journal.start()
    for call in unfinished:
        for event in list(whole_call(int(call["case_id"][1:])))[-3:]:
            journal.record(event)
    assert await journal.stop() == 0
    assert await Queries(database).unfinished_calls() == []
    assert (await rebuild(database)).differences == []
    await database.close()
