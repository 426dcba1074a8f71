"""The live board's book of alarms."""

from __future__ import annotations

from calls.alarm_events import ConnectRateAlarmCleared, ConnectRateAlarmRaised
from calls.board_hotlines import AlarmRow

MAX_ALARMS = 10_000
"Most that are kept: a bound, not a limit."


class AlarmBook:
    """What is raised until the opposite is told."""

    def __init__(self) -> None:
        self._alarms: dict[tuple[str, str], AlarmRow] = {}

    def raised(self, event: ConnectRateAlarmRaised) -> None:
        """A connect rate is too low."""
        key = (event.scope, event.rule)
        if key not in self._alarms and len(self._alarms) < MAX_ALARMS:
            self._alarms[key] = AlarmRow(
                scope=event.scope, rule=event.rule, since=event.at, connect_rate=event.connect_rate
            )

    def cleared(self, event: ConnectRateAlarmCleared) -> None:
        """It is no longer."""
        self._alarms.pop((event.scope, event.rule), None)

    def rows(self) -> tuple[AlarmRow, ...]:
        """Return the alarms that are raised, the oldest first."""
        return tuple(sorted(self._alarms.values(), key=lambda row: (row.since, row.scope, row.rule)))

    def rules_of(self, scope: str) -> tuple[str, ...]:
        """Return the rules whose alarm is raised for a hotline."""
        return tuple(sorted(rule for of, rule in self._alarms if of == scope))
