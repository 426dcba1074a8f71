"""A citizen who waits to be called back: an entry of the queue without a line. Pure rules; `now` is a parameter.

An entry is folded from its events, so that a restarted service has the same one. While it waits it is a `WaitingCall`
like any other, with the clock of the call that asked, so that it comes neither before an older caller of its priority
nor after a younger one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from acd.callback_policy import CallbackPolicy
from calls.events import (
    AttemptOutcome,
    CallbackAttempted,
    CallbackDialled,
    CallbackEnded,
    CallbackOutcome,
    CallbackQueued,
    CallbackSource,
    CallEvent,
)
from calls.legs import DialOutcome
from calls.outcomes import transfer_outcome

KEEP_HOURS = 24.0
"""How long past its deadline a wish stays in the queue; the duty stays on its list."""

DAY = timedelta(hours=24)


@dataclass(slots=True)
class CallbackEntry:
    """One citizen who is to be called back."""

    asked: CallbackQueued
    attempts: int = 0
    retry_at: datetime | None = None
    "Not before then; None where at any time."
    placed_call_id: str = ""
    "The attempt that is under way; empty where there is none."
    outcome: CallbackOutcome | None = None
    "None as long as the citizen waits."

    @property
    def callback_id(self) -> str:
        """The entry's id."""
        return self.asked.callback_id

    @property
    def duty_id(self) -> str:
        """The duty that is done when the citizen was spoken with."""
        return duty_of(self.callback_id)

    @property
    def is_once(self) -> bool:
        """Whether this is one attempt for a missed call, made when an operator had nothing else to do."""
        return self.asked.source is CallbackSource.MISSED

    @property
    def place_at(self) -> datetime:
        """What the entry's place goes by."""
        return self.asked.place_at or self.asked.queued_at

    @property
    def keep_until(self) -> datetime:
        """When the entry leaves the queue, whatever has become of it."""
        return self.asked.due_at + timedelta(hours=KEEP_HOURS)

    def next_call_id(self, now: datetime) -> str:
        """Return the id of the channel, and call, that the next attempt makes; the same is never given twice.

        It ends as Asterisk's own unique ids do, in a time and a number, lower than those of any leg that is added
        later: the oldest channel names the call.
        """
        return f"{self.callback_id}-{self.attempts + 1}-{int(now.timestamp())}.0"

    def apply(self, event: CallEvent) -> None:
        """Take in one of the entry's later events."""
        match event:
            case CallbackDialled():
                self.attempts = max(self.attempts, event.attempt)
                self.placed_call_id = event.placed_call_id
            case CallbackAttempted():
                if self.placed_call_id == event.placed_call_id:
                    self.placed_call_id = ""
                self.retry_at = event.retry_at
            case CallbackEnded():
                self.outcome = event.outcome
                self.placed_call_id = ""


def callback_id_of(call_id: str, number: str) -> str:
    """Return the id of a wish to be called back: a number is called back once for each call."""
    return f"{call_id}-cb-{number}"


def attempt_id_of(duty_id: str, attempt: int) -> str:
    """Return the id of the entry that one attempt for a missed call is."""
    return f"{duty_id}-{attempt}"


def duty_of(callback_id: str) -> str:
    """Return the duty that an entry belongs to: its own id, but for one attempt for a missed call."""
    return callback_id.rpartition("-")[0] if "-missed-" in callback_id else callback_id


def entries_of(events: Iterable[CallEvent]) -> list[CallbackEntry]:
    """Return the entries that these events tell of and that have not ended."""
    entries: dict[str, CallbackEntry] = {}
    for event in events:
        if isinstance(event, CallbackQueued):
            entries.setdefault(event.callback_id, CallbackEntry(event))
        elif isinstance(event, CallbackDialled | CallbackAttempted | CallbackEnded):
            entry = entries.get(event.callback_id)
            if entry is not None:
                entry.apply(event)
    return [entry for entry in entries.values() if entry.outcome is None]


def retry_at(entry: CallbackEntry, outcome: AttemptOutcome, policy: CallbackPolicy, now: datetime) -> datetime | None:
    """Return when the next attempt may be made after this one; None where it was the last."""
    if outcome in (AttemptOutcome.ANSWERED, AttemptOutcome.WITHDRAWN) or entry.attempts >= policy.attempts:
        return None
    return now + timedelta(minutes=policy.retry_minutes)


def attempt_outcome(rang_out: bool, hangup_cause: int | None) -> AttemptOutcome:
    """Return what an attempt came to that nobody picked up, from the Q.850 cause of the citizen's leg.

    `rang_out` says that it rang for as long as it may.
    """
    if hangup_cause in _CAUSES:
        return _CAUSES[hangup_cause]
    if rang_out:
        return AttemptOutcome.NO_ANSWER
    return AttemptOutcome(str(transfer_outcome(DialOutcome.FAILED, hangup_cause)))


_CAUSES: dict[int | None, AttemptOutcome] = {
    17: AttemptOutcome.BUSY,
    18: AttemptOutcome.NO_ANSWER,
    19: AttemptOutcome.NO_ANSWER,
}


@dataclass(slots=True)
class NumberLimits:
    """How many wishes there may be: bounds for what callers can make us dial."""

    wishes: dict[str, list[datetime]]
    "Number to the times of its wishes in the last 24 hours."

    def note(self, number: str, at: datetime) -> None:
        """Count a wish."""
        self.wishes.setdefault(number, []).append(at)

    def allows(self, number: str, now: datetime, policy: CallbackPolicy) -> bool:
        """Say whether this number may ask once more today."""
        for each in [each for each, times in self.wishes.items() if times[-1] <= now - DAY]:
            del self.wishes[each]
        recent = [at for at in self.wishes.get(number, ()) if at > now - DAY]
        return len(recent) < policy.per_number_a_day
