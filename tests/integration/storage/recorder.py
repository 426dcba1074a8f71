"""Records calls until it is killed; says after each flush how many events are on the disk."""

from __future__ import annotations

import asyncio
import sys

from random_events import busy_hour

from storage.database import open_database
from storage.journal import Journal


async def main(url: str) -> None:
    journal = Journal(await open_database(url), batch=32)
    await journal.start()
    for number, event in enumerate(busy_hour(1_000_000), 1):
        journal.record(event)
        if number % 50 == 0:
            await journal.flush()
            print(journal.durable, flush=True)


asyncio.run(main(sys.argv[1]))
