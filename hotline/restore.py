"""What the service before this one knew of operators: where they work, who pauses or will, who does not respond."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog

from acd.operator_memory import OperatorMemory
from acd.presence import KEPT_SECONDS, PASSING_REASONS
from acd.waiting_room import WaitingRoom
from calls.errors import NotPossibleNow
from calls.events import OperatorLoggedIn, OperatorLoggedOut, OperatorState
from calls.phones import home_phone
from calls.ports import Record
from storage.queries import Queries

log = structlog.get_logger(__name__)

_KEPT = (OperatorState.PAUSED, OperatorState.NOT_RESPONDING)


async def restore_operators(
    queries: Queries,
    room: WaitingRoom,
    record: Record,
    alive_at: datetime | None,
    now: datetime,
    memory: OperatorMemory | None = None,
) -> dict[str, str]:
    """Take up log-ins, pauses, wrap-up and not_responding, unless the service was away for longer than a phone may be.

    `alive_at` is when it was last known to run, `memory` knows the events until then. Phones are looked at afterwards:
    who has none is offline. Returns the pauses to come, for `renew_pauses` once it is known who talks.
    """
    wanted = dict(memory.wanted_pauses) if memory is not None else {}
    wrap_ups = dict(memory.wrap_ups) if memory is not None else {}
    fresh = alive_at is not None and now - alive_at <= timedelta(seconds=KEPT_SECONDS)
    for seat in await queries.operator_seats():
        operator_id, phone = seat["operator_id"], seat["phone"]
        if room.presence(operator_id) is None:
            continue
        if fresh:
            room.restore_log_in(operator_id, phone)
        elif room.is_by_code(operator_id) and phone is not None:
            record(OperatorLoggedOut(at=now, operator_id=operator_id, by="service_away"))
        elif not room.is_by_code(operator_id) and phone != home_phone(operator_id):
            record(OperatorLoggedIn(at=now, operator_id=operator_id, phone=home_phone(operator_id), by="phone"))
    if not fresh:
        return {}
    for row in await queries.operators_now():
        state, until = OperatorState(row["state"]), wrap_ups.get(row["operator_id"])
        if state is OperatorState.WRAP_UP and until is not None and until > now:
            room.restore_state(row["operator_id"], state, row["reason"], row["started_at"], until=until)
        elif state in _KEPT and (state is not OperatorState.PAUSED or row["reason"] not in PASSING_REASONS):
            told = row["over_limit_at"] is not None
            room.restore_state(row["operator_id"], state, row["reason"], row["started_at"], told=told)
            log.info("operator_state_restored", operator_id=row["operator_id"], state=str(state), reason=row["reason"])
    return wanted


def renew_pauses(room: WaitingRoom, wanted: Mapping[str, str]) -> None:
    """Let each of these operators pause: at once, or after the call that they have. Who is offline forgot it."""
    for operator_id, reason in wanted.items():
        if room.presence(operator_id) is not None:
            with contextlib.suppress(NotPossibleNow):
                room.pause(operator_id, reason)
