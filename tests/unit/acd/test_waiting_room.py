"""Coroutines that wait for an operator, in a real event loop."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from acd.dispatcher import Dispatcher
from acd.routing import WaitingCall
from acd.waiting_room import WaitingRoom
from calls.events import Event, OfferOutcome, OperatorState, OperatorStateChanged


def utc_now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def recorded() -> list[Event]:
    return []


@pytest.fixture
def room(recorded: list[Event]) -> WaitingRoom:
    return WaitingRoom(Dispatcher({"1001": {"zh": 5}}), recorded.append, utc_now)


def waiting(call_id: str) -> WaitingCall:
    return WaitingCall(call_id, "citizen", {"zh": 1}, 0, utc_now())


def states(recorded: list[Event]) -> list[OperatorState]:
    return [event.state for event in recorded if isinstance(event, OperatorStateChanged)]


async def test_operator_comes_as_soon_as_the_phone_does(room: WaitingRoom, recorded: list[Event]) -> None:
    task = asyncio.create_task(room.operator_for(waiting("a"), 5))
    await asyncio.sleep(0)
    room.phone_reachable("1001")
    offer = await task
    assert offer is not None
    assert offer.operator_id == "1001"
    room.answered(offer)
    room.conversation_ended(offer, 0)
    room.close()
    assert states(recorded) == ["available", "ringing", "talking", "wrap_up", "available"]


async def test_nobody_in_time(room: WaitingRoom) -> None:
    assert await room.operator_for(waiting("a"), 0.01) is None
    assert room.position("a") is None


async def test_caller_who_leaves_frees_the_operator_assigned_at_that_moment(room: WaitingRoom) -> None:
    task = asyncio.create_task(room.operator_for(waiting("a"), 5))
    await asyncio.sleep(0)
    room.phone_reachable("1001")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    presence = room.presence("1001")
    assert presence is not None
    assert presence.state is OperatorState.AVAILABLE
    room.close()


async def test_wrap_up_ends_without_anybody_asking(room: WaitingRoom) -> None:
    room.phone_reachable("1001")
    offer = await room.operator_for(waiting("a"), 5)
    assert offer is not None
    room.answered(offer)
    room.conversation_ended(offer, 0.02)
    following = await room.operator_for(waiting("b"), 5)
    assert following is not None
    room.offer_ended(following, OfferOutcome.MISSED)
    room.close()
