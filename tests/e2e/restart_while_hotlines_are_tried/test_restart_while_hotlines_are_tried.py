"""The service is killed while one citizen talks to a hotline and another hears one ring: one row each in the ledger."""

from __future__ import annotations

from calls.events import (
    MenuLeft,
    RecordingCompleted,
    TransferAnswered,
    TransferEnded,
    TransferRang,
    TransferReturned,
    TransferStarted,
)
from hotline.actors.target_scenario import Answers, NoAnswer
from hotline.actors.tones import hears
from tests.e2e.conftest import SwitchOn
from tests.e2e.hearing import comes_to_hear
from tests.e2e.town import HOTLINE_HZ, MENU, PressKey


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


async def test_the_journal_lacks_the_last_moments(machine: SwitchOn) -> None:
    async with machine(numbers={"96777": Answers(after_seconds=0.2)}) as place:
        await place.stand_by()
        ear = await place.ear()
        citizen = await place.citizen(MENU, PressKey("2"), ear=ear)
        call_id = await place.call_of(citizen)
        await comes_to_hear(ear, HOTLINE_HZ, place.folder)
        left = await place.happened(MenuLeft)
        await place.kill_service()
        await place.lose_what_followed(left)
        await place.start_service()
        started = await place.happened(TransferStarted)
        assert (started.door, started.initiator, started.target_id) == ("menu_key", "caller", "gas")
        await place.talk(0.5)
        await citizen.hang_up()
        assert (await place.ended(call_id)).outcome == "answered"
        (row,) = (await place.record_of(call_id)).transfers
        assert (row["outcome"], row["number"], row["trunk"]) == ("answered", "96777", "carrier")
        assert row["talk_ms"] > 500
        recording = await place.happened(RecordingCompleted)
        assert hears(place.settings.recordings_dir / recording.path, HOTLINE_HZ, channel=0)
        assert len(place.target.calls_to("96777")) == 1
