"""The table `operator_intervals`: what each operator did from when to when, without overlaps or holes."""

from __future__ import annotations

from calls.events import OperatorStateChanged
from storage.projections.state import Row


def apply(current: Row | None, seq: int, event: OperatorStateChanged) -> tuple[Row, ...]:
    """Return the changed intervals, the operator's present one last; none when the state is no other one."""
    state = str(event.state)
    began = event.at
    if current is not None:
        if (current["state"], current["reason"], current["call_id"]) == (state, event.reason, event.call_id):
            return ()
        # the journal's order counts: a clock set back makes an interval of no length, never a negative one
        began = max(began, current["started_at"])
    opened: Row = {
        "operator_id": event.operator_id,
        "started_seq": seq,
        "state": state,
        "reason": event.reason,
        "call_id": event.call_id,
        "started_at": began,
        "ended_at": None,
    }
    if current is None:
        return (opened,)
    return ({**current, "ended_at": began}, opened)
