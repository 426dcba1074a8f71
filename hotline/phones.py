"""Which operators' phones can be rung: from their registrations at Asterisk to the waiting room."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from acd.waiting_room import WaitingRoom
from telephony.tracker import PHONE_PREFIX

GONE = frozenset({"Removed", "Unreachable", "Unavail"})
"""Words of Asterisk for a contact that can't be rung; with any other it is worth trying."""


class PhoneWatch:
    """Keeps the contacts of each phone. A new registration may be told of before the old one's end."""

    def __init__(self, room: WaitingRoom, fixed: Collection[str] = ()) -> None:
        """`fixed` are the operators whose phones don't register: always worth trying, Asterisk lists none of them."""
        self._room = room
        self._fixed = frozenset(fixed)
        self._contacts: dict[str, set[str]] = {}

    def replace_fixed(self, fixed: Collection[str]) -> None:
        """Take other phones that don't register."""
        changed, self._fixed = self._fixed ^ frozenset(fixed), frozenset(fixed)
        for operator_id in changed:
            if self._room.presence(operator_id) is not None:
                self._tell(operator_id)

    def contact_changed(self, aor: str, uri: str, status: str) -> None:
        """Take in one change of one contact."""
        operator_id = _operator_of(aor)
        if operator_id is None or self._room.presence(operator_id) is None:
            return
        contacts = self._contacts.setdefault(operator_id, set())
        if status in GONE:
            contacts.discard(uri)
        else:
            contacts.add(uri)
        self._tell(operator_id)

    def resync(self, contacts: Iterable[tuple[str, str, str]]) -> None:
        """Take in all contacts there are, as (aor, uri, status); phones that are not named are gone."""
        known, self._contacts = self._contacts, {}
        for aor, uri, status in contacts:
            operator_id = _operator_of(aor)
            if operator_id is not None and status not in GONE:
                self._contacts.setdefault(operator_id, set()).add(uri)
        for operator_id in {*known, *self._contacts, *self._fixed}:
            if self._room.presence(operator_id) is not None:
                self._tell(operator_id)

    def _tell(self, operator_id: str) -> None:
        if operator_id in self._fixed or self._contacts.get(operator_id):
            self._room.phone_reachable(operator_id)
        else:
            self._room.phone_gone(operator_id)


def _operator_of(aor: str) -> str | None:
    """Return the operator of an address of record such as op1001."""
    operator_id = aor.removeprefix(PHONE_PREFIX)
    return operator_id if aor.startswith(PHONE_PREFIX) and operator_id.isdigit() else None
