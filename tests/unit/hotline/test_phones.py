"""Registrations decide who can be rung."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from acd.dispatcher import Dispatcher
from acd.waiting_room import WaitingRoom
from hotline.phones import PhoneWatch


@pytest.fixture
def room() -> WaitingRoom:
    operators = {"1001": {"zh": 1}, "1002": {"zh": 1}}
    return WaitingRoom(Dispatcher(operators), lambda event: None, lambda: datetime.now(UTC))


def state(room: WaitingRoom, operator_id: str) -> str:
    presence = room.presence(operator_id)
    assert presence is not None
    return str(presence.state)


async def test_new_registration_before_the_old_ones_end(room: WaitingRoom) -> None:
    phones = PhoneWatch(room)
    phones.contact_changed("op1001", "sip:a", "Created")
    phones.contact_changed("op1001", "sip:b", "Created")
    phones.contact_changed("op1001", "sip:a", "Removed")
    assert state(room, "1001") == "available"
    phones.contact_changed("op1001", "sip:b", "Unreachable")
    assert state(room, "1001") == "offline"
    phones.contact_changed("op1001", "sip:b", "Reachable")
    assert state(room, "1001") == "available"


async def test_resync_counts_again(room: WaitingRoom) -> None:
    phones = PhoneWatch(room)
    phones.resync([("op1001", "sip:a", "Reachable")])
    assert (state(room, "1001"), state(room, "1002")) == ("available", "offline")
    phones.resync([("op1002", "sip:c", "NonQualified")])
    assert (state(room, "1001"), state(room, "1002")) == ("offline", "available")


async def test_phone_with_a_fixed_address_is_always_worth_trying(room: WaitingRoom) -> None:
    phones = PhoneWatch(room, fixed=["op1002"])
    phones.resync([])
    assert (state(room, "1001"), state(room, "1002")) == ("offline", "available")


@pytest.mark.parametrize("aor", ["", "op", "opx", "trunk-carrier", "1001", "op9999"])
def test_others_are_passed_over(room: WaitingRoom, aor: str) -> None:
    phones = PhoneWatch(room)
    phones.contact_changed(aor, "sip:a", "Reachable")
    phones.resync([(aor, "sip:a", "Reachable")])
    assert state(room, "1001") == "offline"
