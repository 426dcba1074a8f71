"""The journal: every fact, in order, for ever. Recording never waits; one task writes behind it.

Group commit: what was recorded while the last transaction was being written goes into the next one. At rest an event is
written at once; under load transactions start at most every PACE_SECONDS, unless someone waits in `flush`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import islice

from calls.errors import JournalFailed
from calls.event_records import event_type
from calls.events import Event
from storage.database import Database
from storage.encoding import entry_of
from storage.failures import is_refusal
from storage.writer import BatchWriter, Entry

log = logging.getLogger(__name__)

CAPACITY = 100_000  # events that wait to be written: at 22 calls a second, some four minutes without a database
BATCH = 256  # events in one transaction: about 10 ms of work
PACE_SECONDS = 0.05  # at 350 events a second: half the CPU for an event that 0.02 costs
DELIVER_SECONDS = 0.002  # first goes on the call that the event is of: hand-over is half a millisecond sooner
FIRST_RETRY_SECONDS, LAST_RETRY_SECONDS = 0.1, 5.0

Subscriber = Callable[[Event], None]
"Called for each event some milliseconds after it is recorded, in order, on the disk or not. Must not block."


class Journal:
    """Records events and keeps the projections in step with them. All methods belong to one event loop."""

    def __init__(self, database: Database, *, capacity: int = CAPACITY, batch: int = BATCH) -> None:
        self._database = database
        self._capacity = capacity
        self._batch = batch
        self._writer = BatchWriter(database.dialect)
        self._waiting: deque[tuple[Entry, bool]] = deque()
        self._subscribers: list[Subscriber] = []
        self._undelivered: deque[Event] = deque()
        self._delivery: asyncio.TimerHandle | None = None
        self._flushes: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._wake = asyncio.Event()
        self._hurry = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self.recorded = 0
        "Events taken in."
        self.durable = 0
        "Of those, the ones that are on the disk, refused ones included."
        self.refused = 0
        "Events that the database would not take, each logged: a defect of ours."
        self.last_error: str | None = None
        "Why writing fails now; None when it works."

    @property
    def healthy(self) -> bool:
        """False while the database cannot be written, once an event was refused, and when nothing writes."""
        writes = self._task is not None and not self._task.done()
        return writes and self.last_error is None and self.refused == 0

    @property
    def waiting(self) -> int:
        """How many events are not on the disk yet."""
        return len(self._waiting)

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Have a function called for every event from now on; return what ends that."""
        self._subscribers.append(subscriber)

        def end() -> None:
            self._deliver()
            self._subscribers.remove(subscriber)

        return end

    def record(self, event: Event, event_id: str | None = None) -> None:
        """Take in a fact; it is written soon. Never waits.

        With an `event_id` (a UUID, for facts that were first noted elsewhere) recording it again changes nothing in the
        journal, though subscribers hear of it again. Raises JournalFailed when the database has been away so long that
        `capacity` events wait, and after `stop`.
        """
        if self._stopping:
            raise JournalFailed(f"The journal has stopped: {event_type(event)} was not recorded.")
        if len(self._waiting) >= self._capacity:
            raise JournalFailed(f"{self._capacity} events wait for the database ({self.last_error or 'it is slow'}).")
        entry = entry_of(event, event_id)
        self._waiting.append((entry, event_id is not None))
        self.recorded += 1
        self._wake.set()
        if len(self._waiting) >= self._batch:
            self._hurry.set()
        self._undelivered.append(entry.event)
        if self._delivery is None:
            self._delivery = asyncio.get_running_loop().call_later(DELIVER_SECONDS, self._deliver)

    async def flush(self, deadline_seconds: float = 10.0) -> None:
        """Wait until everything recorded so far is on the disk. Raises JournalFailed after the deadline."""
        if self.durable >= self.recorded:
            return
        done = asyncio.get_running_loop().create_future()
        self._flushes.append((self.recorded, done))
        self._hurry.set()
        try:
            async with asyncio.timeout(deadline_seconds):
                await done
        except TimeoutError as error:
            reason = self.last_error or "no answer from the database"
            raise JournalFailed(f"Not on the disk after {deadline_seconds:g} s: {reason}.") from error

    async def start(self) -> None:
        """Start writing. What was recorded before is written first."""
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="journal-writer")
            self._task.add_done_callback(_say_if_it_died)

    async def stop(self, deadline_seconds: float = 10.0) -> int:
        """Take in nothing more, write what waits, and return how many events could not be written in time."""
        self._deliver()
        self._stopping = True
        self._wake.set()
        self._hurry.set()
        if self._task is not None:
            _, unfinished = await asyncio.wait([self._task], timeout=deadline_seconds)
            for task in unfinished:
                task.cancel()
                await asyncio.wait([task])
        if self._waiting:
            log.critical("journal stopped with %d events not written: %s", self.waiting, self.last_error)
        return self.waiting

    def _deliver(self) -> None:
        # a subscriber may record: the others then hear of that after the event it came from
        while self._undelivered:
            event = self._undelivered.popleft()
            for subscriber in tuple(self._subscribers):
                try:
                    subscriber(event)
                except Exception:
                    log.exception("a subscriber of the journal failed on %s", event_type(event))
        if self._delivery is not None:
            self._delivery.cancel()
        self._delivery = None

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            while not self._waiting:
                if self._stopping:
                    return
                self._wake.clear()
                await self._wake.wait()
            began = loop.time()
            batch = list(islice(self._waiting, self._batch))
            await self._write([entry for entry, _ in batch], check_known=any(given for _, given in batch))
            for _ in batch:
                self._waiting.popleft()
            self.durable += len(batch)
            self._answer_flushes()
            await self._pace(began + PACE_SECONDS - loop.time())

    async def _pace(self, seconds: float) -> None:
        """Let events gather, so that many small facts do not cost a transaction each."""
        self._hurry.clear()
        if seconds <= 0 or self._flushes or self._stopping or len(self._waiting) >= self._batch:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._hurry.wait()

    async def _write(self, entries: Sequence[Entry], *, check_known: bool) -> None:
        if await self._attempt(entries, check_known=check_known):
            return
        # one of them is refused: find it, and keep its fact even if its projection is what fails
        for entry in entries:
            if await self._attempt([entry], check_known=True):
                continue
            self.refused += 1
            kept = await self._attempt([entry], check_known=True, project=False)
            what = "journalled, but the projections lack it" if kept else "LOST: the database refuses it"
            log.critical("event %s (%s) %s", entry.event_id, event_type(entry.event), what)

    async def _attempt(self, entries: Sequence[Entry], *, check_known: bool, project: bool = True) -> bool:
        """Write until it works; return False when these very entries are what the database refuses."""
        pause = FIRST_RETRY_SECONDS
        while True:
            try:
                await self._database.write(
                    lambda connection, check=check_known: self._writer.write(  # type: ignore[misc]
                        connection, entries, check_known=check, project=project
                    )
                )
            except Exception as error:  # every driver has its own; is_refusal tells them apart
                self._writer.forget()
                # the commit may have worked and only its answer been lost
                check_known = True
                if is_refusal(error):
                    # the message could hold a caller's number
                    log.error("the journal's database refused %d events: %s", len(entries), type(error).__name__)
                    return False
                self._failing(error, pause)
                await asyncio.sleep(pause)
                pause = min(2 * pause, LAST_RETRY_SECONDS)
            else:
                self._working()
                return True

    def _failing(self, error: Exception, pause: float) -> None:
        reason = str(getattr(error, "orig", None) or error).partition("\n")[0] or type(error).__name__
        if self.last_error is None:
            log.error("the journal cannot be written, trying again in %.1f s: %s", pause, reason)
        self.last_error = reason

    def _working(self) -> None:
        if self.last_error is not None:
            log.warning("the journal is written again, %d events wait", self.waiting)
            self.last_error = None

    def _answer_flushes(self) -> None:
        while self._flushes and self._flushes[0][0] <= self.durable:
            _, done = self._flushes.popleft()
            if not done.done():
                done.set_result(None)


def _say_if_it_died(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.critical("the journal's writer died: nothing is written any more", exc_info=task.exception())
