"""Which calls were missed, and which are made good: a fold over events that says what is to be recorded.

The rule: a caller was missed who gave a number, left before a person spoke with them, and left no duty behind (a
message, a wish to be called back). Leaving in a menu counts after at least one step in it; leaving within the first
seconds of asking only where the city says so. There is one open duty for each number, that of the newest call, with the
deadline of the first. Whoever is answered later, however, is missed no longer.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from calls.events import (
    CallbackAsked,
    CallbackQueued,
    CallbackSource,
    CallEnded,
    CallEvent,
    CallOutcome,
    CallStarted,
    DutyDone,
    EndedBy,
    Event,
    LanguageChosen,
    MenuLeft,
    MessageLeft,
    MissedCallListed,
    OperatorAnswered,
    TransferAnswered,
)
from calls.patterns import plain_number

MISSED = frozenset(
    {
        CallOutcome.LEFT_IN_MENU,
        CallOutcome.ABANDONED,
        CallOutcome.TIMED_OUT,
        CallOutcome.NOT_CONNECTED,
        CallOutcome.LOST,
    }
)
"""Outcomes of calls that are missed."""

MOST_LIVE = 20_000
"""Calls in progress that are followed; the oldest are forgotten first."""


@dataclass(slots=True)
class _Visit:
    """What matters of a call in progress."""

    number: str = ""
    case_id: str = ""
    dnis: str = ""
    line_id: str = ""
    language: str = ""
    stepped: bool = False
    left_duty: bool = False
    placed: bool = False
    "We called: who is not reached is tried again, and not missed."


@dataclass(frozen=True, slots=True)
class MissedDuty:
    """A number that is to be called."""

    call_id: str
    duty_id: str
    number: str
    calls: int
    due_at: datetime
    case_id: str = ""
    dnis: str = ""
    line_id: str = ""
    language: str = ""


@dataclass(slots=True)
class MissedCalls:
    """Follows every call. What `apply` returns is to be recorded; it counts once it is heard as an event itself."""

    deadline: timedelta = timedelta(hours=24)
    short_abandons: bool = False
    country_prefixes: tuple[str, ...] = ()
    "What is taken off the beginning of callers' numbers."
    open: dict[str, MissedDuty] = field(default_factory=dict)
    "By number: at most one each."
    wishes: dict[str, dict[str, str]] = field(default_factory=dict)
    "Number to the wishes to be called back that are open: duty id to call id."
    _visits: dict[str, _Visit] = field(default_factory=dict)

    def apply(self, event: Event) -> list[CallEvent]:
        """Take in an event; return the facts that follow from it."""
        match event:
            case CallStarted():
                self._started(event)
            case CallEnded():
                return self._ended(event)
            case OperatorAnswered() | TransferAnswered():
                return self._answered(event)
            case LanguageChosen():
                self._visit(event).language = event.language
            case MenuLeft() if event.input != "hung_up":
                self._visit(event).stepped = True
            case MessageLeft():
                self._visit(event).left_duty = True
            case CallbackAsked():
                self._wished(event, f"{event.call_id}-cb-{event.number}")
            case CallbackQueued() if event.source is not CallbackSource.MISSED:
                self._wished(event, event.callback_id)
            case MissedCallListed():
                self.open[event.number] = MissedDuty(
                    event.call_id,
                    event.duty_id,
                    event.number,
                    event.calls,
                    event.due_at,
                    event.case_id,
                    event.dnis,
                    event.line_id,
                    event.language,
                )
            case DutyDone():
                self._done(event.duty_id)
        return []

    def _visit(self, event: CallEvent) -> _Visit:
        # an event of a call whose beginning was not seen changes nothing that lasts
        return self._visits.get(event.call_id) or _Visit()

    def _started(self, event: CallStarted) -> None:
        if len(self._visits) >= MOST_LIVE:
            del self._visits[next(iter(self._visits))]
        number = plain_number(event.ani, self.country_prefixes)
        self._visits[event.call_id] = _Visit(
            number, event.case_id, event.dnis, event.line_id, event.language, placed=bool(event.callback_of)
        )

    def _wished(self, event: CallbackAsked | CallbackQueued, duty_id: str) -> None:
        self._visit(event).left_duty = True
        self.wishes.setdefault(event.number, {})[duty_id] = event.call_id

    def _done(self, duty_id: str) -> None:
        for number, duty in list(self.open.items()):
            if duty.duty_id == duty_id:
                del self.open[number]
        for number, duties in list(self.wishes.items()):
            if duties.pop(duty_id, None) is not None and not duties:
                del self.wishes[number]

    def _answered(self, event: OperatorAnswered | TransferAnswered) -> list[CallEvent]:
        """A person speaks with the citizen: nothing is owed to this number any more."""
        number = self._visit(event).number
        by = f"call:{event.call_id}"
        owed = [(call_id, duty_id) for duty_id, call_id in self.wishes.get(number, {}).items()]
        missed = self.open.get(number)
        if missed is not None:
            owed.append((missed.call_id, missed.duty_id))
        return [DutyDone(at=event.at, call_id=call_id, duty_id=duty_id, by=by) for call_id, duty_id in owed]

    def _ended(self, event: CallEnded) -> list[CallEvent]:
        visit = self._visits.pop(event.call_id, None)
        if visit is None or not self._is_missed(visit, event) or visit.number in self.wishes:
            return []
        before = self.open.get(visit.number)
        if before is not None and before.call_id == event.call_id:
            return []
        duty = MissedCallListed(
            at=event.at,
            call_id=event.call_id,
            duty_id=f"{event.call_id}-missed",
            number=visit.number,
            reason=str(event.outcome),
            calls=1 if before is None else before.calls + 1,
            due_at=event.at + self.deadline if before is None else before.due_at,
            case_id=visit.case_id,
            dnis=visit.dnis,
            line_id=visit.line_id,
            language=visit.language,
        )
        if before is None:
            return [duty]
        newer = f"newer:{event.call_id}"
        return [DutyDone(at=event.at, call_id=before.call_id, duty_id=before.duty_id, by=newer), duty]

    def _is_missed(self, visit: _Visit, ended: CallEnded) -> bool:
        if not visit.number or visit.left_duty or visit.placed:
            return False
        if ended.outcome is CallOutcome.SHORT_ABANDON:
            return self.short_abandons
        if ended.outcome is CallOutcome.LEFT_IN_MENU:  # where we said goodbye the menu had served them
            return visit.stepped and ended.ended_by is EndedBy.CALLER
        return ended.outcome in MISSED


class OwedFacts:
    """What the journal lacks after a stop in the middle: facts that followed from others and were not written."""

    def __init__(self, missed: MissedCalls) -> None:
        self._missed = missed
        self._owed: dict[str, CallEvent] = {}

    def apply(self, event: Event) -> None:
        """Take in an event of the journal."""
        if isinstance(event, MissedCallListed | DutyDone):
            self._owed.pop(_key(event), None)
        for fact in self._missed.apply(event):
            self._owed[_key(fact)] = fact

    def take(self) -> list[CallEvent]:
        """Return what is owed."""
        owed, self._owed = list(self._owed.values()), {}
        return owed


def _key(event: CallEvent) -> str:
    assert isinstance(event, MissedCallListed | DutyDone)
    return f"{type(event).__name__} {event.duty_id}"
