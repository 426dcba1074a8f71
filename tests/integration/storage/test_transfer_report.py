"""Figures of transfers: from sums by the hour and from the ledger's rows they agree to the last unit."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from calls import events as e
from calls.connect_rate import GIVEN_UP, is_rated
from calls.words import TransferOutcome
from storage.database import Database
from storage.encoding import entry_of
from storage.rebuild import rebuild
from storage.tables import transfers
from storage.transfer_report import DAY, GROUPS, HOUR, TARGET, Answer, Question, cover, transfer_figures
from storage.writer import BatchWriter

BEGIN = datetime(2026, 3, 7, 3, 20, tzinfo=UTC)
DAYS = 26
ZONES = ("Asia/Shanghai", "UTC", "Asia/Kolkata", "Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe")
ENDS = list(e.TransferOutcome)


def attempts(count: int, seed: int) -> Iterator[e.CallEvent]:
    """Yield random attempts over a few days, some of them under way, some at the very edge of an hour."""
    chance = random.Random(seed)
    for number in range(count):
        at = BEGIN + timedelta(seconds=chance.randrange(DAYS * 86_400), microseconds=chance.randrange(1_000_000))
        if chance.random() < 0.1:
            at = at.replace(minute=59, second=59, microsecond=chance.choice([999_400, 999_600, 999_999]))
        fact = {"at": at, "call_id": f"c{number}", "transfer_id": f"t{number}"}
        yield e.TransferStarted(
            **fact,
            door=chance.choice(list(e.TransferDoor)),
            way=chance.choice(list(e.TransferWay)),
            initiator="caller",
            target_id=chance.choice(["gas", "water", "heating"]),
            number="96777",
            trunk="city",
        )
        if chance.random() < 0.05:
            continue
        outcome = chance.choice([e.TransferOutcome.ANSWERED, *ENDS])
        yield e.TransferEnded(
            **fact,
            outcome=outcome,
            ring_seconds=chance.random() * 30,
            talk_seconds=chance.random() * 300,
            ended_by=e.EndedBy.TARGET,
            short=chance.random() < 0.3,
        )
        if chance.random() < 0.2:
            yield e.TransferReturned(**fact, returned_to="queue:general")


@pytest.fixture
async def filled(database: Database) -> Database:
    """Give a database with a ledger of random attempts, written in batches by a writer that forgets."""
    events = list(attempts(700, seed=5))
    late = [event for event in events if isinstance(event, e.TransferReturned)]
    ordered = [event for event in events if not isinstance(event, e.TransferReturned)] + late
    for begin in range(0, len(ordered), 100):
        writer = BatchWriter(database.dialect)
        entries = [entry_of(event) for event in ordered[begin : begin + 100]]
        await database.write(
            lambda connection, writer=writer, entries=entries: writer.write(connection, entries, check_known=False)  # type: ignore[misc]
        )
    return database


def said(answer: Answer) -> tuple[object, ...]:
    """Return everything that an answer says, in plain values."""

    groups = {key: asdict(figures) for key, figures in answer.groups.items() if figures.attempts}
    assert sum(answer.total.by_outcome.values()) == answer.total.attempts
    return groups, asdict(answer.total), answer.under_way


async def test_sums_and_rows_agree_to_the_last_unit(filled: Database) -> None:
    chance = random.Random(7)
    for zone in ZONES:
        for by in GROUPS:
            for whole in (True, False):
                since = until = None
                if not whole:
                    since = BEGIN + timedelta(seconds=chance.randrange(DAYS * 40_000))
                    until = since + timedelta(seconds=chance.randrange(DAYS * 60_000))
                asked = {"by": by, "since": since, "until": until, "zone": ZoneInfo(zone)}
                if chance.random() < 0.3:
                    asked["target_id"] = "gas"
                if chance.random() < 0.3:
                    asked["door"] = "operator_key"
                of_sums = await transfer_figures(filled, Question(**asked))
                of_rows = await transfer_figures(filled, Question(**asked, rows=True))
                assert said(of_sums) == said(of_rows), (zone, by, since, until)
                assert of_sums.total.attempts > 0 or not whole


async def test_the_figures_are_those_of_a_plain_count(filled: Database) -> None:
    table = transfers.c
    columns = (table.target_id, table.outcome, table.short, table.ring_ms, table.talk_ms, table.returned_to)
    statement = select(*columns).where(table.outcome.is_not(None))
    rows = await filled.read(lambda connection: connection.execute(statement).all())
    answer = await transfer_figures(filled, Question(by=TARGET))
    for target, figures in answer.groups.items():
        mine = [row for row in rows if row.target_id == target]
        answered = [row for row in mine if row.outcome == "answered"]
        assert figures.by_outcome == {str(o): sum(row.outcome == o for row in mine) for o in TransferOutcome}
        assert figures.rated == sum(is_rated(row.outcome, row.short) for row in mine) < figures.attempts == len(mine)
        assert figures.given_up_short == sum(row.short and row.outcome in GIVEN_UP for row in mine) > 0
        assert figures.returned == sum(row.returned_to is not None for row in mine)
        assert figures.ring_ms == sum(row.ring_ms or 0 for row in mine)
        assert figures.talk_ms == sum(row.talk_ms or 0 for row in mine)
        assert figures.answered_ring_ms == sum(row.ring_ms or 0 for row in answered) > 0


async def test_the_groups_together_are_the_total_and_every_attempt_is_there(filled: Database) -> None:
    by_target = await transfer_figures(filled, Question(by=TARGET))
    by_hour = await transfer_figures(filled, Question(by=HOUR, zone=ZoneInfo("Asia/Shanghai")))
    by_day = await transfer_figures(filled, Question(by=DAY, zone=ZoneInfo("Asia/Shanghai")))
    assert said(by_target)[1:] == said(by_hour)[1:] == said(by_day)[1:]
    assert by_target.total.attempts + by_target.under_way == 700
    assert list(by_target.groups) == ["gas", "heating", "water"]
    days = [key.astimezone(ZoneInfo("Asia/Shanghai")) for key in by_day.groups if isinstance(key, datetime)]
    assert {(day.hour, day.minute) for day in days} == {(0, 0)}
    assert days == sorted(days)


async def test_rebuilt_sums_are_those_that_were_written(filled: Database) -> None:
    report = await rebuild(filled)
    assert report.differing_rows == 0
    assert report.rows["transfer_rollups"] > 100


async def test_a_database_without_transfers_has_no_figures(database: Database) -> None:
    answer = await transfer_figures(database, Question())
    assert (answer.groups, answer.total.connect_rate, answer.total.connect_rate_all) == ({}, None, None)


def test_a_period_is_covered_by_large_sums_where_no_midnight_falls_into_one() -> None:
    def hours(first: int, end: int, cuts: list[int]) -> list[tuple[int, int, int]]:
        return [(s.hours, s.first, s.end) for s in cover(first, end, cuts, (1, 8, 240))]

    assert hours(3, 40, []) == [(1, 3, 8), (8, 8, 40)]
    assert hours(16, 64, [16, 40, 64]) == [(8, 16, 64)]
    assert hours(0, 48, [15, 39]) == [(8, 0, 8), (1, 8, 16), (8, 16, 32), (1, 32, 40), (8, 40, 48)]
    assert hours(9, 15, []) == [(1, 9, 15)]
    assert hours(230, 730, []) == [(1, 230, 232), (8, 232, 240), (240, 240, 720), (8, 720, 728), (1, 728, 730)]
    assert hours(0, 480, [16, 256]) == [(8, 0, 480)]
    assert [s.hours for s in cover(0, 800, [], (1,))] == [1]
