"""An impatient operator presses the transfer twice, and the page's button as well: the hotline is dialled once."""

from __future__ import annotations

import contextlib

from calls.events import TransferAnswered, TransferDoor, TransferStarted
from hotline.actors.processes import ActorError
from hotline.actors.target_scenario import Answers
from tests.e2e.conftest import OpenTown


async def test_one_transfer(town: OpenTown) -> None:
    async with town(numbers={"96777": Answers(after_seconds=1), "96116": Answers()}) as place:
        phone = await place.phone("1001")
        talk = await place.talking("1001")
        with contextlib.suppress(ActorError):  # the leg is released while the keys are still being pressed
            await phone.press("*102*102")
        place.service.tracker.ask_transfer(talk.call_id, "water", TransferDoor.API, "supervisor")
        await place.happened(TransferAnswered)
        await place.talk(0.5)
        await talk.citizen.hang_up()
        assert (await place.ended(talk.call_id)).outcome == "answered"
        assert [e.target_id for e in place.all(TransferStarted)] == ["gas"]
        assert len(place.target.calls()) == 1


async def test_both_doors_at_the_same_moment(town: OpenTown) -> None:
    async with town(numbers={"96777": Answers(), "96116": Answers()}) as place:
        await place.phone("1001")
        talk = await place.talking("1001")
        for door, target in ((TransferDoor.API, "water"), (TransferDoor.OPERATOR_KEY, "gas")):
            assert place.service.tracker.ask_transfer(talk.call_id, target, door, "1001")
        await place.happened(TransferAnswered)
        await talk.citizen.hang_up()
        await place.ended(talk.call_id)
        (started,) = place.all(TransferStarted)
        assert (started.target_id, started.door) == ("water", "api"), "the first who asked"
        assert [call.dialled for call in place.target.calls()] == ["96116"]
