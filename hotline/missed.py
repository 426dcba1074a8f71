"""Missed calls while the service runs: listed as they happen, made good, and given to idle operators."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from acd.callback_policy import CallbackPolicy, MissedPolicy
from acd.callbacks import CallbackEntry, attempt_id_of, duty_of
from agi_scripts.office import Office
from calls.events import (
    CallbackAttempted,
    CallbackDialled,
    CallbackQueued,
    CallbackSource,
    CallEvent,
    DutyDone,
    Event,
)
from calls.missed import MissedCalls, MissedDuty, OwedFacts
from hotline.callbacks import CallbackDesk

IDLE_LOOK_SECONDS = 2.0
"""Between two looks for operators who have nothing else to do."""

LOWEST_PRIORITY = -1_000_000
"""A missed call is never before anybody who waits."""

MOST_AT_ONCE = 20
"""Missed calls that one look gives away at most."""


@dataclass(slots=True)
class Tries:
    """What was tried for a missed call."""

    attempts: int = 0
    last_at: datetime | None = None


@dataclass(slots=True)
class MissedBook:
    """The missed calls there are, and what was tried for each."""

    calls: MissedCalls = field(default_factory=MissedCalls)
    tries: dict[str, Tries] = field(default_factory=dict)
    "By duty."
    _owed: OwedFacts = field(init=False)

    def __post_init__(self) -> None:
        self._owed = OwedFacts(self.calls)

    @classmethod
    def of(cls, missed: MissedPolicy, callbacks: CallbackPolicy) -> MissedBook:
        """Return an empty book with these rules."""
        book = cls()
        book.configure(missed, callbacks)
        return book

    def configure(self, missed: MissedPolicy, callbacks: CallbackPolicy) -> None:
        """Take these rules."""
        self.calls.deadline = timedelta(hours=missed.deadline_hours)
        self.calls.short_abandons = missed.short_abandons
        self.calls.country_prefixes = callbacks.country_prefixes

    def replay(self, event: Event) -> None:
        """Take in an event from before the start."""
        self._count(event)
        self._owed.apply(event)

    def begin(self, duties: Iterable[dict[str, Any]]) -> list[CallEvent]:
        """Take up the open duties of the records; return what the last service had no time to record."""
        for row in duties:
            number = row["number"] or ""
            if row["kind"] == "missed":
                known = {name: row[name] or "" for name in ("case_id", "dnis", "line_id", "language")}
                self.calls.open[number] = MissedDuty(
                    row["call_id"], row["duty_id"], number, row["calls"] or 1, row["due_at"], **known
                )
            elif row["kind"] == "callback":
                self.calls.wishes.setdefault(number, {})[row["duty_id"]] = row["call_id"]
        return self._owed.take()

    def apply(self, event: Event) -> list[CallEvent]:
        """Take in an event; return what is to be recorded because of it."""
        self._count(event)
        return self.calls.apply(event)

    def _count(self, event: Event) -> None:
        match event:
            case CallbackDialled():
                self.tries.setdefault(duty_of(event.callback_id), Tries()).attempts += 1
            case CallbackAttempted():
                self.tries.setdefault(duty_of(event.callback_id), Tries()).last_at = event.at
            case DutyDone():
                self.tries.pop(event.duty_id, None)


@dataclass(slots=True)
class IdleOffers:
    """Gives missed calls to operators who have nothing else to do."""

    office: Office
    callbacks: CallbackDesk
    book: MissedBook

    async def watch(self) -> None:
        """Look again and again, for as long as the service runs."""
        while True:
            await asyncio.sleep(IDLE_LOOK_SECONDS)
            definitions = self.office.definitions
            self.book.configure(definitions.missed, definitions.callbacks)
            if definitions.missed.offer_when_idle and self.callbacks.is_open(self.office.clock()):
                await self._give_away(definitions.missed.idle_seconds)

    async def _give_away(self, idle_seconds: float) -> None:
        now = self.office.clock()
        for duty in sorted(self.book.calls.open.values(), key=lambda each: each.due_at)[:MOST_AT_ONCE]:
            idle_since = self.office.room.longest_idle()
            if idle_since is None or now - idle_since < timedelta(seconds=idle_seconds):
                return
            asked = self._asked(duty, now)
            if asked is not None:
                await self._give(asked, now)

    def _asked(self, duty: MissedDuty, now: datetime) -> CallbackQueued | None:
        """Return the entry that the duty becomes; None where it can't be called now."""
        definitions, tries = self.office.definitions, self.book.tries.get(duty.duty_id, Tries())
        policy = definitions.callbacks
        number = policy.dialable(duty.number)
        again_at = (tries.last_at or now) + timedelta(minutes=policy.retry_minutes)
        waits = tries.attempts > 0 and again_at > now
        if number is None or waits or tries.attempts >= policy.attempts or number in definitions.lines:
            return None
        if policy.queue is None or self.callbacks.is_waiting(number):
            return None
        return CallbackQueued(
            at=now,
            call_id=duty.call_id,
            callback_id=attempt_id_of(duty.duty_id, tries.attempts + 1),
            number=number,
            queue_id=policy.queue,
            queued_at=now,
            due_at=duty.due_at,
            priority=LOWEST_PRIORITY,
            skills={},
            source=CallbackSource.MISSED,
            case_id=duty.case_id,
            line_id=duty.line_id,
            dnis=duty.dnis,
            language=duty.language,
        )

    async def _give(self, asked: CallbackQueued, now: datetime) -> None:
        """Give it to an operator who is free at this very moment; where none fits it waits for the next look."""
        placed_call_id = CallbackEntry(asked).next_call_id(now)
        waiting = self.callbacks.waiting_call(asked, placed_call_id)
        offer = await self.office.room.operator_for(waiting, 0.0)
        if offer is not None:
            self.callbacks.start_missed(asked, offer, placed_call_id)
