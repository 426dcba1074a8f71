"""A queue's rules reach citizens who wait already: too long a wait, nobody on duty any more, closing time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from agi_scripts import overflow
from calls.events import (
    CallbackEnded,
    CallbackQueued,
    CallDequeued,
    CallQueued,
    MessageLeft,
    OfferEnded,
    RecordingStarted,
    TransferStarted,
)
from hotline.actors.scripts import WaitForCue
from hotline.actors.target_scenario import Answers
from tests.e2e.conftest import OpenTown
from tests.e2e.town import AT_ONCE, STRAIGHT, PressKey, WaitSeconds

NUMBER = "13900139001"
SHANGHAI = ZoneInfo("Asia/Shanghai")
RULES = {
    "closed": {"message": "please_wait"},
    "no_operator": {"hotline": "water"},
    "expected_wait": {"over_seconds": 170, "callback": True},
}


class Clock:
    """The service's clock, which a scenario can put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def stands_at(self, moment: datetime) -> None:
        self.ahead = moment - datetime.now(UTC)


async def test_rules_hold_while_a_citizen_waits(town: OpenTown, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr("hotline.service.utc_now", clock)
    monkeypatch.setattr(overflow, "FORECAST_SECONDS", 0.2)
    closing = (clock() + timedelta(minutes=4)).replace(second=0, microsecond=0)
    opening, end = ((closing - timedelta(hours=h)).astimezone(SHANGHAI) for h in (8, 0))
    opened = town(
        numbers={NUMBER: Answers(after_seconds=0.1)},
        changes={
            "hours": {"shift": {"every_day": [f"{opening:%H:%M}-{end:%H:%M}"]}},
            "limits": {"missed_in_a_row": 1, "ring_seconds": 3},
        },
        queues={"general": {"hours": "shift", "overflow": RULES}},
    )
    async with opened as place:
        # two operators talk: half of a conversation is to be waited for; one of them goes home after it
        phone = await place.phone("1001")
        first = await place.talking("1001")
        await place.phone("1003")
        second = await place.talking("1003")
        steps = (WaitForCue(20), WaitSeconds(0.8), PressKey("1"))
        citizen = await place.citizen(*steps, dialled=STRAIGHT, ani=NUMBER)
        queued = await place.happened(CallQueued, count=3)
        await place.until(lambda: place.service.room.position(queued.call_id) == 1, "they wait")
        assert place.service.room.log_out("1003", by="api")
        await citizen.cue()
        asked = await place.happened(CallbackQueued)
        assert (asked.call_id, asked.queued_at) == (queued.call_id, queued.at)
        assert (await place.ended(queued.call_id)).outcome == "callback"
        for talk in (second, first):
            await talk.citizen.hang_up()
            await place.ended(talk.call_id)
        await place.picks_up("1001")
        await place.happened(CallbackEnded)
        await phone.hangup()

        # the operator does not respond: who was rung there, and who waits behind, hear of it at once
        missed = [await place.waiting() for _ in range(2)]
        await place.rings("1001")
        for _, call_id in missed:
            await place.happened(TransferStarted, lambda e, c=call_id: (e.call_id, e.target_id) == (c, "water"))  # type: ignore[misc]
            (offer,), (sent,) = place.all(OfferEnded), place.of_call(call_id, CallDequeued)
            assert (offer.outcome, sent.rule) == ("missed", "no_operator")
            assert (sent.at - offer.at).total_seconds() < AT_ONCE, "told, not looked for"
        for citizen, call_id in missed:
            await citizen.hang_up()
            await place.ended(call_id)

        # closing time
        assert place.service.room.resume("1001")
        talk = await place.talking("1001")
        clock.stands_at(closing - timedelta(seconds=3))
        late, late_id = await place.waiting()
        await place.happened(RecordingStarted, lambda e: e.call_id == late_id and e.party == "message")
        (sent,) = place.of_call(late_id, CallDequeued)
        assert sent.rule == "closed"
        assert 0 <= (sent.at - closing).total_seconds() < AT_ONCE, "a timer, to the moment"
        await place.talk(2)
        await late.hang_up()
        assert (await place.happened(MessageLeft)).call_id == late_id
        await place.ended(late_id)
        await phone.hangup()
        await place.ended(talk.call_id)
