"""What an operator may ask for, from a phone, the API or the command line: checked by the city's rules, then done."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import structlog

from acd.pins import PinGuard, is_pin
from acd.waiting_room import WaitingRoom
from calls.errors import HotlineError, NotFound, NotPossibleNow
from calls.phones import home_phone
from calls.ports import Clock

log = structlog.get_logger(__name__)

DEFAULT_REASON = "break"
"""Reason of a pause where the city names none."""


class WrongPin(HotlineError):
    """The number or the PIN is wrong."""

    error_id = "wrong_pin"


class PinRefused(HotlineError):
    """Too many wrong tries from this phone. It is refused for a while."""

    error_id = "pin_refused"


class PhoneFacts(Protocol):
    """What is known of phones."""

    def reachable(self, phone: str) -> bool:
        """Return whether the phone can be rung."""
        ...

    def has_own_calls(self, phone: str) -> bool:
        """Return whether the phone has a call that is none of ours."""
        ...


@dataclass(frozen=True, slots=True)
class DeskRules:
    """What the city's configuration says of operators at their phones."""

    phones: frozenset[str] = frozenset()
    "Names of all phones: op1001, desk7."
    pins: Mapping[str, str] = field(default_factory=dict, repr=False)
    "Operator to PIN, hashed or plain; who has none can't log in by code."
    pause_reasons: Mapping[str, str] = field(default_factory=dict)
    "Reason to its key on the phone."


class OperatorDesk:
    """The verbs, each with who asked. Raises NotFound, NotPossibleNow and the errors above."""

    def __init__(self, room: WaitingRoom, phones: PhoneFacts, rules: DeskRules, clock: Clock) -> None:
        self.room = room
        self.rules = rules
        self._phones = phones
        self._now = clock
        self._guard = PinGuard()

    async def log_in_with_pin(self, operator_id: str, pin: str, phone: str) -> bool:
        """Log in at this phone with number and PIN. They count as busy until `free_after_code`."""
        if self._guard.is_refused(phone, self._now()):
            raise PinRefused
        right = await asyncio.to_thread(is_pin, self.rules.pins.get(operator_id), pin)
        wrong = self._guard.tried(phone, self._now(), right=right)
        if not right:
            log.warning("wrong_pin", phone=phone, wrong_in_a_row=wrong)
            raise WrongPin
        return self.room.log_in(operator_id, phone, by="code", own_calls=True)

    def free_after_code(self, phone: str) -> None:
        """The call in which somebody logged in at this phone is over."""
        operator_id = self.room.operator_at(phone)
        if operator_id is not None and not self._phones.has_own_calls(phone):
            self.room.free(operator_id)

    def log_in(self, operator_id: str, phone: str | None, *, by: str) -> bool:
        """Log an operator in at a phone, their own where none is named."""
        phone = phone or home_phone(operator_id)
        if phone not in self.rules.phones:
            raise NotFound(f"There is no phone {phone!r}.")
        return self.room.log_in(
            operator_id,
            phone,
            by=by,
            reachable=self._phones.reachable(phone),
            own_calls=self._phones.has_own_calls(phone),
        )

    def log_out(self, operator_id: str, *, by: str) -> bool:
        """Log an operator out; a call goes on to its end."""
        return self.room.log_out(operator_id, by=by)

    def pause(self, operator_id: str, reason: str | None = None) -> bool:
        """Pause for one of the city's reasons, the first one where none is given."""
        return self.room.pause(operator_id, self._reason(reason))

    def resume(self, operator_id: str) -> bool:
        """End a pause, wrap-up or not_responding."""
        return self.room.resume(operator_id)

    def finish_wrap_up(self, operator_id: str) -> bool:
        """End wrap-up before its time."""
        if not self.room.finish_wrap_up(operator_id):
            raise NotPossibleNow(f"Operator {operator_id} is not in wrap-up.")
        return True

    def extend_wrap_up(self, operator_id: str) -> datetime:
        """Give more time for notes; return when it is over."""
        until = self.room.extend_wrap_up(operator_id)
        if until is None:
            raise NotPossibleNow(f"Operator {operator_id} is not in wrap-up.")
        return until

    def reason_of_key(self, key: str) -> str | None:
        """Return the reason behind a key, the first one for no key; None for a key without one."""
        if not key:
            return self._reason(None)
        return next((reason for reason, own in self.rules.pause_reasons.items() if own == key), None)

    def _reason(self, reason: str | None) -> str:
        known = self.rules.pause_reasons
        if not reason:
            return next(iter(known), DEFAULT_REASON)
        if reason not in known and not (reason == DEFAULT_REASON and not known):
            names = ", ".join(known) or DEFAULT_REASON
            raise NotFound(f"There is no pause reason {reason!r}; there is {names}.")
        return reason
