"""The service is killed while one citizen talks to a hotline and another hears one ring: one row each in the ledger."""

from __future__ import annotations

from calls.events import TransferAnswered, TransferEnded, TransferRang, TransferReturned
from hotline.actors.target_scenario import Answers, NoAnswer
from tests.e2e.conftest import SwitchOn
from tests.e2e.town import MENU, PressKey


async def test_each_attempt_has_one_row(machine: SwitchOn) -> None:
    async with machine(numbers={"96777": Answers(after_seconds=0.2), "96116": NoAnswer()}) as place:
        talks = await place.citizen(MENU, PressKey("2"))
        talking = await place.call_of(talks)
        await place.happened(TransferAnswered)
        await place.stand_by()
        waits = await place.citizen(MENU, PressKey("3"))
        ringing = await place.call_of(waits)
        await place.happened(TransferRang, count=2)
        await place.kill_service()
        rows = {call_id: (await place.record_of(call_id)).transfers for call_id in (talking, ringing)}
        assert [[row["outcome"] for row in row_of] for row_of in rows.values()] == [[None], [None]], "in progress"
        await waits.hang_up()
        await place.start_service()
        assert (await place.ended(ringing)).ended_by in ("caller", "unknown")
        await talks.hang_up()
        assert (await place.ended(talking)).outcome == "answered"

        (row,) = (await place.record_of(talking)).transfers
        assert (row["outcome"], row["target_id"], row["door"], row["way"]) == ("answered", "gas", "menu_key", "blind")
        assert row["recording_id"] is not None
        assert abs(row["talk_ms"] / 1000 - (row["ended_at"] - row["answered_at"]).total_seconds()) < 0.5
        (row,) = (await place.record_of(ringing)).transfers
        assert row["outcome"] in ("failed", "caller_left")
        assert row["ended_at"] >= row["started_at"]
        assert len(place.all(TransferEnded)) == 2
        assert not place.all(TransferReturned)
        assert len(place.target.calls_to("96777")) == len(place.target.calls_to("96116")) == 1, "nobody dialled twice"
