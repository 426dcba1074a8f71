"""The live board's book of alarms, and of hotlines' numbers that are marked down."""

from __future__ import annotations

from calls.alarm_events import ConnectRateAlarmCleared, ConnectRateAlarmRaised
from calls.board_hotlines import AlarmRow
from calls.transfer_events import HotlineMarkedDown, HotlineMarkedUp

MAX_MARKS = 10_000
"Most alarms or marks kept: a bound, not a limit."


class AlarmBook:
    """What is raised or marked until the opposite is told."""

    def __init__(self) -> None:
        self._alarms: dict[tuple[str, str], AlarmRow] = {}
        self._marks: dict[tuple[str, str], HotlineMarkedDown] = {}

    def raised(self, event: ConnectRateAlarmRaised) -> None:
        """A connect rate is too low."""
        key = (event.scope, event.rule)
        if key not in self._alarms and len(self._alarms) < MAX_MARKS:
            self._alarms[key] = AlarmRow(
                scope=event.scope, rule=event.rule, since=event.at, connect_rate=event.connect_rate
            )

    def cleared(self, event: ConnectRateAlarmCleared) -> None:
        """It is no longer."""
        self._alarms.pop((event.scope, event.rule), None)

    def marked_down(self, event: HotlineMarkedDown) -> None:
        """A number can't be reached."""
        if len(self._marks) < MAX_MARKS:
            self._marks.setdefault((event.target_id, event.number), event)

    def marked_up(self, event: HotlineMarkedUp) -> None:
        """It can again; without a number, all of the hotline's can."""
        for key in [key for key in self._marks if key[0] == event.target_id and event.number in ("", key[1])]:
            del self._marks[key]

    def rows(self) -> tuple[AlarmRow, ...]:
        """Return the alarms that are raised, the oldest first."""
        return tuple(sorted(self._alarms.values(), key=lambda row: (row.since, row.scope, row.rule)))

    def rules_of(self, scope: str) -> tuple[str, ...]:
        """Return the rules whose alarm is raised for a hotline."""
        return tuple(sorted(rule for of, rule in self._alarms if of == scope))

    def marks_of(self, target_id: str) -> tuple[HotlineMarkedDown, ...]:
        """Return the marks of a hotline's numbers."""
        return tuple(mark for (of, _), mark in self._marks.items() if of == target_id)
