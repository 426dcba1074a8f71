"""An operator's state as one table. Pure: time is a parameter, every change comes back as an event."""

from __future__ import annotations

from collections.abc import Mapping
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
    LOGGED_IN = "logged_in"
    LOGGED_OUT = "logged_out"
    PAUSE_ASKED = "pause_asked"
    OWN_CALL_BEGAN = "own_call_began"
    OWN_CALL_ENDED = "own_call_ended"


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
    (S.OFFLINE, Cause.LOGGED_IN): S.AVAILABLE,
    (S.AVAILABLE, Cause.LOGGED_OUT): S.OFFLINE,
    (S.PAUSED, Cause.LOGGED_OUT): S.OFFLINE,
    (S.WRAP_UP, Cause.LOGGED_OUT): S.OFFLINE,
    (S.NOT_RESPONDING, Cause.LOGGED_OUT): S.OFFLINE,
    (S.UNREACHABLE, Cause.LOGGED_OUT): S.OFFLINE,
    (S.AVAILABLE, Cause.PAUSE_ASKED): S.PAUSED,
    (S.PAUSED, Cause.PAUSE_ASKED): S.PAUSED,  # for another reason
    (S.WRAP_UP, Cause.PAUSE_ASKED): S.PAUSED,
    (S.NOT_RESPONDING, Cause.PAUSE_ASKED): S.PAUSED,
    (S.UNREACHABLE, Cause.PAUSE_ASKED): S.PAUSED,
    (S.AVAILABLE, Cause.OWN_CALL_BEGAN): S.PAUSED,
    (S.PAUSED, Cause.OWN_CALL_ENDED): S.AVAILABLE,
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

OWN_CALL = "own_call"
"""Reason of the pause of an operator whose phone has a call that is none of ours."""

PASSING_REASONS = frozenset({OWN_CALL, *map(str, OFFER_CAUSES)})
"""Reasons of pauses that nobody asked for and that end by themselves."""

PRESENT = (S.AVAILABLE, S.RINGING, S.TALKING, S.WRAP_UP)
"""States of operators who get calls: now, or once they have done with the one that they have."""

ON_DUTY = (*PRESENT, S.PAUSED)
"""States of operators whom a caller may wait for: a pause ends."""

KEPT_SECONDS = 3600.0
"""How long a log-in and a pause outlive the loss of the phone: a restart of it is not the end of the working day."""


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
    phone: str = ""
    "The phone that they work at, or worked at last."
    logged_in: bool = True
    phone_reachable: bool = False
    missed_in_a_row: int = 0
    own_calls: bool = False
    "The phone has a call that is none of ours."
    pause: str = ""
    "Reason of the operator's own pause, now or kept while their phone is gone; empty for none."
    wanted_pause: str = ""
    "Reason of the pause that begins as soon as the operator would be available; empty for none."
    pause_limits: Mapping[str, float] = field(default_factory=dict, repr=False)
    "Reason to the seconds that a pause may last before it is an alarm."
    due_at: datetime | None = None
    "When the present state ends by itself, or its limit is over: wrap-up, rest, pause, a phone that stays away."
    watched_until: datetime | None = None
    "The `due_at` that the dispatcher has put on its clock."
    history: list[OperatorStateChanged] = field(default_factory=list, repr=False)
    "Changes not yet taken by the dispatcher."

    @property
    def can_be_rung(self) -> bool:
        """Whether there is a phone to ring this operator at."""
        return self.logged_in and self.phone_reachable

    @property
    def is_present(self) -> bool:
        """Whether they get calls, now or after the one that they have: logged in, not paused, and responding."""
        return self.logged_in and self.state in PRESENT

    @property
    def is_on_duty(self) -> bool:
        """Whether a caller may wait for them: present or paused. Not who does not respond or can't be reached."""
        return self.logged_in and self.state in ON_DUTY

    def change(
        self, cause: Cause, now: datetime, *, call_id: str | None = None, seconds: float | None = None, reason: str = ""
    ) -> bool:
        """Apply a cause; return whether the state changed. `seconds` is how long the new state may last."""
        target = TRANSITIONS.get((self.state, cause))
        if target is None:
            return False
        if cause is Cause.PAUSE_ASKED:
            self.pause, self.wanted_pause = reason, ""
        elif target is S.AVAILABLE or (target is S.NOT_RESPONDING and self.wanted_pause):
            target, reason = self._instead_of_available(reason)
        if target is S.OFFLINE and self.state is S.OFFLINE:
            return False
        if target is S.OFFLINE and self.logged_in:
            seconds = KEPT_SECONDS
        elif target is S.PAUSED and self.pause:
            seconds = self.pause_limits.get(self.pause)
        self._enter(target, reason, now, call_id, seconds)
        if target is S.AVAILABLE and (cause is not Cause.CALLER_LEFT or self.idle_since is None):
            self.idle_since = now  # a caller who left while ringing does not cost the operator their place
        return True

    def begin_pause(self, reason: str, now: datetime) -> bool:
        """Pause, now or as soon as the call is over; return whether that changed anything."""
        if self.state in (S.RINGING, S.TALKING):
            changed, self.wanted_pause = self.wanted_pause != reason, reason
            return changed
        if self.state is S.PAUSED and self.pause == reason:
            return False  # it goes on, and its time with it
        return self.change(Cause.PAUSE_ASKED, now, reason=reason)

    def forget_pause(self) -> None:
        """The operator wants no pause, now or later."""
        self.wanted_pause = self.pause = ""

    def restore(
        self,
        state: OperatorState,
        reason: str,
        since: datetime,
        now: datetime,
        *,
        told: bool = False,
        until: datetime | None = None,
    ) -> None:
        """Take up a state again that the service before this one knew: a pause since then, wrap-up, not responding.

        `told` says that the alarm of this pause was given already, `until` when a wrap-up ends. The phone counts as
        reachable until it is known.
        """
        self.phone_reachable = True
        self.pause = reason if state is S.PAUSED else ""
        self._enter(state, reason, now, None, (until - now).total_seconds() if until is not None else None)
        self.since = since
        limit = self.pause_limits.get(self.pause)
        if limit is not None and not told:
            self.due_at = since + timedelta(seconds=limit)

    def _instead_of_available(self, reason: str) -> tuple[OperatorState, str]:
        """Return what an operator is who has nothing more to do, and why."""
        if not self.can_be_rung:
            return S.OFFLINE, reason
        if self.wanted_pause:
            self.pause, self.wanted_pause = self.wanted_pause, ""
        if self.pause:
            return S.PAUSED, self.pause
        if self.own_calls:
            return S.PAUSED, OWN_CALL
        return S.AVAILABLE, reason

    def _enter(
        self, target: OperatorState, reason: str, now: datetime, call_id: str | None, seconds: float | None
    ) -> None:
        self.state = target
        self.since = now
        self.reason = reason
        self.call_id = call_id
        self.due_at = now + timedelta(seconds=seconds) if seconds is not None else None
        until = self.due_at if target is S.WRAP_UP else None
        self.history.append(
            OperatorStateChanged(
                at=now, operator_id=self.operator_id, state=target, reason=reason, call_id=call_id, until=until
            )
        )
