"""What the command line and the pages are told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from random_events import NOON, whole_call

from calls import events as e
from calls.event_records import event_type
from storage.database import Database
from storage.journal import Journal
from storage.queries import Queries, TargetSummary


async def given_journal(database: Database, *events: e.Event) -> Queries:
    journal = Journal(database)
    await journal.start()
    for event in events:
        journal.record(event)
    assert await journal.stop() == 0
    return Queries(database)


def left_in_menu(number: int, seconds: float) -> list[e.Event]:
    at = NOON + timedelta(seconds=seconds)
    call: dict[str, Any] = {"at": at, "call_id": f"menu-{number}"}
    return [
        e.CallStarted(**call, case_id=f"M{number}", ani="1", dnis="12345", line_id="main", language="zh"),
        e.CallEnded(**call, outcome=e.CallOutcome.LEFT_IN_MENU, ended_by=e.EndedBy.CALLER),
    ]


def attempt(number: int, target: str, outcome: e.TransferOutcome | None, short: bool = False) -> list[e.Event]:
    call: dict[str, Any] = {"at": NOON, "call_id": "pbx-1.1", "transfer_id": f"a{number}"}
    started = e.TransferStarted(
        **call, door=e.TransferDoor.MENU_KEY, initiator="caller", target_id=target, number="9", trunk="city"
    )
    if outcome is None:
        return [started]
    ended = e.TransferEnded(
        **call, outcome=outcome, ring_seconds=1.0, talk_seconds=2.0, ended_by=e.EndedBy.TARGET, short=short
    )
    return [started, ended]


async def test_calls_are_listed_latest_first_and_filtered(database: Database) -> None:
    open_call = list(whole_call(5, NOON + timedelta(seconds=50)))[:6]
    queries = await given_journal(database, *whole_call(1), *left_in_menu(2, 10), *left_in_menu(3, 20), *open_call)

    async def ids(**filters: Any) -> list[str]:
        return [call["call_id"] for call in await queries.list_calls(**filters)]

    assert await ids() == ["pbx-5.1", "menu-3", "menu-2", "pbx-1.1"]
    assert await ids(limit=2) == ["pbx-5.1", "menu-3"]
    assert await ids(since=NOON + timedelta(seconds=10), until=NOON + timedelta(seconds=20)) == ["menu-2"]
    assert await ids(outcome="answered") == ["pbx-1.1"]
    assert await ids(unfinished=True) == ["pbx-5.1"]
    assert [call["stage"] for call in await queries.unfinished_calls()] == ["ringing"]
    assert [recording["recording_id"] for recording in await queries.open_recordings()] == ["r5"]


async def test_a_call_is_shown_from_first_ring_to_last_record(database: Database) -> None:
    events = list(whole_call(1, calls_operator="1007"))
    queries = await given_journal(database, *events)
    record = await queries.show_call("C1")
    assert record is not None
    assert record == await queries.show_call("pbx-1.1")
    of_call = [event for event in events if isinstance(event, e.CallEvent)]
    assert [event.type for event in record.events] == [event_type(event) for event in of_call]
    assert [event.at for event in record.events] == [event.at for event in of_call]
    assert record.events[2].data == {
        "queue_id": "general", "skills": {"mandarin": 1}, "priority": 0, "queued_at": None, "place_at": None,
            "at_head": False,
    }  # fmt: skip
    assert (record.call["wait_seconds"], record.call["talk_seconds"]) == (3.0, 7.5)
    assert (record.call["offers"], record.call["transfers"], record.call["recordings"]) == (2, 1, 1)
    assert [(offer["offer_id"], offer["returned"]) for offer in record.offers] == [("o1", False), ("o1b", True)]
    assert [(transfer["outcome"], transfer["returned_to"]) for transfer in record.transfers] == [("busy", "1007")]
    assert [recording["status"] for recording in record.recordings] == ["completed"]
    assert await queries.show_call("nobody") is None


async def test_operators_and_what_they_did(database: Database) -> None:
    queries = await given_journal(database, *whole_call(1, calls_operator="1007"), *whole_call(2))
    now = {row["operator_id"]: (row["state"], row["call_id"]) for row in await queries.operators_now()}
    assert now == {"1003": ("wrap_up", "pbx-2.1"), "1007": ("wrap_up", "pbx-1.1")}
    did = await queries.operator_intervals("1007", since=NOON + timedelta(seconds=4))
    assert [row["state"] for row in did] == ["ringing", "talking", "wrap_up"]
    assert [row["state"] for row in await queries.operator_intervals("1007", until=NOON + timedelta(seconds=5))] == [
        "ringing"
    ]


async def test_connect_rate_of_hotlines_leaves_out_who_left_at_once_and_who_still_waits(database: Database) -> None:
    outcome = e.TransferOutcome
    queries = await given_journal(
        database,
        *attempt(1, "gas", outcome.ANSWERED),
        *attempt(2, "gas", outcome.ANSWERED),
        *attempt(3, "gas", outcome.NO_ANSWER),
        *attempt(4, "gas", outcome.CALLER_LEFT, short=True),
        *attempt(5, "gas", outcome.CALLER_LEFT),
        *attempt(6, "gas", None),
        *attempt(7, "water", None),
    )
    gas, water = await queries.transfer_summary()
    outcomes = {"answered": 2, "no_answer": 1, "caller_left": 2, "open": 1}
    assert gas == TargetSummary("gas", attempts=6, answered=2, left_at_once=1, outcomes=outcomes)
    assert gas.connect_rate == 2 / 4
    assert water.connect_rate is None


async def test_totals(database: Database) -> None:
    later = whole_call(4, NOON + timedelta(hours=1))
    queries = await given_journal(database, *whole_call(1), *left_in_menu(2, 10), *list(whole_call(3))[:5], *later)
    totals = await queries.totals(until=NOON + timedelta(hours=1))
    assert (totals.calls, totals.unfinished, totals.asked_for_person, totals.recorded) == (3, 1, 1, 1)
    assert totals.outcomes == {"answered": 1, "left_in_menu": 1}
    assert (totals.transfers, totals.returned) == ({"busy": 1}, 1)
    assert totals.waits_seconds == [3.0]
    assert totals.connect_rate == 1.0
    assert (await queries.totals(since=NOON + timedelta(days=1))).connect_rate is None


async def test_runs_gaps_and_the_last_sign_of_life(database: Database) -> None:
    queries = Queries(database)
    assert await queries.last_alive() is None
    assert await queries.last_run() is None
    again = NOON + timedelta(minutes=9)
    late = e.LinkChanged(at=NOON - timedelta(minutes=1), up=True)
    await given_journal(
        database,
        e.ServiceStarted(at=NOON, version="1"),
        e.ServiceStopped(at=NOON + timedelta(minutes=1), reason="update"),
        e.ServiceStarted(at=NOON + timedelta(minutes=2), version="2"),
        e.ServiceStarted(at=again, version="2", gap_from=NOON + timedelta(minutes=3)),
        late,
    )
    assert await queries.last_alive() == again
    run = await queries.last_run()
    assert run is not None
    assert (run["started_at"], run["stopped_at"]) == (again, None)
    assert [(gap["gap_from"], gap["gap_to"]) for gap in await queries.gaps()] == [(NOON + timedelta(minutes=3), again)]
