"""Which phones can be rung, and who works at them: from registrations at Asterisk to the waiting room."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

import structlog

from acd.waiting_room import WaitingRoom
from calls.errors import NotPossibleNow
from calls.phones import home_operator, is_phone

log = structlog.get_logger(__name__)

GONE = frozenset({"Removed", "Unreachable", "Unavail"})
"""Words of Asterisk for a contact that can't be rung; with any other it is worth trying."""


class PhoneWatch:
    """Keeps the contacts of each phone. A new registration may be told of before the old one's end."""

    def __init__(
        self, room: WaitingRoom, fixed: Collection[str] = (), own_calls: Callable[[str], bool] = lambda _: False
    ) -> None:
        """`fixed` are the phones that don't register: always worth trying, Asterisk lists none of them.

        `own_calls` tells whether a phone has a call that is none of ours.
        """
        self._room = room
        self._fixed = frozenset(fixed)
        self._contacts: dict[str, set[str]] = {}
        self._own_calls = own_calls

    def reachable(self, phone: str) -> bool:
        """Return whether a phone can be rung."""
        return phone in self._fixed or bool(self._contacts.get(phone))

    def has_own_calls(self, phone: str) -> bool:
        """Return whether a phone has a call that is none of ours."""
        return self._own_calls(phone)

    def own_calls_changed(self, phone: str, busy: bool) -> None:
        """A phone's first own call began, or its last one ended."""
        operator_id = self._room.operator_at(phone)
        if operator_id is None:
            return
        if busy:
            self._room.busy(operator_id)
        else:
            self._room.free(operator_id)

    def replace_fixed(self, fixed: Collection[str]) -> None:
        """Take other phones that don't register."""
        changed, self._fixed = self._fixed ^ frozenset(fixed), frozenset(fixed)
        for phone in changed:
            self._tell(phone, fresh=self.reachable(phone))

    def contact_changed(self, aor: str, uri: str, status: str) -> None:
        """Take in one change of one contact."""
        if not is_phone(aor):
            return
        before = self.reachable(aor)
        contacts = self._contacts.setdefault(aor, set())
        if status in GONE:
            contacts.discard(uri)
        else:
            contacts.add(uri)
        self._tell(aor, fresh=not before and self.reachable(aor))

    def resync(self, contacts: Iterable[tuple[str, str, str]]) -> None:
        """Take in all contacts there are, as (aor, uri, status); phones that are not named are gone."""
        known, self._contacts = self._contacts, {}
        for aor, uri, status in contacts:
            if is_phone(aor) and status not in GONE:
                self._contacts.setdefault(aor, set()).add(uri)
        for phone in {*known, *self._contacts, *self._fixed, *self._room.phones_in_use()}:
            self._tell(phone, fresh=False)
        self._room.phones_are_known()

    def _tell(self, phone: str, *, fresh: bool) -> None:
        operator_id = self._room.operator_at(phone)
        if operator_id is None:
            if fresh:
                self._log_in_at_home(phone)
        elif self.reachable(phone):
            self._room.phone_reachable(operator_id)
        else:
            self._room.phone_gone(operator_id)

    def _log_in_at_home(self, phone: str) -> None:
        """An operator's own phone came up where nobody works: it logs them in, unless they work elsewhere."""
        operator_id = home_operator(phone)
        presence = self._room.presence(operator_id) if operator_id is not None else None
        if operator_id is None or presence is None or self._room.is_by_code(operator_id):
            return
        if presence.logged_in and self.reachable(presence.phone):
            return
        try:
            self._room.log_in(operator_id, phone, by="phone", own_calls=self._own_calls(phone))
        except NotPossibleNow as error:
            log.info("not_logged_in_by_phone", operator_id=operator_id, reason=str(error))
