"""What is spoken to a caller who waits is cut off the moment an operator is assigned: it delays nothing."""

from __future__ import annotations

from calls.events import OperatorRang, OperatorState, OperatorStateChanged, WaitForecast
from storage.wait_report import wait_forecasts
from tests.e2e.conftest import OpenTown
from tests.e2e.hearing import is_spoken_to
from tests.e2e.town import Town

TOLD = {"general": {"announce_position": True, "announce_seconds": 5}}
CALLS = 4
"""Callers one after another, each of whom is being told their place when the operator hangs up on the one before."""


def delay(place: Town, call_id: str) -> float:
    """Return the seconds from the assignment of a call to the telephone's ringing."""
    states = place.all(OperatorStateChanged)
    assigned = next(e for e in states if e.call_id == call_id and e.state is OperatorState.RINGING)
    (rang,) = place.of_call(call_id, OperatorRang)
    return (rang.at - assigned.at).total_seconds()


async def test_an_announcement_never_delays_a_connection(town: OpenTown) -> None:
    async with town(queues=TOLD) as place:
        phone = await place.phone("1001")
        citizen, call_id = await place.waiting()
        await place.picks_up("1001")
        at_once = delay(place, call_id)
        for _ in range(CALLS):
            ear = await place.ear()
            following, following_id = await place.waiting(ear=ear)
            told = await place.happened(WaitForecast, lambda e, c=following_id: e.call_id == c and e.told)
            assert told.position == 1
            assert told.expected_seconds is not None
            assert told.expected_seconds > 0
            await is_spoken_to(ear, told.at)
            await phone.hangup()
            await place.ended(call_id)
            await place.picks_up("1001")
            assert delay(place, following_id) < at_once + 0.25, "the announcement lasts for seconds"
            citizen, call_id = following, following_id
        await phone.hangup()
        await place.ended(call_id)
        assert (await citizen.result()).ended_by == "far_end"

        # what was told is kept, and what came of it
        await place.service.journal.flush()
        (figures,) = await wait_forecasts(place.service.database, None, None)
        assert (figures.queue_id, figures.forecasts, figures.served) == ("general", CALLS, CALLS)
        assert figures.real_seconds is not None
        assert 0 < figures.real_seconds < 5
        assert figures.bias is not None
        assert figures.bias > 0, "calls in this town are shorter than the 3 minutes that are assumed at first"
