"""The board shows who waits in the very order in which the dispatcher serves them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from board_line import DIRECTORY, Line
from hypothesis import given
from hypothesis import strategies as st

from acd.dispatcher import Dispatcher
from acd.routing import WaitingCall

SECONDS = st.integers(0, 3600)
CALLS = st.lists(
    st.tuples(SECONDS, st.none() | SECONDS, st.integers(0, 100), st.booleans()), max_size=12, unique_by=lambda c: c[0]
)


@given(CALLS, st.sampled_from([1.0, 7.5, 60.0, 3600.0]))
def test_positions_are_those_of_the_dispatcher(
    calls: list[tuple[int, int | None, int, bool]], point_seconds: float
) -> None:
    line = Line(directory=replace(DIRECTORY, priority_point_seconds=point_seconds))
    dispatcher = Dispatcher({"1001": {"general": 1}}, priority_point_seconds=point_seconds)
    for index, (queued, place, priority, at_head) in enumerate(calls):
        call_id, queued_at = f"c{index}", line.at(queued)
        place_at = None if place is None else line.at(place)
        more = {"priority": priority, "queued_at": queued_at, "place_at": place_at, "at_head": at_head}
        line.calls(call_id, 3600)
        line.queues(call_id, 3601, **more)
        dispatcher.join(WaitingCall(call_id, "general", {}, **more), line.at(3601))  # type: ignore[arg-type]
    rows = line.board.snapshot(line.at(3601) + timedelta(seconds=1)).waiting
    assert {row.call_id: row.position for row in rows} == {
        row.call_id: dispatcher.position(row.call_id) for row in rows
    }
    assert len(rows) == len(calls)
