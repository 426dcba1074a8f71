"""What operators asked for that no state shows: pauses to come, and when each wrap-up ends. From the journal."""

from __future__ import annotations

from datetime import datetime

from calls.events import Event, OperatorState, OperatorStateChanged, PauseWanted, WrapUpExtended

_BEFORE_A_PAUSE = (OperatorState.RINGING, OperatorState.TALKING, OperatorState.WRAP_UP)


class OperatorMemory:
    """A service that starts again is given the old events first."""

    def __init__(self) -> None:
        self.wanted_pauses: dict[str, str] = {}
        "Operator to the reason of the pause that follows the call."
        self.wrap_ups: dict[str, datetime] = {}
        "Operator in wrap-up to its end."

    def apply(self, event: Event) -> None:
        """Learn from one fact."""
        match event:
            case PauseWanted():
                self.wanted_pauses.pop(event.operator_id, None)
                if event.reason:
                    self.wanted_pauses[event.operator_id] = event.reason
            case WrapUpExtended():
                self.wrap_ups[event.operator_id] = event.until
            case OperatorStateChanged():
                self._changed(event)

    def _changed(self, event: OperatorStateChanged) -> None:
        self.wrap_ups.pop(event.operator_id, None)
        if event.until is not None:
            self.wrap_ups[event.operator_id] = event.until
        if event.state not in _BEFORE_A_PAUSE:
            self.wanted_pauses.pop(event.operator_id, None)
