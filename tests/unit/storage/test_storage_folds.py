"""The folds: what each table says after which events, orderly ones and others."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from calls import events as e
from storage.projections.projector import Loaded, Projector
from storage.projections.state import Row

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Tables:
    """Rows by table and key, as a database would have them."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[tuple[Any, ...], Row]] = {}
        self._projector = Projector()
        self._seq = 0

    def take(self, *events: e.Event) -> Tables:
        self._projector.load(self._projector.missing(events), Loaded())
        for event in events:
            self._seq += 1
            for table, key, row in self._projector.apply(self._seq, event):
                self.rows.setdefault(table, {})[key] = row.copy()
        return self

    def only(self, table: str) -> Row:
        [row] = self.rows[table].values()
        return row


def at(seconds: float) -> dict[str, Any]:
    return {"at": NOON + timedelta(seconds=seconds), "call_id": "c"}


STARTED = e.CallStarted(**at(0), case_id="C1", ani="139", dnis="12345", line_id="main", language="zh")
QUEUED = e.CallQueued(**at(10), queue_id="general", skills={})
OFFER: dict[str, Any] = {"offer_id": "o1", "operator_id": "1001"}
OFFERED = e.OperatorOffered(**at(12), **OFFER, queue_id="general")
ANSWERED = e.OperatorAnswered(**at(15), **OFFER, ring_seconds=3.0)
TALKED = e.ConversationEnded(**at(60), **OFFER, talk_seconds=45.0, ended_by=e.EndedBy.OPERATOR)
ENDED = e.CallEnded(**at(61), outcome=e.CallOutcome.ANSWERED, ended_by=e.EndedBy.OPERATOR, hangup_cause=16)
TO_GAS = e.TransferStarted(
    **at(20), transfer_id="t1", door=e.TransferDoor.MENU_KEY, initiator="caller", target_id="gas", number="96777",
    trunk="city",
)  # fmt: skip


def test_an_answered_call() -> None:
    call = Tables().take(STARTED, QUEUED, OFFERED, ANSWERED, TALKED, ENDED).only("calls")
    assert (call["wait_seconds"], call["ring_seconds"], call["talk_seconds"]) == (5.0, 3.0, 45.0)
    assert (call["outcome"], call["ended_by"], call["operator_id"]) == ("answered", "operator", "1001")
    assert (call["stage"], call["offers"], call["incomplete"]) == ("ended", 1, False)


@pytest.mark.parametrize(
    ("events", "stage"),
    [
        ((STARTED,), "in_menu"),
        ((STARTED, QUEUED), "queued"),
        ((STARTED, QUEUED, OFFERED), "ringing"),
        ((STARTED, QUEUED, OFFERED, e.OfferEnded(
            **at(27), **OFFER, outcome=e.OfferOutcome.MISSED, ring_seconds=15.0)), "queued"),
        ((STARTED, QUEUED, OFFERED, ANSWERED), "talking"),
        ((STARTED, QUEUED, e.CallDequeued(**at(20), queue_id="general", reason="transferred")), "transferring"),
        ((STARTED, TO_GAS), "transferring"),
        ((STARTED, TO_GAS, e.TransferReturned(**at(30), transfer_id="t1", returned_to="queue:general")), "queued"),
        ((STARTED, TO_GAS, e.TransferReturned(**at(30), transfer_id="t1", returned_to="1001")), "ringing"),
        ((STARTED, e.CallResumed(**at(3), stage="queued")), "queued"),
        ((STARTED, e.CallResumed(**at(3), stage="unheard-of")), "in_menu"),
        ((STARTED, ENDED, QUEUED, OFFERED, ANSWERED), "ended"),
    ],
)  # fmt: skip
def test_stages(events: tuple[e.Event, ...], stage: str) -> None:
    assert Tables().take(*events).only("calls")["stage"] == stage


def test_the_wait_of_a_caller_who_left() -> None:
    left = e.CallDequeued(**at(40), queue_id="general", reason="caller_left")
    gone = e.CallEnded(**at(41), outcome=e.CallOutcome.ABANDONED, ended_by=e.EndedBy.CALLER)
    call = Tables().take(STARTED, QUEUED, left, gone).only("calls")
    assert (call["wait_seconds"], call["outcome"], call["asked_for_person"]) == (30.0, "abandoned", True)


def test_a_call_that_came_back_keeps_its_clock() -> None:
    again = e.CallQueued(**at(100), queue_id="general", skills={}, queued_at=QUEUED.at)
    call = Tables().take(STARTED, QUEUED, again, e.OperatorAnswered(**at(110), **OFFER, ring_seconds=1.0)).only("calls")
    assert (call["queued_at"], call["wait_seconds"]) == (QUEUED.at, 100.0)


def test_who_asks_for_a_hotline_asks_for_a_person() -> None:
    assert not Tables().take(STARTED).only("calls")["asked_for_person"]
    assert Tables().take(STARTED, TO_GAS).only("calls")["asked_for_person"]


def test_a_call_without_its_beginning_is_incomplete_until_that_comes() -> None:
    tables = Tables().take(QUEUED)
    assert (tables.only("calls")["incomplete"], tables.only("calls")["started_at"]) == (True, QUEUED.at)
    tables.take(STARTED)
    assert (tables.only("calls")["incomplete"], tables.only("calls")["started_at"]) == (False, STARTED.at)
    assert tables.only("calls")["stage"] == "queued"


def test_the_first_outcome_stands_and_nothing_counts_twice() -> None:
    lost = e.CallEnded(**at(99), outcome=e.CallOutcome.LOST, ended_by=e.EndedBy.UNKNOWN)
    events = (STARTED, QUEUED, OFFERED, ANSWERED, TALKED, ENDED)
    once = Tables().take(*events).rows
    assert Tables().take(*events, OFFERED, ANSWERED, TALKED, lost, STARTED).rows == once


def test_a_transfer_and_its_recording() -> None:
    tables = Tables().take(
        STARTED,
        TO_GAS,
        e.RecordingStarted(**at(20), recording_id="r1", path="r1.wav", party="hotline:gas"),
        e.TransferRang(**at(21), transfer_id="t1"),
        e.TransferAnswered(**at(24), transfer_id="t1", ring_seconds=3.0004),
        e.TransferEnded(
            **at(30), transfer_id="t1", outcome=e.TransferOutcome.ANSWERED, ring_seconds=3.0004, talk_seconds=6.0,
            ended_by=e.EndedBy.TARGET, sip_status=200, hangup_cause=16,
        ),
    )  # fmt: skip
    row = tables.only("transfers")
    assert (row["ring_ms"], row["talk_ms"], row["outcome"], row["sip_status"]) == (3000, 6000, "answered", 200)
    assert (row["recording_id"], row["target_id"], row["ended_by"]) == ("r1", "gas", "target")


def test_a_recording_belongs_to_the_latest_attempt_at_its_hotline() -> None:
    again = e.TransferStarted(
        **at(50), transfer_id="t2", door=e.TransferDoor.OPERATOR_KEY, initiator="1001", target_id="gas", number="96777",
        trunk="city",
    )  # fmt: skip
    tables = Tables().take(
        STARTED,
        TO_GAS,
        e.RecordingStarted(**at(20), recording_id="r1", path="r1.wav", party="hotline:gas"),
        again,
        e.RecordingStarted(**at(50), recording_id="r2", path="r2.wav", party="hotline:gas"),
        e.RecordingStarted(**at(60), recording_id="r3", path="r3.wav", party="hotline:water"),
    )
    assert {key[1]: row["recording_id"] for key, row in tables.rows["transfers"].items()} == {"t1": "r1", "t2": "r2"}


def test_a_recording_that_names_its_attempt_belongs_to_it_whatever_came_between() -> None:
    again = dataclasses.replace(TO_GAS, **at(50), transfer_id="t2")
    party: dict[str, str] = {"path": "r.wav", "party": "hotline:gas"}
    tables = Tables().take(
        e.RecordingStarted(**at(20), recording_id="r1", **party, transfer_id="t1"),
        STARTED,
        TO_GAS,
        again,
        e.RecordingStarted(**at(51), recording_id="r2", **party, transfer_id="t2"),
    )
    assert {key[1]: row["recording_id"] for key, row in tables.rows["transfers"].items()} == {"t1": "r1", "t2": "r2"}


def test_recordings_that_are_kept_are_counted() -> None:
    tables = Tables().take(
        STARTED,
        e.RecordingStarted(**at(1), recording_id="r1", path="r1.wav", party="1001"),
        e.RecordingDiscarded(**at(2), recording_id="r1", reason="not_connected"),
        e.RecordingStarted(**at(3), recording_id="r2", path="r2.wav", party="1001"),
        e.RecordingCompleted(
            **at(9), recording_id="r2", path="2.wav", duration_seconds=6.0, size_bytes=96_044, sha256="0"
        ),
    )
    assert tables.only("calls")["recordings"] == 1
    statuses = {key[1]: (row["status"], row["path"], row["reason"]) for key, row in tables.rows["recordings"].items()}
    assert statuses == {"r1": ("discarded", "r1.wav", "not_connected"), "r2": ("completed", "2.wav", None)}


def test_an_operators_intervals_have_no_holes_and_no_overlaps() -> None:
    def seconds(moment: datetime | None) -> int | None:
        return None if moment is None else (moment - NOON).seconds

    def is_now(state: e.OperatorState, after_seconds: float, reason: str = "") -> e.Event:
        moment = NOON + timedelta(seconds=after_seconds)
        return e.OperatorStateChanged(at=moment, operator_id="1001", state=state, reason=reason)

    state = e.OperatorState
    rows = Tables().take(
        is_now(state.AVAILABLE, 0),
        is_now(state.AVAILABLE, 5),
        is_now(state.PAUSED, 10, "lunch"),
        is_now(state.PAUSED, 20, "training"),
        is_now(state.AVAILABLE, 15),
    ).rows["operator_intervals"]  # fmt: skip
    said = [
        (row["state"], row["reason"], seconds(row["started_at"]), seconds(row["ended_at"])) for row in rows.values()
    ]
    assert said == [
        ("available", "", 0, 10),
        ("paused", "lunch", 10, 20),
        ("paused", "training", 20, 20),
        ("available", "", 20, None),
    ]


def test_a_stop_without_a_run_says_nothing() -> None:
    assert Tables().take(e.ServiceStopped(at=NOON)).rows == {}


def test_what_was_forgotten_is_asked_for_again() -> None:
    projector = Projector(live_calls=2, ended_calls=1, operators=1)
    calls = [e.MenuEntered(at=NOON, call_id=f"c{number}", node_id="main") for number in range(4)]
    ended = [
        e.CallEnded(at=NOON, call_id=f"e{number}", outcome=e.CallOutcome.LEFT_IN_MENU, ended_by=e.EndedBy.CALLER)
        for number in range(2)
    ]
    state = e.OperatorState.AVAILABLE
    operators = [e.OperatorStateChanged(at=NOON, operator_id=name, state=state) for name in ("1001", "1002")]
    events: list[e.Event] = [*calls, *ended, *operators]
    projector.load(projector.missing(events), Loaded())
    for seq, event in enumerate(events):
        projector.apply(seq, event)
    assert projector.missing(events).call_ids == []
    projector.trim()
    missing = projector.missing(events)
    assert (missing.call_ids, missing.operator_ids) == (["c0", "c1", "e0"], ["1001"])
    projector.forget()
    assert len(projector.missing(events).call_ids) == 6
