"""The ledger: one row for each attempt in whatever order its events come, and sums that follow the rows exactly."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from calls import events as e
from storage.projections import rollups
from storage.projections.projector import Loaded, Projector
from storage.projections.state import Row

NOON = datetime(2026, 3, 2, 11, 59, 30, tzinfo=UTC)
LONG_ENDS = [outcome for outcome in e.TransferOutcome if outcome is not e.TransferOutcome.ANSWERED]

seconds = st.integers(0, 40_000).map(lambda ms: ms / 1000)


@st.composite
def attempt(draw: st.DrawFn, number: int) -> list[e.CallEvent]:
    """Return one attempt's events, in order."""
    at = NOON + timedelta(seconds=draw(st.integers(0, 90_000)))
    fact: dict[str, Any] = {"at": at, "call_id": f"c{number % 3}", "transfer_id": f"t{number}"}
    events: list[e.CallEvent] = [
        e.TransferStarted(
            **fact,
            door=draw(st.sampled_from(e.TransferDoor)),
            way=draw(st.sampled_from(e.TransferWay)),
            initiator="1001",
            target_id=draw(st.sampled_from(["gas", "water"])),
            number="96777",
            trunk="city",
        ),
        e.TransferRang(**{**fact, "at": at + timedelta(seconds=1)}),
    ]
    if draw(st.booleans()):
        party = {"path": "r.wav", "party": "hotline:gas"}
        events.append(e.RecordingStarted(**fact, recording_id=f"r{number}", **party))
    outcome = draw(st.sampled_from(LONG_ENDS))
    if draw(st.booleans()):
        outcome = e.TransferOutcome.ANSWERED
        events.append(e.TransferAnswered(**fact, ring_seconds=draw(seconds)))
    if draw(st.integers(0, 9)):
        events.append(
            e.TransferEnded(
                **{**fact, "at": at + timedelta(seconds=60)},
                outcome=outcome,
                ring_seconds=draw(seconds),
                talk_seconds=draw(seconds),
                ended_by=e.EndedBy.TARGET,
                short=outcome is e.TransferOutcome.CALLER_LEFT and draw(st.booleans()),
            )
        )
    if draw(st.booleans()):
        events.append(e.TransferReturned(**fact, returned_to="1001"))
    return events


@st.composite
def ledgers(draw: st.DrawFn) -> tuple[list[e.CallEvent], list[e.CallEvent]]:
    """Return events of several attempts in order, and the same in any order, some of them twice or more often."""
    events = [event for number in range(draw(st.integers(1, 8))) for event in draw(attempt(number))]
    again = draw(st.lists(st.sampled_from(events), max_size=10))
    return events, draw(st.permutations([*events, *again]))


def fold(events: list[e.CallEvent], kept: int) -> tuple[dict[Any, Row], dict[Any, Row]]:
    projector = Projector(live_calls=kept, ended_calls=kept)
    rows: dict[Any, Row] = {}
    sums: dict[Any, Row] = {}
    projector.load(projector.missing(events), Loaded())
    for seq, event in enumerate(events, 1):
        for table, key, row in projector.apply(seq, event):
            if table == "transfers":
                rows[key] = row.copy()
            elif table in rollups.TABLES:
                if key in sums:
                    rollups.add(sums[key], row)
                else:
                    sums[key] = row
    return rows, sums


def counted(rows: dict[Any, Row]) -> Counter[tuple[Any, ...]]:
    """Count the rows anew, in the plainest way."""
    found: Counter[tuple[Any, ...]] = Counter()
    for row in rows.values():
        if row["outcome"] is None or row["started_at"] is None:
            continue
        kind = (row["outcome"], row["short"], row["target_id"], row["door"], row["way"])
        hour = int(row["started_at"].timestamp()) // 3600
        for hours, first_hour in ((1, hour), (8, hour - hour % 8), (240, hour - hour % 240)):
            found[hours, first_hour, *kind, "attempts"] += 1
            found[hours, first_hour, *kind, "returned"] += row["returned_to"] is not None
            found[hours, first_hour, *kind, "ring_ms"] += row["ring_ms"] or 0
            found[hours, first_hour, *kind, "talk_ms"] += row["talk_ms"] or 0
        alone = (hour, row["outcome"], row["short"])
        found[*alone, "attempts"] += 1
        found[*alone, "returned"] += row["returned_to"] is not None
        found[*alone, "ring_ms"] += row["ring_ms"] or 0
        found[*alone, "talk_ms"] += row["talk_ms"] or 0
    return found


@settings(max_examples=200, deadline=None)
@given(ledgers())
def test_one_row_for_each_attempt_whatever_the_order(ledger: tuple[list[e.CallEvent], list[e.CallEvent]]) -> None:
    ordered, shuffled = ledger
    rows, sums = fold(ordered, 10)
    rows_of_shuffled, sums_of_shuffled = fold(shuffled, 10)
    assert rows.keys() == {(event.call_id, event.transfer_id) for event in ordered}  # type: ignore[attr-defined]
    assert rows_of_shuffled == rows
    assert sums_of_shuffled == sums
    assert {(*key, column): row[column] for key, row in sums.items() for column in rollups.ADDED} == counted(rows)


def test_a_row_that_becomes_another_leaves_nothing_where_it_was_counted() -> None:
    part = rollups.Part(10, ("busy", False, "gas", "menu_key", "blind"), (1, 0, 700, 0))
    other = rollups.Part(10, ("answered", False, "gas", "menu_key", "blind"), (1, 0, 700, 9))
    changed = rollups.changes(part, other)
    assert [(row.get("hours"), row["outcome"], row["attempts"], row["talk_ms"]) for _, _, row in changed] == [
        (1, "busy", -1, 0),
        (8, "busy", -1, 0),
        (240, "busy", -1, 0),
        (None, "busy", -1, 0),
        (1, "answered", 1, 9),
        (8, "answered", 1, 9),
        (240, "answered", 1, 9),
        (None, "answered", 1, 9),
    ]
    assert rollups.changes(part, part) == []
