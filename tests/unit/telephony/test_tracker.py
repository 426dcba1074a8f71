"""Asterisk's messages become facts of the right call."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from calls.errors import HotlineError
from calls.events import TransferDoor
from calls.legs import LegAnswered, LegEnded, LegFact, LegRang, LegsJoined, LegStarted, TransferAsked
from telephony.ami import messages as ami
from telephony.tracker import FEED_LIMIT, CallTracker, phone_of

T0 = datetime(2026, 1, 1, tzinfo=UTC)
LEG = {"channel": "PJSIP/op1001-00000002", "uniqueid": "h-2", "linkedid": "h-1"}


def hung_up(uniqueid: str, linkedid: str = "h-1") -> ami.ChannelHungUp:
    return ami.ChannelHungUp(T0, "PJSIP/x-1", uniqueid, linkedid, 16, "Normal Clearing")


def dial(kind: type[ami.DialStateChanged] | type[ami.DialEnded], status: str) -> ami.DialStateChanged | ami.DialEnded:
    return kind(T0, "h-1", "h-1", "PJSIP/op1001-00000002", "h-2", "h-1", status)


async def facts_of(*messages: ami.Message) -> list[LegFact]:
    tracker = CallTracker(lambda: T0)
    with tracker.follow("h-1") as feed:
        for message in messages:
            tracker.handle(message)
        tracker.handle(hung_up("h-1"))
        found = []
        while not found or found[-1].leg_id != "h-1":
            found.append(await feed.next())
        assert feed.caller_ended is found[-1]
        return found[:-1]


async def test_a_leg_from_dialling_to_its_end() -> None:
    facts = await facts_of(
        ami.DialBegun(T0, "h-1", "h-1", "PJSIP/op1001-00000002", "h-2", "h-1", "op1001"),
        dial(ami.DialStateChanged, "RINGING"),
        dial(ami.DialStateChanged, "PROGRESS"),
        dial(ami.DialEnded, "ANSWER"),
        hung_up("h-2"),
    )
    assert [type(f) for f in facts] == [LegStarted, LegRang, LegAnswered, LegEnded]
    assert {f.leg_id for f in facts} == {"h-2"}


async def test_other_calls_and_unanswered_ends_are_not_heard() -> None:
    assert await facts_of(dial(ami.DialEnded, "BUSY"), hung_up("z-2", "z-1")) == []


async def test_transfer_key_names_the_operator_who_pressed_it() -> None:
    raised = ami.UserEventRaised(T0, "HotlineTransfer", LEG["channel"], "h-2", "h-1", {"target": "gas"})
    (fact,) = await facts_of(raised)
    assert isinstance(fact, TransferAsked)
    assert (fact.target_id, fact.initiator, fact.door) == ("gas", "1001", TransferDoor.OPERATOR_KEY)


@pytest.mark.parametrize(("first", "second", "linkedid"), [("h-2", "c-1", "h-1"), ("c-1", "h-2", "c-1")])
async def test_whichever_line_a_phone_sends_to_the_other_its_leg_is_told(
    first: str, second: str, linkedid: str
) -> None:
    _, fact = await facts_of(
        ami.DialBegun(T0, "h-1", "h-1", "PJSIP/op1001-00000002", "h-2", "h-1", "op1001"),
        ami.AttendedTransferred(T0, "Success", first, second, linkedid, None, None, "b-1", "Bridge"),
    )
    assert isinstance(fact, LegsJoined)
    assert fact.leg_id == "h-2"


async def test_foreign_user_events_are_passed_over() -> None:
    assert await facts_of(ami.UserEventRaised(T0, "Other", LEG["channel"], "h-2", "h-1", {})) == []
    assert await facts_of(ami.UserEventRaised(T0, "HotlineTransfer", None, None, None, {})) == []


def test_a_call_has_one_owner() -> None:
    tracker = CallTracker(lambda: T0)
    with tracker.follow("h-1"), pytest.raises(HotlineError, match="already has an owner"), tracker.follow("h-1"):
        pass
    assert not tracker.follows("h-1")


def test_an_end_that_nobody_follows_is_told() -> None:
    tracker, ends = CallTracker(lambda: T0), []
    tracker.on_unowned = ends.append
    tracker.handle(hung_up("h-1"))
    assert [e.leg_id for e in ends] == ["h-1"]


def test_a_feed_is_bounded() -> None:
    tracker = CallTracker(lambda: T0)
    with tracker.follow("h-1") as feed:
        for _ in range(FEED_LIMIT + 5):
            tracker.handle(hung_up("h-9"))
        assert feed.dropped == 5


@pytest.mark.parametrize(
    ("channel", "phone"),
    [
        ("PJSIP/op1001-0000001f", "op1001"),
        ("PJSIP/desk7-0000001f", "desk7"),
        ("PJSIP/trunk-carrier-0000001f", None),
        ("PJSIP/opera-0000001f", None),
        ("Local/op1001-1", None),
        ("", None),
    ],
)
def test_which_phone_a_channel_is_of(channel: str, phone: str | None) -> None:
    assert phone_of(channel) == phone
