"""What the live board remembers between events: the calls of this moment, the day, and ids that have ended."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

MAX_LIVE = 50_000
"Most calls, attempts or operators kept; the oldest is dropped. Far above any real number: a bound, not a limit."
FORGET_SECONDS = 12 * 3600
"A call without any event for so long is not real any more: its end was never recorded."
REMEMBERED_ENDS = 10_000
"Ids of ended calls and transfers that are kept, so that a late event does not bring one back."


class Stage(StrEnum):
    """Where a call is. The values are the fields of `Stages`."""

    IN_MENU = "in_menu"
    WAITING = "waiting"
    RINGING = "ringing"
    TALKING = "talking"
    TRANSFERRING = "transferring"
    ENDING = "ending"


@dataclass(slots=True)
class Visit:
    """A call's stay in one queue, until it is decided."""

    queue_id: str
    queued_at: datetime
    queued_time: float
    "`queued_at` as a timestamp."
    priority: int
    place_time: float = 0.0
    "What it is ordered by besides its priority, as a timestamp: `queued_time`, or a regained place."
    at_head: bool = False
    left_time: float | None = None
    "When the caller stopped waiting without an answer; what it counts as is known when the call ends."


@dataclass(slots=True)
class LiveCall:
    """A call in progress."""

    call_id: str
    last_time: float
    ani: str = ""
    stage: Stage = Stage.IN_MENU
    asked_time: float | None = None
    "When the caller first asked for a person."
    answered: bool = False
    "A person has answered, an operator or a hotline's."
    answered_by: str = ""
    "The attempt by which a hotline's person was the first to answer."
    visit: Visit | None = None
    offer_id: str = ""
    ringing_operator_id: str | None = None


@dataclass(slots=True)
class Attempt:
    """An attempt to reach a hotline."""

    call_id: str
    "Empty once its call is over."
    target_id: str
    started_time: float
    answered: bool = False
    ended: bool = False
    "Kept for a while after its end, because `transfer_returned` names it."


class Day:
    """The city's present day, from midnight to midnight of its own clock."""

    __slots__ = ("_timezone", "date", "end_time", "start_time")

    def __init__(self, timezone: tzinfo) -> None:
        self._timezone = timezone
        self.start_time = self.end_time = 0.0
        self.date = ""

    def move_to(self, time: float) -> bool:
        """Begin the day of that timestamp if it is later than this one; return whether a new day began."""
        if time < self.end_time:
            return False
        local = datetime.fromtimestamp(time, self._timezone)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        # wall-clock arithmetic, so that a day with a change of clocks is 23 or 25 hours long
        self.start_time, self.end_time = midnight.timestamp(), (midnight + timedelta(days=1)).timestamp()
        self.date = midnight.date().isoformat()
        return True

    def __contains__(self, time: float) -> bool:
        return self.start_time <= time < self.end_time


@dataclass(slots=True)
class RecentIds:
    """The last so many ids, oldest forgotten first."""

    order: deque[str] = field(default_factory=lambda: deque(maxlen=REMEMBERED_ENDS))
    known: set[str] = field(default_factory=set)

    def add(self, item: str) -> None:
        """Remember an id."""
        if item in self.known:
            return
        if len(self.order) == self.order.maxlen:
            self.known.discard(self.order[0])
        self.order.append(item)
        self.known.add(item)

    def __contains__(self, item: str) -> bool:
        return item in self.known
