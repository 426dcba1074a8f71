"""What operators do by themselves: log in and out, pause, resume, wrap up. The dispatcher's other half.

Pure like the dispatcher: `now` is a parameter, what happened comes back as facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from acd.presence import OWN_CALL, Cause, Presence
from calls.errors import NotPossibleNow
from calls.events import (
    Event,
    OperatorLoggedIn,
    OperatorLoggedOut,
    OperatorState,
    PauseLimitExceeded,
    PauseWanted,
    WrapUpExtended,
)
from calls.phones import home_phone

_IN_CALL = (OperatorState.RINGING, OperatorState.TALKING)


@dataclass(frozen=True, slots=True)
class VerbRules:
    """What a city lays down for its operators."""

    by_code: frozenset[str] = frozenset()
    "Operators who are offline until they log in; all others are logged in by their own phone's registration."
    pause_limits: Mapping[str, float] = field(default_factory=dict)
    "Reason to the seconds that a pause may last before it is an alarm."
    wrap_up_extension_seconds: float = 30.0
    wrap_up_limit_seconds: float = 300.0
    "Longest wrap-up, extensions included."


class OperatorVerbs:
    """Mixed into the dispatcher."""

    presences: dict[str, Presence]
    verb_rules: VerbRules
    _facts: list[Event]
    _seats: dict[str, str]

    def _settle(self, presence: Presence, now: datetime) -> None:
        raise NotImplementedError

    # who works where

    def operator_at(self, phone: str) -> str | None:
        """Return who works at a phone, or has logged out and still talks there."""
        presence = self.presences.get(self._seats.get(phone, ""))
        if presence is None or not (presence.logged_in or presence.state in _IN_CALL):
            return None
        return presence.operator_id

    def phones_in_use(self) -> tuple[str, ...]:
        """Return every phone that somebody is logged in at."""
        return tuple(self._seats)

    def phone_of(self, operator_id: str) -> str:
        """Return the phone that an operator works at, or worked at last."""
        presence = self.presences.get(operator_id)
        return (presence.phone if presence is not None else "") or home_phone(operator_id)

    def is_by_code(self, operator_id: str) -> bool:
        """Return whether this operator is offline until they log in."""
        return operator_id in self.verb_rules.by_code

    def log_in(
        self,
        operator_id: str,
        phone: str,
        now: datetime,
        *,
        by: str = "code",
        reachable: bool = True,
        own_calls: bool = False,
    ) -> bool:
        """Let an operator work at a phone; who worked there is logged out. Return whether that changed anything.

        `reachable` and `own_calls` are what is known of the phone. Raises NotPossibleNow where the operator has a call,
        or whoever works at the phone has one.
        """
        presence = self.presences[operator_id]
        if presence.logged_in and presence.phone == phone:
            return False
        if presence.state in _IN_CALL:
            raise NotPossibleNow(f"Operator {operator_id} has a call at another phone.")
        other_id = self.operator_at(phone)
        if other_id is not None and other_id != operator_id:
            if self.presences[other_id].state in _IN_CALL:
                raise NotPossibleNow(f"Operator {other_id} has a call at this phone.")
            self.log_out(other_id, now, by="displaced")
        self._leave_seat(presence)
        self._facts.append(OperatorLoggedIn(at=now, operator_id=operator_id, phone=phone, by=by))
        self._seats[phone] = operator_id
        presence.phone, presence.logged_in = phone, True
        presence.missed_in_a_row = 0
        presence.phone_reachable, presence.own_calls = reachable, own_calls
        if reachable:
            if not presence.change(Cause.LOGGED_IN, now):
                presence.change(Cause.PHONE_REACHABLE, now)  # from a phone that did not respond, or was not reached
            self._follow_own_calls(presence, now)
        else:
            presence.change(Cause.PHONE_GONE, now)
        self._settle(presence, now)
        return True

    def log_out(self, operator_id: str, now: datetime, *, by: str = "code") -> bool:
        """End an operator's work at a phone; a call goes on to its end. Return whether that changed anything."""
        presence = self.presences[operator_id]
        if not presence.logged_in:
            return False
        if presence.state not in _IN_CALL:
            self._leave_seat(presence)
        self._facts.append(OperatorLoggedOut(at=now, operator_id=operator_id, by=by))
        presence.logged_in = False
        presence.forget_pause()
        presence.change(Cause.LOGGED_OUT, now, reason="displaced" if by == "displaced" else "")
        if presence.state is OperatorState.OFFLINE:
            presence.due_at = None
        self._settle(presence, now)
        return True

    # pauses and wrap-up

    def pause(self, operator_id: str, reason: str, now: datetime) -> bool:
        """Give an operator no more calls; one that rings or is talked to is finished first, with its wrap-up.

        Return whether that changed anything. Raises NotPossibleNow where they are offline.
        """
        presence = self.presences[operator_id]
        if presence.state is OperatorState.OFFLINE:
            raise NotPossibleNow(f"Operator {operator_id} is offline.")
        presence.missed_in_a_row = 0
        changed = presence.begin_pause(reason, now)
        if changed and presence.wanted_pause:
            self._facts.append(PauseWanted(at=now, operator_id=operator_id, reason=reason))
        self._settle(presence, now)
        return changed

    def resume(self, operator_id: str, now: datetime) -> bool:
        """The operator is ready again: ends a pause (also one that is yet to come), wrap-up, and not_responding.

        Return whether that changed anything.
        """
        presence = self.presences[operator_id]
        presence.missed_in_a_row = 0
        wanted = bool(presence.wanted_pause)
        if wanted:
            self._facts.append(PauseWanted(at=now, operator_id=operator_id, reason=""))
        presence.forget_pause()
        changed = presence.reason != OWN_CALL and presence.change(Cause.RESUMED, now)
        self._settle(presence, now)
        return changed or wanted

    def finish_wrap_up(self, operator_id: str, now: datetime) -> bool:
        """The operator's notes are done before their time is over; return whether they were in wrap-up."""
        presence = self.presences[operator_id]
        if presence.state is not OperatorState.WRAP_UP:
            return False
        presence.change(Cause.WRAP_UP_OVER, now)
        self._settle(presence, now)
        return True

    def more_wrap_up(self, operator_id: str, now: datetime) -> datetime | None:
        """Give an operator more time for notes, within the limit; return when it is over, None outside wrap-up."""
        presence = self.presences[operator_id]
        if presence.state is not OperatorState.WRAP_UP or presence.since is None:
            return None
        rules, due = self.verb_rules, presence.due_at or now
        limit = presence.since + timedelta(seconds=rules.wrap_up_limit_seconds)
        presence.due_at = max(due, min(due + timedelta(seconds=rules.wrap_up_extension_seconds), limit))
        self._facts.append(WrapUpExtended(at=now, operator_id=operator_id, until=presence.due_at))
        self._settle(presence, now)
        return presence.due_at

    # the phone's other calls

    def busy(self, operator_id: str, now: datetime) -> None:
        """The operator's phone has a call that is none of ours."""
        presence = self.presences.get(operator_id)
        if presence is not None and not presence.own_calls:
            presence.own_calls = True
            self._follow_own_calls(presence, now)
            self._settle(presence, now)

    def free(self, operator_id: str, now: datetime) -> None:
        """The operator's phone has no call of its own any more: they are what they were before it."""
        presence = self.presences.get(operator_id)
        if presence is not None and presence.own_calls:
            presence.own_calls = False
            self._follow_own_calls(presence, now)
            self._settle(presence, now)

    # what the service before this one knew

    def restore_log_in(self, operator_id: str, phone: str | None) -> None:
        """Take up where an operator worked, None for nowhere."""
        presence = self.presences.get(operator_id)
        if presence is None:
            return
        self._leave_seat(presence)
        presence.logged_in = phone is not None
        if phone is not None:
            presence.phone = phone
            self._seats[phone] = operator_id

    def restore_state(
        self,
        operator_id: str,
        state: OperatorState,
        reason: str,
        since: datetime,
        now: datetime,
        *,
        told: bool = False,
        until: datetime | None = None,
    ) -> None:
        """Take up the pause of an operator, wrap-up to its end, or that they did not respond: `Presence.restore`."""
        presence = self.presences.get(operator_id)
        if presence is not None and presence.logged_in and presence.state is OperatorState.OFFLINE:
            presence.restore(state, reason, since, now, told=told, until=until)
            self._settle(presence, now)

    def replace_verb_rules(self, rules: VerbRules) -> None:
        """Take other rules. A pause under way keeps the limit that it began with."""
        self.verb_rules = rules
        for presence in self.presences.values():
            presence.pause_limits = rules.pause_limits

    # private

    def _seat_everybody(self) -> None:
        """Seat each operator who has no seat at their own phone; those who log in by code are not logged in."""
        for operator_id, presence in self.presences.items():
            if not presence.phone:
                presence.pause_limits = self.verb_rules.pause_limits
                presence.phone = home_phone(operator_id)
                presence.logged_in = not self.is_by_code(operator_id)
                if presence.logged_in:
                    self._seats.setdefault(presence.phone, operator_id)
        for phone, operator_id in list(self._seats.items()):
            if operator_id not in self.presences:
                del self._seats[phone]

    def _leave_seat(self, presence: Presence) -> None:
        if self._seats.get(presence.phone) == presence.operator_id:
            del self._seats[presence.phone]

    def _follow_own_calls(self, presence: Presence, now: datetime) -> None:
        if presence.own_calls:
            presence.change(Cause.OWN_CALL_BEGAN, now, reason=OWN_CALL)
        elif presence.state is OperatorState.PAUSED and presence.reason == OWN_CALL:
            presence.change(Cause.OWN_CALL_ENDED, now)

    def _limit_over(self, presence: Presence, now: datetime) -> bool:
        """The limit of a state that does not end by itself is over; return whether it was such a state."""
        if presence.state is OperatorState.PAUSED and presence.pause:
            limit = presence.pause_limits.get(presence.pause, 0.0)
            self._facts.append(
                PauseLimitExceeded(at=now, operator_id=presence.operator_id, reason=presence.pause, limit_seconds=limit)
            )
            return True
        if presence.state is not OperatorState.OFFLINE:
            return False
        presence.forget_pause()
        away = presence.phone != home_phone(presence.operator_id)
        if presence.logged_in and (away or self.is_by_code(presence.operator_id)):
            self.log_out(presence.operator_id, now, by="phone_gone")
        return True
