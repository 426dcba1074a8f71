"""The live board's book of operators: each one's state, counts of the day, and who could answer which queue."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from calls.board_model import BoardDirectory, DirectoryOperator, DirectoryQueue, OperatorRow
from calls.board_state import MAX_LIVE
from calls.board_tally import OperatorDay
from calls.events import (
    ConversationEnded,
    OfferEnded,
    OperatorAnswered,
    OperatorLoggedIn,
    OperatorLoggedOut,
    OperatorOffered,
    OperatorState,
    OperatorStateChanged,
    PauseLimitExceeded,
)
from calls.phones import home_phone


@dataclass(slots=True)
class LiveOperator:
    """An operator's state now and counts of the day."""

    state: OperatorState = OperatorState.OFFLINE
    reason: str = ""
    since: datetime | None = None
    call_id: str | None = None
    phone: str = ""
    "Where they logged in, empty for their own phone."
    over_limit_at: datetime | None = None
    before: tuple[OperatorState, str, datetime, datetime | None] | None = None
    "State, reason, since when and alarm before the service started again: announced anew, it goes on."
    day: OperatorDay = field(default_factory=OperatorDay)
    returned_offer_id: str = ""
    "An offer that brings a call back after a failed transfer: its answer is not another answered call."
    queue_ids: tuple[str, ...] = ()
    "Queues whose calls this operator may get."
    row: OperatorRow | None = None
    "As last shown; dropped at every change."


@dataclass(slots=True)
class Staffing:
    """How many operators could answer a queue's calls, and how many could right now."""

    ready: int = 0
    signed_in: int = 0

    def count(self, state: OperatorState, step: int) -> None:
        """Add or take away one operator in that state."""
        if state is not OperatorState.OFFLINE:
            self.signed_in += step
        if state is OperatorState.AVAILABLE:
            self.ready += step


class OperatorBook:
    """Follows what operators do. Only `operator_state_changed` moves a state; the rest counts."""

    def __init__(self) -> None:
        self._entries: tuple[DirectoryOperator, ...] = ()
        self._operators: dict[str, LiveOperator] = {}
        self.staffing: dict[str, Staffing] = {}

    def set_directory(self, directory: BoardDirectory) -> None:
        """Replace the operators and queues that have rows."""
        self._entries = directory.operators
        self.staffing = {queue.id: Staffing() for queue in directory.queues}
        for operator in self._operators.values():
            operator.queue_ids, operator.row = (), None
        for entry in directory.operators:
            operator = self._operator(entry.id)
            operator.queue_ids = tuple(queue.id for queue in directory.queues if fits(entry, queue))
            for queue_id in operator.queue_ids:
                self.staffing[queue_id].count(operator.state, 1)

    # -- events ------------------------------------------------------------------------------------

    def state_changed(self, event: OperatorStateChanged) -> None:
        """Take over a state, unless a later one is known."""
        operator = self._changed(event.operator_id)
        if operator.since is not None and event.at < operator.since:
            return
        self._set_state(operator, event.state)
        operator.reason, operator.call_id, operator.since = event.reason, event.call_id, event.at
        operator.over_limit_at = None
        before, operator.before = operator.before, None
        if before is not None and event.state is OperatorState.PAUSED and before[:2] == (event.state, event.reason):
            _, _, operator.since, operator.over_limit_at = before

    def logged_in(self, event: OperatorLoggedIn) -> None:
        """Show where an operator works."""
        self._changed(event.operator_id).phone = "" if event.phone == home_phone(event.operator_id) else event.phone

    def logged_out(self, event: OperatorLoggedOut) -> None:
        """Nobody knows where they will work next."""
        self._changed(event.operator_id).phone = ""

    def pause_too_long(self, event: PauseLimitExceeded) -> None:
        """Raise the alarm of a pause, until it ends."""
        operator = self._changed(event.operator_id)
        if operator.state is OperatorState.PAUSED and operator.reason == event.reason:
            operator.over_limit_at = event.at

    def service_started(self) -> None:
        """Nobody's state is known until it is announced again."""
        for operator in self._operators.values():
            if operator.since is not None:
                operator.before = (operator.state, operator.reason, operator.since, operator.over_limit_at)
            self._set_state(operator, OperatorState.OFFLINE)
            operator.reason, operator.call_id, operator.since, operator.row = "", None, None, None
            operator.over_limit_at = None

    def offered(self, event: OperatorOffered) -> None:
        """Remember offers that bring a call back."""
        if event.returned:
            self._operator(event.operator_id).returned_offer_id = event.offer_id

    def answered(self, event: OperatorAnswered) -> None:
        """Count an answered call; a call that came back was counted already."""
        operator = self._changed(event.operator_id)
        if operator.returned_offer_id != event.offer_id:
            operator.day.answered += 1

    def offer_ended(self, event: OfferEnded) -> None:
        """Count an offer without an answer."""
        self._changed(event.operator_id).day.count_offer(event.outcome)

    def conversation_ended(self, event: ConversationEnded) -> None:
        """Add up talk time."""
        self._changed(event.operator_id).day.talk_seconds += event.talk_seconds

    def start_day(self) -> None:
        """Forget the counts of the day before."""
        for operator in self._operators.values():
            operator.day, operator.row = OperatorDay(), None

    # -- what the board shows ----------------------------------------------------------------------

    def rows(self) -> tuple[OperatorRow, ...]:
        """Return a row for each operator; only those that changed are made anew."""
        rows = []
        for entry in self._entries:
            operator = self._operators[entry.id]
            if operator.row is None:
                operator.row = _row(entry, operator)
            rows.append(operator.row)
        return tuple(rows)

    # -- private -----------------------------------------------------------------------------------

    def _operator(self, operator_id: str) -> LiveOperator:
        operator = self._operators.get(operator_id)
        if operator is None:
            if len(self._operators) >= MAX_LIVE:
                # an operator without a row is forgotten first; those with one are bounded by the configuration
                named = {entry.id for entry in self._entries}
                del self._operators[next(known for known in self._operators if known not in named)]
            operator = self._operators[operator_id] = LiveOperator()
        return operator

    def _changed(self, operator_id: str) -> LiveOperator:
        operator = self._operator(operator_id)
        operator.row = None
        return operator

    def _set_state(self, operator: LiveOperator, state: OperatorState) -> None:
        for queue_id in operator.queue_ids:
            self.staffing[queue_id].count(operator.state, -1)
            self.staffing[queue_id].count(state, 1)
        operator.state = state


def fits(operator: DirectoryOperator, queue: DirectoryQueue) -> bool:
    """Return whether the operator may get the queue's calls: is named for it, or has every skill at its level."""
    if queue.served_by is not None:
        return operator.id in queue.served_by
    return all(operator.skills.get(skill, 0) >= level for skill, level in queue.skills.items())


def _row(entry: DirectoryOperator, operator: LiveOperator) -> OperatorRow:
    return OperatorRow(
        operator_id=entry.id,
        name=entry.name,
        state=operator.state,
        reason=operator.reason,
        since=operator.since,
        call_id=operator.call_id,
        skills=entry.skills,
        answered=operator.day.answered,
        missed=operator.day.missed,
        caller_left_while_ringing=operator.day.caller_left,
        declined=operator.day.declined,
        talk_seconds=operator.day.talk_seconds,
        phone=operator.phone,
        over_limit_at=operator.over_limit_at,
    )
