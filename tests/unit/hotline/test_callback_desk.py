"""The desk that calls citizens back: one order to dial for each attempt, operators who lose nothing, bounds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from acd.callback_policy import CallbackPolicy
from acd.dispatcher import Dispatcher
from acd.model import CallQueue
from acd.routing import WaitingCall
from acd.waiting_room import WaitingRoom
from calls.errors import ActionTimedOut
from calls.events import (
    CallbackAttempted,
    CallbackDialled,
    CallbackEnded,
    CallbackQueued,
    CallbackSource,
    CallEnded,
    CallOutcome,
    DutyDone,
    EndedBy,
    Event,
)
from calls.legs import LegEnded
from calls.model import Call
from hotline.callbacks import CallbackDesk
from ivr.model import Calendar

NUMBER = "13800138000"
POLICY = CallbackPolicy(trunk="carrier", most=3, per_number_a_day=2, retry_minutes=60)


class FakeLink:
    """Takes orders to dial, and answers none where `silent`."""

    def __init__(self) -> None:
        self.dialled: list[str] = []
        self.hung_up: list[str] = []
        self.silent = False

    async def originate(self, channel: str, *, channel_id: str, **_: Any) -> None:
        self.dialled.append(channel_id)
        if self.silent:
            raise ActionTimedOut

    async def hangup(self, channel: str, cause: int | None = None) -> bool:
        self.hung_up.append(channel)
        return True


class Desk:
    """A desk with an operator, and a journal that it writes to."""

    def __init__(self, policy: CallbackPolicy = POLICY) -> None:
        self.events: list[Event] = []
        self.link = FakeLink()
        self.room = WaitingRoom(Dispatcher({"1001": {"zh": 5}}), self.record, self.now)
        definitions = SimpleNamespace(
            callbacks=policy,
            queues={"general": CallQueue(queue_id="general", name={"zh": "综合"}, skills={"zh": 1})},
            lines={"13700137000": None},
            hours={},
            zone=ZoneInfo("Asia/Shanghai"),
            calendar=Calendar(),
        )
        office = SimpleNamespace(room=self.room, record=self.record, clock=self.now, definitions=definitions)
        self.desk = CallbackDesk(office, self.link, self.flush)  # type: ignore[arg-type]
        self.desk.resync(())

    def now(self) -> datetime:
        return datetime.now(UTC)

    def record(self, event: Event) -> None:
        self.events.append(event)
        self.desk.on_event(event)

    async def flush(self) -> None:
        assert isinstance(self.events[-1], CallbackDialled), "on the disk before anybody is dialled"

    def asks(
        self,
        number: str = NUMBER,
        call_id: str = "h-1.1",
        queued_at: datetime | None = None,
        *,
        hangs_up: bool = True,
    ) -> bool:
        call = Call(call_id, "case", number, "12345", "citizen", "zh", self.now(), queued_at=queued_at)
        noted = self.desk.note(call, number, "general", CallbackSource.QUEUE, self.now() + timedelta(hours=4))
        if hangs_up:
            self.hangs_up(call_id)
        return noted

    def hangs_up(self, call_id: str) -> None:
        ended = {"outcome": CallOutcome.CALLBACK, "ended_by": EndedBy.CALLER}
        self.desk.on_event(CallEnded(at=self.now(), call_id=call_id, **ended))

    def of(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    async def happened(self, kind: type[Event], count: int = 1) -> Any:
        async with asyncio.timeout(10):
            while len(self.of(kind)) < count:  # noqa: ASYNC110 -- tasks take their turns
                await asyncio.sleep(0)
        return self.of(kind)[count - 1]

    def leg_ended(self, call_id: str, cause: int) -> None:
        self.desk.hear(LegEnded(at=self.now(), call_id=call_id, leg_id=call_id, channel="PJSIP/x", hangup_cause=cause))

    def state(self) -> Mapping[str, Any]:
        presence = self.room.presence("1001")
        assert presence is not None
        return {"state": str(presence.state), "missed": presence.missed_in_a_row}


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    made = Desk()
    yield made
    await made.desk.close()
    made.room.close()


FREE = {"state": "available", "missed": 0}


async def test_an_order_whose_answer_is_lost_is_not_given_again(desk: Desk) -> None:
    desk.link.silent = True
    desk.room.phone_reachable("1001")
    assert desk.asks()
    dialled = await desk.happened(CallbackDialled)
    async with asyncio.timeout(10):
        while desk.state() != FREE:  # noqa: ASYNC110 -- nobody is kept for a call that may not exist
            await asyncio.sleep(0)
    assert not desk.of(CallbackAttempted), "it may ring: nothing else happens until that is known"
    desk.leg_ended(dialled.placed_call_id, 17)
    over = await desk.happened(CallbackAttempted)
    assert (over.outcome, over.retry_at is not None) == ("busy", True)
    assert desk.link.dialled == [dialled.placed_call_id]


async def test_nobody_is_rung_who_is_still_on_the_line(desk: Desk) -> None:
    desk.room.phone_reachable("1001")
    assert desk.asks(hangs_up=False)
    for _ in range(50):
        await asyncio.sleep(0)
    assert desk.state() == FREE
    desk.hangs_up("h-1.1")
    await desk.happened(CallbackDialled)


async def test_who_calls_meanwhile_takes_the_place_and_is_not_rung_any_more(desk: Desk) -> None:
    desk.room.phone_reachable("1001")
    queued_at = desk.now() - timedelta(minutes=5)
    assert desk.asks(queued_at=queued_at)
    dialled = await desk.happened(CallbackDialled)
    assert desk.state()["state"] == "ringing"
    call = Call("h-1.9", "case", "+86" + NUMBER, "12345", "citizen", "zh", desk.now())
    assert desk.desk.take_place(call) == queued_at
    assert desk.desk.take_place(call) is None
    assert [event.outcome for event in desk.of(CallbackAttempted)] == ["withdrawn"]
    assert [(event.outcome, event.by_call_id) for event in desk.of(CallbackEnded)] == [("caller_called", "h-1.9")]
    async with asyncio.timeout(10):
        while desk.link.hung_up != [dialled.placed_call_id] or desk.state() != FREE:  # noqa: ASYNC110
            await asyncio.sleep(0)
    assert desk.desk.placed(dialled.placed_call_id) is None, "whoever still picks up finds nobody waiting"


async def test_an_entry_waits_by_its_clock_among_live_calls(desk: Desk) -> None:
    began = desk.now()
    order: list[str] = []

    async def live(call_id: str, seconds_ago: float) -> None:
        queued_at = began - timedelta(seconds=seconds_ago)
        offer = await desk.room.operator_for(WaitingCall(call_id, "general", {}, 0, queued_at), 5)
        assert offer is not None
        order.append(call_id)
        desk.room.answered(offer)
        desk.room.conversation_ended(offer, 0)

    assert desk.asks(queued_at=began - timedelta(seconds=20))
    callers = [asyncio.create_task(live(f"live-{seconds}", seconds)) for seconds in (10, 30)]
    async with asyncio.timeout(10):
        while desk.room.waiting_in("general") < 3:  # noqa: ASYNC110 -- tasks take their turns
            await asyncio.sleep(0)
    desk.room.phone_reachable("1001")
    await desk.happened(CallbackDialled)
    assert order == ["live-30"], "the older live caller first, the younger one not yet"
    desk.leg_ended(desk.link.dialled[0], 19)
    await asyncio.gather(*callers)
    assert order == ["live-30", "live-10"]
    assert desk.state()["missed"] == 0


async def test_bounds(desk: Desk) -> None:
    assert not desk.asks("13700137000"), "our own line is never dialled"
    assert desk.asks()
    assert desk.asks(call_id="h-1.2"), "they wait already"
    assert len(desk.of(CallbackQueued)) == 1
    assert desk.asks("13800138001", "h-1.3")
    assert desk.asks("13800138002", "h-1.4")
    assert not desk.asks("13800138003", "h-1.5"), "no more than the city says"
    done = desk.of(CallbackQueued)[0]
    desk.record(DutyDone(at=desk.now(), call_id=done.call_id, duty_id=done.callback_id, by="1001"))
    assert [event.outcome for event in desk.of(CallbackEnded)] == ["withdrawn"]
    assert desk.asks(call_id="h-1.6")
    done = desk.of(CallbackQueued)[-1]
    desk.record(DutyDone(at=desk.now(), call_id=done.call_id, duty_id=done.callback_id, by="1001"))
    assert not desk.asks(call_id="h-1.7"), "twice a day is enough for one number"
