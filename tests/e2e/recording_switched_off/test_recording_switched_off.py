"""A city that records nothing: no file and no row, whoever talks to whom."""

from __future__ import annotations

from calls.events import RecordingStarted, TransferAnswered
from hotline.actors.target_scenario import Answers
from tests.e2e.conftest import OpenTown
from tests.e2e.proofs import recording_files


async def test_nothing_is_recorded(town: OpenTown) -> None:
    off = {"recording": {"operators": False, "hotlines": False}}
    async with town(numbers={"96777": Answers(after_seconds=0.1)}, changes=off) as place:
        phone = await place.phone("1001")
        talk = await place.talking("1001")
        await phone.press("*102")
        await place.happened(TransferAnswered)
        await place.talk(0.5)
        await talk.citizen.hang_up()
        assert (await place.ended(talk.call_id)).outcome == "answered"
        assert not place.all(RecordingStarted)
        assert (await place.record_of(talk.call_id)).recordings == []
        assert recording_files(place.service.prepared.settings.recordings_dir) == []
