"""The menus' events of a period, from a journal with everything else in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from calls.events import CallStarted, Event, LinkChanged, MenuEntered, MenuLeft
from calls.menu_figures import MENU_EVENTS, MenuFigures
from storage.database import Database
from storage.journal import Journal
from storage.menu_events import menu_events

T0 = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)


def call(number: int, at: datetime) -> list[Event]:
    call_id = f"call-{number}"
    return [
        CallStarted(at=at, call_id=call_id, case_id="1", ani="138", dnis="12345", line_id="citizen", language="zh"),
        LinkChanged(at=at, up=True),
        MenuEntered(at=at, call_id=call_id, node_id="main", flow_id="citizen"),
        MenuLeft(
            at=at + timedelta(seconds=3), call_id=call_id, node_id="main", flow_id="citizen", input="key", key="1"
        ),
    ]


async def test_a_period_is_read_and_counted(database: Database) -> None:
    journal = Journal(database)
    await journal.start()
    for number in range(48):
        for event in call(number, T0 + timedelta(hours=number)):
            journal.record(event)
    await journal.stop()
    since, until = T0 + timedelta(hours=24), T0 + timedelta(hours=36)
    figures = MenuFigures(since, until)
    kinds = set()
    async for event in menu_events(database, since, until):
        kinds.add(type(event))
        figures.apply(event)
    assert kinds <= set(MENU_EVENTS)
    assert figures.nodes["citizen", "citizen", "main"].keys == {"1": 12}
    everything = [event async for event in menu_events(database)]
    assert len(everything) == 48 * 3
