"""Duties to call back, and what is known of a number, from events to answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from calls import events as e
from ivr.callers import PastCalls
from storage.callers import PastCallsOfNumbers
from storage.database import Database
from storage.duties import find_duty, list_duties
from storage.journal import Journal

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
NUMBER = "13800138000"


@pytest.fixture
async def journal(database: Database) -> AsyncIterator[Journal]:
    running = Journal(database)
    await running.start()
    for call, minutes in (("c1", 0), ("c2", 60), ("c3", 90)):
        at = NOON + timedelta(minutes=minutes)
        running.record(
            e.CallStarted(at=at, call_id=call, case_id=call, ani=NUMBER, dnis="1", line_id="l", language="zh")
        )
    running.record(e.LanguageChosen(at=NOON, call_id="c2", language="en"))
    yield running
    assert await running.stop() == 0


async def test_a_message_and_a_call_back(database: Database, journal: Journal) -> None:
    due = NOON + timedelta(hours=1)
    left = e.MessageLeft(at=NOON, call_id="c1", recording_id="c1-r1", number=NUMBER, seconds=4.0, due_at=due)
    asked = e.CallbackAsked(at=NOON, call_id="c2", number="96777", due_at=NOON)
    journal.record(e.RecordingStarted(at=NOON, call_id="c1", recording_id="c1-r1", path="a.wav", party="message"))
    for event in (left, asked, asked):
        journal.record(event)
    await journal.flush()
    rows = await list_duties(database)
    assert [(row["kind"], row["number"], row["path"]) for row in rows] == [
        ("callback", "96777", None),
        ("message", NUMBER, "a.wav"),
    ]
    journal.record(e.DutyDone(at=due, call_id="c1", duty_id="c1-r1", by="1001"))
    await journal.flush()
    assert [row["kind"] for row in await list_duties(database)] == ["callback"]
    assert len(await list_duties(database, open_only=False)) == 2
    done = await find_duty(database, "c1-r1")
    assert done is not None
    assert (done["status"], done["done_at"], done["done_by"]) == ("done", due, "1001")
    assert await find_duty(database, "nothing") is None


async def test_what_is_known_of_a_number(database: Database, journal: Journal) -> None:
    await journal.flush()
    ask = PastCallsOfNumbers(database)
    assert await ask("nobody", "c3") == PastCalls()
    assert await ask(NUMBER, "c3") == PastCalls(NOON + timedelta(minutes=60), "en", open_case=False)
    journal.record(e.CallbackAsked(at=NOON, call_id="c1", number=NUMBER, due_at=NOON))
    await journal.flush()
    assert (await ask(NUMBER, "c3")).open_case
    assert (await ask(NUMBER, "c2")).last_at == NOON + timedelta(minutes=90)
