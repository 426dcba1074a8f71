"""The tables `operator_intervals`, what each operator did from when to when without overlaps or holes, and
`operator_seats`, where each works.
"""

from __future__ import annotations

from calls.events import OperatorLoggedIn, OperatorLoggedOut, OperatorState, OperatorStateChanged, PauseLimitExceeded
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
        "over_limit_at": None,
    }
    if current is None:
        return (opened,)
    return ({**current, "ended_at": began}, opened)


def over_limit(current: Row | None, event: PauseLimitExceeded) -> Row | None:
    """Return the present pause with the moment when it was told that it lasts too long; None where there is none."""
    if current is None or current["over_limit_at"] is not None:
        return None
    if (current["state"], current["reason"]) != (str(OperatorState.PAUSED), event.reason):
        return None
    return {**current, "over_limit_at": event.at}


def seat(event: OperatorLoggedIn | OperatorLoggedOut) -> Row:
    """Return where an operator works after this."""
    phone = event.phone if isinstance(event, OperatorLoggedIn) else None
    return {"operator_id": event.operator_id, "phone": phone, "by": event.by, "at": event.at}
