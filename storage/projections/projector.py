"""The projector: folds events in the journal's order and says which rows are new or other than before.

It remembers the rows of calls that live and of a few that ended lately, nothing more. What it does not remember must be
loaded from the tables before events are applied (`missing`, then `load`), so any row may be forgotten at any time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from calls.events import (
    CallEvent,
    Event,
    OperatorLoggedIn,
    OperatorLoggedOut,
    OperatorStateChanged,
    PauseLimitExceeded,
    ServiceStarted,
    ServiceStopped,
)
from storage.projections import callbacks, calls, duties, offers, operators, recordings, rollups, service, transfers
from storage.projections.state import CallState, Change, Row


@dataclass(slots=True)
class Missing:
    """What the projector must be told before it can apply some events."""

    call_ids: list[str] = field(default_factory=list)
    operator_ids: list[str] = field(default_factory=list)
    service: bool = False


@dataclass(slots=True)
class Loaded:
    """The rows found for what was missing. What is not among them does not exist."""

    calls: dict[str, CallState] = field(default_factory=dict)
    operators: dict[str, Row] = field(default_factory=dict)
    "Each operator's interval without an end."
    service: Row | None = None
    "The latest run."


class Projector:
    """Keeps the rows that events change. They depend on the journal alone, never on what was forgotten between."""

    def __init__(self, *, live_calls: int = 10_000, ended_calls: int = 256, operators: int = 10_000) -> None:
        self._live_calls = live_calls
        self._ended_calls = ended_calls
        self._most_operators = operators
        self._live: OrderedDict[str, CallState] = OrderedDict()
        self._ended: OrderedDict[str, CallState] = OrderedDict()
        self._just_ended: set[str] = set()
        self._operators: OrderedDict[str, Row | None] = OrderedDict()
        self._service: Row | None = None
        self._service_known = False

    def missing(self, events: Iterable[Event]) -> Missing:
        """Return what must be loaded before these events are applied."""
        call_ids: dict[str, None] = {}
        operator_ids: dict[str, None] = {}
        wants_service = False
        for event in events:
            if isinstance(event, CallEvent):
                if event.call_id not in self._live and event.call_id not in self._ended:
                    call_ids[event.call_id] = None
            elif isinstance(event, OperatorStateChanged | PauseLimitExceeded):
                if event.operator_id not in self._operators:
                    operator_ids[event.operator_id] = None
            elif isinstance(event, ServiceStarted | ServiceStopped):
                wants_service = not self._service_known
        return Missing(list(call_ids), list(operator_ids), wants_service)

    def load(self, missing: Missing, loaded: Loaded) -> None:
        """Take in the rows that were found for what was missing."""
        for call_id in missing.call_ids:
            self._live[call_id] = loaded.calls.get(call_id) or CallState()
        for operator_id in missing.operator_ids:
            self._operators[operator_id] = loaded.operators.get(operator_id)
        if missing.service:
            self._service, self._service_known = loaded.service, True

    def apply(self, seq: int, event: Event) -> list[Change]:
        """Fold one event; return each row that is new or changed, with its table and key.

        For rows of sums (`rollups.TABLES`) it is not the row that is returned but what is to be added to it.
        """
        if isinstance(event, CallEvent):
            return self._apply_to_call(event)
        if isinstance(event, OperatorStateChanged | PauseLimitExceeded):
            return self._apply_to_operator(seq, event)
        if isinstance(event, OperatorLoggedIn | OperatorLoggedOut):
            return [("operator_seats", (event.operator_id,), operators.seat(event))]
        if isinstance(event, ServiceStarted | ServiceStopped):
            run = service.apply(self._service, seq, event)
            if run is not None:
                self._service = run
                return [("service_runs", (run["started_seq"],), run)]
        return []

    def forget(self) -> None:
        """Forget every row: another writer may have changed them, or a transaction was rolled back."""
        self._live.clear()
        self._ended.clear()
        self._just_ended.clear()
        self._operators.clear()
        self._service, self._service_known = None, False

    def trim(self) -> None:
        """Forget what goes beyond the bounds, the longest untouched first. Only between batches."""
        for call_id in sorted(self._just_ended & self._live.keys()):
            self._ended[call_id] = self._live.pop(call_id)
        self._just_ended.clear()
        while len(self._ended) > self._ended_calls:
            self._ended.popitem(last=False)
        while len(self._live) > self._live_calls:
            self._live.popitem(last=False)
        while len(self._operators) > self._most_operators:
            self._operators.popitem(last=False)

    def _call(self, call_id: str) -> CallState:
        for remembered in (self._live, self._ended):
            state = remembered.get(call_id)
            if state is not None:
                remembered.move_to_end(call_id)
                return state
        return self._live.setdefault(call_id, CallState())

    def _apply_to_call(self, event: CallEvent) -> list[Change]:
        state = self._call(event.call_id)
        changes: list[Change] = []
        row = offers.apply(state, event)
        if row is not None:
            changes.append(("offers", (event.call_id, row["offer_id"]), row))
        row = transfers.row_of(state, event)
        if row is not None:
            counted = rollups.part_of(row)
            transfers.apply(row, event)
            changes.append(("transfers", (event.call_id, row["transfer_id"]), row))
            changes += rollups.changes(counted, rollups.part_of(row))
        row = recordings.apply(state, event)
        if row is not None:
            changes.append(("recordings", (event.call_id, row["recording_id"]), row))
        row = duties.apply(state, event)
        if row is not None:
            changes.append(("duties", (event.call_id, row["duty_id"]), row))
        row = callbacks.apply(state, event)
        if row is not None:
            changes.append(("callbacks", (event.call_id, row["callback_id"]), row))
        # last, because it counts the rows above
        if calls.apply(state, event) and state.call is not None:
            changes.append(("calls", (event.call_id,), state.call))
        if state.ended:
            self._just_ended.add(event.call_id)
        return changes

    def _apply_to_operator(self, seq: int, event: OperatorStateChanged | PauseLimitExceeded) -> list[Change]:
        current = self._operators.get(event.operator_id)
        if isinstance(event, OperatorStateChanged):
            rows = operators.apply(current, seq, event)
        else:
            marked = operators.over_limit(current, event)
            rows = (marked,) if marked is not None else ()
        if not rows:
            return []
        self._operators[event.operator_id] = rows[-1]
        self._operators.move_to_end(event.operator_id)
        return [("operator_intervals", (row["operator_id"], row["started_seq"]), row) for row in rows]
