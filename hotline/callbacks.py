"""Calls citizens back: each who waits for it has an entry in the waiting room like any caller, and one task here.

An entry without a line costs nothing while it waits. When it is its turn an operator is kept for it and the citizen is
rung; whoever picks up is a call (agi_scripts/call_back.py). Entries live in the journal: a restarted service has them
all, and looks for the attempt that was under way before it makes another.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from acd.callback_policy import CallbackPolicy
from acd.callbacks import CallbackEntry, NumberLimits, callback_id_of, retry_at
from acd.dispatcher import Assignment
from acd.routing import WaitingCall
from agi_scripts.definitions import Definitions
from agi_scripts.office import Office, PlacedCall
from calls.events import (
    AttemptOutcome,
    CallbackAttempted,
    CallbackEnded,
    CallbackOutcome,
    CallbackQueued,
    CallbackSource,
    CallEnded,
    DutyDone,
    Event,
    OperatorAnswered,
    TransferAnswered,
)
from calls.legs import LegAnswered, LegEnded
from calls.model import Call
from hotline.callback_attempt import Attempt, Citizen, Dialler
from ivr.hours import hours_states
from telephony.ami.link import AmiLink

log = structlog.get_logger(__name__)

LOOK_SECONDS = 60.0
"""An entry looks at the clock at least this often: opening hours, retries, its end."""


@dataclass(slots=True)
class CallbackDesk:
    """Implements `agi_scripts.office.Callbacks`."""

    office: Office
    link: AmiLink
    flush: Callable[[], Awaitable[None]]
    dialler: Dialler = field(init=False)
    limits: NumberLimits = field(default_factory=lambda: NumberLimits({}))
    _by_number: dict[str, Citizen] = field(default_factory=dict)
    _by_placed: dict[str, Citizen] = field(default_factory=dict)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _looked: asyncio.Event = field(default_factory=asyncio.Event)
    "Set once Asterisk's channels were compared with the attempts that were under way."

    def __post_init__(self) -> None:
        self.dialler = Dialler(self.link, self.office.room, self.office.record, self.flush, self.office.clock)

    def take_up(self, entry: CallbackEntry, placed: Mapping[str, Any] | None) -> None:
        """Go on with an entry of the journal; `placed` is the call that its attempt under way has become."""
        citizen = self._by_number[entry.asked.number] = Citizen(entry)
        if entry.placed_call_id:
            attempt = citizen.attempt = Attempt(entry.placed_call_id, None)
            self._by_placed[entry.placed_call_id] = citizen
            if placed is not None:  # they picked up: its end is told like any call's
                attempt.arrived.set()
                attempt.answered = placed["answered_at"] is not None
                if attempt.answered or placed["ended_at"] is not None:
                    attempt.end()
        self._start(citizen)

    def resync(self, channels: Collection[str]) -> None:
        """Compare with the channels that Asterisk has: an attempt without one is over."""
        for citizen in self._by_placed.values():
            attempt = citizen.attempt
            if attempt is not None and not attempt.arrived.is_set() and attempt.placed_call_id not in channels:
                attempt.end(lost=True)
        self._looked.set()

    async def close(self) -> None:
        """End every task; the entries stay in the journal."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # what calls ask for

    def note(self, call: Call, number: str, queue_id: str, source: CallbackSource, due_at: datetime) -> bool:
        """Let this number wait with the call's place; False where it can't be called, or too many wait."""
        now, definitions, policy = self.office.clock(), self._definitions, self._policy
        if policy.trunk is None or number in definitions.lines:
            return False
        if number in self._by_number:
            return True  # they wait already, with an older place
        if len(self._by_number) >= policy.most or not self.limits.allows(number, now, policy):
            log.warning("callback_refused", call_id=call.call_id, waiting=len(self._by_number))
            return False
        self.limits.note(number, now)
        self._enter(
            CallbackQueued(
                at=now,
                call_id=call.call_id,
                callback_id=callback_id_of(call.call_id, number),
                number=number,
                queue_id=queue_id,
                queued_at=call.queued_at or now,
                place_at=call.place_at,
                due_at=due_at,
                priority=call.priority,
                skills=dict(call.skills),
                source=source,
                case_id=call.case_id,
                dnis=call.dnis,
                line_id=call.line_id,
                language=call.language,
                topic=call.topic,
            )
        )
        return True

    def take_place(self, call: Call) -> datetime | None:
        """Give the place of this caller's wish to the call that they wait in now."""
        citizen = self._by_number.get(self._policy.dialable(call.ani) or "")
        if citizen is None or call.callback_of or (citizen.attempt is not None and citizen.attempt.arrived.is_set()):
            return None
        self._end(citizen, CallbackOutcome.CALLER_CALLED, call.call_id)
        return None if citizen.entry.is_once else citizen.entry.place_at

    def placed(self, call_id: str) -> PlacedCall | None:
        """Take the call that we placed as picked up."""
        citizen = self._by_placed.get(call_id)
        if citizen is None or citizen.attempt is None:
            return None
        citizen.attempt.arrived.set()
        return PlacedCall(citizen.entry.asked, citizen.attempt.offer)

    # what happens

    def hear(self, fact: LegEnded | LegAnswered) -> None:
        """Take in what Asterisk tells of a channel that no call's coroutine follows."""
        citizen = self._by_placed.get(fact.leg_id)
        attempt = citizen.attempt if citizen is not None else None
        if attempt is None or attempt.arrived.is_set():
            return
        if isinstance(fact, LegAnswered):
            attempt.picked_up = True
        else:
            attempt.end(fact.hangup_cause)

    def on_event(self, event: Event) -> None:
        """Take in an event of the journal."""
        match event:
            case OperatorAnswered() | TransferAnswered():
                citizen = self._by_placed.get(event.call_id)
                if citizen is not None and citizen.attempt is not None:
                    citizen.attempt.answered = True
                    citizen.attempt.end()
            case CallEnded():
                for asker in self._by_number.values():
                    asker.call_ended(event.call_id)
                citizen = self._by_placed.get(event.call_id)
                if citizen is not None and citizen.attempt is not None:
                    citizen.attempt.end(event.hangup_cause)
            case DutyDone():
                self._dealt_with(event)

    def _dealt_with(self, event: DutyDone) -> None:
        for citizen in tuple(self._by_number.values()):
            if citizen.entry.duty_id != event.duty_id:
                continue
            if citizen.attempt is not None and citizen.attempt.arrived.is_set():
                return  # they are on the line at this very moment
            how, _, call_id = event.by.partition(":")
            called = how == "call"
            outcome = CallbackOutcome.CALLER_CALLED if called else CallbackOutcome.WITHDRAWN
            self._end(citizen, outcome, call_id if called else "")

    # an entry's life

    def is_waiting(self, number: str) -> bool:
        """Say whether this number has an entry."""
        return number in self._by_number

    def start_missed(self, asked: CallbackQueued, offer: Assignment, placed_call_id: str) -> None:
        """Call a citizen who was missed, now, with an operator who has nothing else to do: one attempt."""
        citizen = self._enter(asked, start=False)
        attempt = self._begin(citizen, offer, placed_call_id)
        citizen.task = self._spawn(lambda: self._try(citizen, attempt, last=True), asked.callback_id)

    def _enter(self, asked: CallbackQueued, *, start: bool = True) -> Citizen:
        citizen = self._by_number[asked.number] = Citizen(CallbackEntry(asked))
        self.office.record(asked)
        if start:
            citizen.on_the_line = True
            self._start(citizen)
        return citizen

    def _start(self, citizen: Citizen) -> None:
        citizen.task = self._spawn(lambda: self._live(citizen), citizen.entry.callback_id)

    def _spawn(self, work: Callable[[], Awaitable[None]], name: str) -> asyncio.Task[None]:
        async def guarded() -> None:
            try:
                await work()
            except Exception:  # one citizen's entry must not take the others' along
                log.exception("callback_failed", callback_id=name)

        task = asyncio.create_task(guarded(), name=f"call back {name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _live(self, citizen: Citizen) -> None:
        """Wait for an operator, ring the citizen, again and again, to the entry's end."""
        await self._looked.wait()
        entry = citizen.entry
        if citizen.attempt is not None:  # it was under way when the service ended
            outcome = await self.dialler.follow(entry, citizen.attempt, self._policy)
            await self._settle(citizen, outcome, last=entry.is_once)
        elif entry.is_once:
            self._end(citizen, CallbackOutcome.FAILED)
        await citizen.goodbye()
        while entry.outcome is None:
            now = self.office.clock()
            if now >= entry.keep_until or self._policy.dialable(entry.asked.number) is None:
                self._end(citizen, CallbackOutcome.EXPIRED)
                return
            pause = self._pause(entry, now)
            if pause > 0:
                await asyncio.sleep(pause)
                continue
            placed_call_id = entry.next_call_id(now)
            offer = await self.office.room.operator_for(self.waiting_call(entry.asked, placed_call_id), LOOK_SECONDS)
            if offer is not None:
                await self._try(citizen, self._begin(citizen, offer, placed_call_id))

    def _begin(self, citizen: Citizen, offer: Assignment, placed_call_id: str) -> Attempt:
        self._by_placed[placed_call_id] = citizen
        attempt = citizen.attempt = Attempt(placed_call_id, offer)
        return attempt

    async def _try(self, citizen: Citizen, attempt: Attempt, *, last: bool = False) -> None:
        try:
            outcome = await self.dialler.dial(citizen.entry, attempt, self._policy)
        finally:
            self.dialler.release(attempt)
        await self._settle(citizen, outcome, last=last)

    async def _settle(self, citizen: Citizen, outcome: AttemptOutcome, *, last: bool = False) -> None:
        """An attempt is over: done, again later, or given up."""
        entry, attempt = citizen.entry, citizen.attempt
        assert attempt is not None
        again = None if last else retry_at(entry, outcome, self._policy, self.office.clock())
        self._attempted(citizen, outcome, again)
        if outcome is AttemptOutcome.ANSWERED:
            self._end(citizen, CallbackOutcome.ANSWERED, attempt.placed_call_id)
        elif again is None:
            self._end(citizen, CallbackOutcome.FAILED)

    def _attempted(self, citizen: Citizen, outcome: AttemptOutcome, again: datetime | None) -> None:
        entry, attempt = citizen.entry, citizen.attempt
        assert attempt is not None
        citizen.attempt = None
        self._by_placed.pop(attempt.placed_call_id, None)
        if entry.placed_call_id != attempt.placed_call_id:
            return  # given up before anybody was dialled
        fact = CallbackAttempted(
            at=self.office.clock(),
            call_id=entry.asked.call_id,
            callback_id=entry.callback_id,
            attempt=entry.attempts,
            placed_call_id=attempt.placed_call_id,
            outcome=outcome,
            hangup_cause=attempt.hangup_cause,
            retry_at=again,
        )
        self.dialler.say(entry, fact)

    def _end(self, citizen: Citizen, outcome: CallbackOutcome, by_call_id: str = "") -> None:
        """The citizen waits no longer; an attempt that is under way is given up."""
        entry, attempt = citizen.entry, citizen.attempt
        self._by_number.pop(entry.asked.number, None)
        if attempt is not None:
            self._attempted(citizen, AttemptOutcome.WITHDRAWN, None)
            self.dialler.release(attempt)
            self._spawn(lambda: self.dialler.hang_up(attempt.placed_call_id), attempt.placed_call_id)
        self.dialler.say(
            entry,
            CallbackEnded(
                at=self.office.clock(),
                call_id=entry.asked.call_id,
                callback_id=entry.callback_id,
                outcome=outcome,
                by_call_id=by_call_id,
            ),
        )
        if citizen.task is not None and citizen.task is not asyncio.current_task():
            citizen.task.cancel()

    # what the configuration says now

    @property
    def _definitions(self) -> Definitions:
        return self.office.definitions

    @property
    def _policy(self) -> CallbackPolicy:
        return self.office.definitions.callbacks

    def is_open(self, now: datetime) -> bool:
        """Say whether citizens may be called at this time of day."""
        definitions, name = self._definitions, self._policy.hours
        if self._policy.trunk is None:
            return False
        hours = definitions.hours.get(name) if name is not None else None
        return "closed" not in hours_states(hours, now, definitions.zone, definitions.calendar)

    def _pause(self, entry: CallbackEntry, now: datetime) -> float:
        if entry.retry_at is not None and entry.retry_at > now:
            return min(LOOK_SECONDS, (entry.retry_at - now) / timedelta(seconds=1))
        return 0.0 if self.is_open(now) else LOOK_SECONDS

    def waiting_call(self, asked: CallbackQueued, placed_call_id: str) -> WaitingCall:
        """Return what waits for an operator: the call that will be placed, with the clock of the one that asked."""
        queues = self._definitions.queues
        queue = queues.get(asked.queue_id) or next(iter(queues.values()))
        return WaitingCall(
            placed_call_id,
            queue.queue_id,
            asked.skills,
            queue.priority + asked.priority,
            asked.queued_at,
            place_at=asked.place_at,
        )
