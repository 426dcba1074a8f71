"""An operator's state as one table. Pure: time is a parameter, every change comes back as an event."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from calls.events import OfferOutcome, OperatorState, OperatorStateChanged

S = OperatorState


class Cause(StrEnum):
    """What makes an operator's state change."""

    PHONE_REACHABLE = "phone_reachable"
    PHONE_GONE = "phone_gone"
    ASSIGNED = "assigned"
    ANSWERED = "answered"
    MISSED = "missed"
    MISSED_TOO_OFTEN = "missed_too_often"
    DECLINED = "declined"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    CALLER_LEFT = "caller_left"
    CONVERSATION_ENDED = "conversation_ended"
    WRAP_UP_OVER = "wrap_up_over"
    REST_OVER = "rest_over"
    RESUMED = "resumed"


TRANSITIONS: dict[tuple[OperatorState, Cause], OperatorState] = {
    (S.OFFLINE, Cause.PHONE_REACHABLE): S.AVAILABLE,
    (S.UNREACHABLE, Cause.PHONE_REACHABLE): S.AVAILABLE,
    (S.NOT_RESPONDING, Cause.PHONE_REACHABLE): S.AVAILABLE,
    (S.AVAILABLE, Cause.PHONE_GONE): S.OFFLINE,
    (S.PAUSED, Cause.PHONE_GONE): S.OFFLINE,
    (S.WRAP_UP, Cause.PHONE_GONE): S.OFFLINE,
    (S.NOT_RESPONDING, Cause.PHONE_GONE): S.OFFLINE,
    (S.UNREACHABLE, Cause.PHONE_GONE): S.OFFLINE,
    (S.AVAILABLE, Cause.ASSIGNED): S.RINGING,
    (S.WRAP_UP, Cause.ASSIGNED): S.RINGING,  # a failed transfer comes back to the operator who asked for it
    (S.RINGING, Cause.ANSWERED): S.TALKING,
    (S.RINGING, Cause.MISSED): S.AVAILABLE,
    (S.RINGING, Cause.MISSED_TOO_OFTEN): S.NOT_RESPONDING,
    (S.RINGING, Cause.DECLINED): S.PAUSED,
    (S.RINGING, Cause.BUSY): S.PAUSED,
    (S.RINGING, Cause.UNREACHABLE): S.UNREACHABLE,
    (S.RINGING, Cause.CALLER_LEFT): S.AVAILABLE,
    (S.TALKING, Cause.CONVERSATION_ENDED): S.WRAP_UP,
    (S.WRAP_UP, Cause.WRAP_UP_OVER): S.AVAILABLE,
    (S.PAUSED, Cause.REST_OVER): S.AVAILABLE,
    (S.UNREACHABLE, Cause.REST_OVER): S.AVAILABLE,
    (S.NOT_RESPONDING, Cause.RESUMED): S.AVAILABLE,
    (S.PAUSED, Cause.RESUMED): S.AVAILABLE,
    (S.UNREACHABLE, Cause.RESUMED): S.AVAILABLE,
    (S.WRAP_UP, Cause.RESUMED): S.AVAILABLE,
}
"""Every change there is. A cause that has no row for the present state changes nothing."""

OFFER_CAUSES: dict[OfferOutcome, Cause] = {
    OfferOutcome.MISSED: Cause.MISSED,
    OfferOutcome.DECLINED: Cause.DECLINED,
    OfferOutcome.BUSY: Cause.BUSY,
    OfferOutcome.UNREACHABLE: Cause.UNREACHABLE,
    OfferOutcome.FAILED: Cause.UNREACHABLE,
    OfferOutcome.CALLER_LEFT: Cause.CALLER_LEFT,
}

REST_SECONDS = 5.0
"""How long an operator whose phone declined, was busy or could not be reached is left alone."""

RING_GRACE_SECONDS = 10.0
"""How long past its ring limit an offer may stay unresolved before the state is repaired."""


@dataclass(slots=True)
class Presence:
    """One operator's state now, and since when."""

    operator_id: str
    state: OperatorState = S.OFFLINE
    reason: str = ""
    since: datetime | None = None
    idle_since: datetime | None = None
    "When the operator last became free: longest idle is chosen first."
    call_id: str | None = None
    phone_reachable: bool = False
    missed_in_a_row: int = 0
    due_at: datetime | None = None
    "When the present state ends by itself: wrap-up or rest over."
    history: list[OperatorStateChanged] = field(default_factory=list, repr=False)
    "Changes not yet taken by the dispatcher."

    def change(
        self, cause: Cause, now: datetime, *, call_id: str | None = None, seconds: float | None = None, reason: str = ""
    ) -> bool:
        """Apply a cause; return whether the state changed. `seconds` is how long the new state may last."""
        target = TRANSITIONS.get((self.state, cause))
        if target is None:
            return False
        if target is S.AVAILABLE and not self.phone_reachable:
            target = S.OFFLINE
        self.state = target
        self.since = now
        self.reason = reason
        self.call_id = call_id
        self.due_at = now + timedelta(seconds=seconds) if seconds is not None else None
        if target is S.AVAILABLE and (cause is not Cause.CALLER_LEFT or self.idle_since is None):
            self.idle_since = now  # a caller who left while ringing does not cost the operator their place
        self.history.append(
            OperatorStateChanged(at=now, operator_id=self.operator_id, state=target, reason=reason, call_id=call_id)
        )
        return True
