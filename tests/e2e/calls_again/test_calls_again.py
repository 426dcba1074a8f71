"""Somebody calls again: who hung up while waiting has their old place, and who was helped gets the same operator."""

from __future__ import annotations

from calls.events import CallQueued, OperatorAnswered, OperatorOffered
from tests.e2e.conftest import OpenTown
from tests.e2e.town import AT_ONCE, STRAIGHT

IMPATIENT = "13900139000"


async def test_the_place_and_the_operator_are_the_same_as_before(town: OpenTown) -> None:
    async with town(queues={"general": {"prefer_seconds": 2}}) as place:
        # nobody is there: one leaves, another comes, the first calls again
        leaving = await place.citizen(dialled=STRAIGHT, ani=IMPATIENT)
        first = await place.happened(CallQueued)
        patient, patient_id = await place.waiting()
        await leaving.hang_up()
        await place.ended(first.call_id)
        again = await place.citizen(dialled=STRAIGHT, ani=IMPATIENT)
        regained = await place.happened(CallQueued, count=3)
        assert regained.place_at == first.at
        assert regained.queued_at == regained.at, "figures count the wait of this call"
        assert place.service.room.position(regained.call_id) == 1
        assert place.service.room.position(patient_id) == 2

        # an operator comes and takes them in this order
        await place.phone("1001")
        await place.picks_up("1001")
        await place.phone("1003")
        await place.picks_up("1003")
        answered = {e.call_id: e.operator_id for e in place.all(OperatorAnswered)}
        assert answered == {regained.call_id: "1001", patient_id: "1003"}

        # 1003 is idle for longer, yet who talked to 1001 gets 1001 again
        await patient.hang_up()
        await place.ended(patient_id)
        await again.hang_up()
        await place.ended(regained.call_id)
        await place.service.journal.flush()
        once_more = await place.citizen(dialled=STRAIGHT, ani=IMPATIENT)
        offered = await place.happened(OperatorOffered, count=3)
        assert offered.operator_id == "1001"
        await place.rings("1001")
        await once_more.hang_up()
        await place.ended(offered.call_id)

        # 1001 talks and 1003 is idle: they are waited for so long, and then anybody comes
        place.service.room.pause("1003", "break")
        talk = await place.talking("1001")
        place.service.room.resume("1003")
        held = await place.citizen(dialled=STRAIGHT, ani=IMPATIENT)
        offered = await place.happened(OperatorOffered, lambda e: e.operator_id == "1003", count=2)
        (queued,) = place.of_call(offered.call_id, CallQueued)
        assert offered.operator_id == "1003"
        assert 1.9 < (offered.at - queued.at).total_seconds() < 2 + AT_ONCE
        await held.hang_up()
        await place.ended(offered.call_id)

        # and if they are free sooner, it is them
        held = await place.citizen(dialled=STRAIGHT, ani=IMPATIENT)
        await place.happened(CallQueued, lambda e: e.call_id not in (talk.call_id, offered.call_id), count=5)
        await talk.citizen.hang_up()
        offered = await place.happened(OperatorOffered, lambda e: e.operator_id == "1001", count=4)
        assert offered.operator_id == "1001"
        await held.hang_up()
        await place.ended(offered.call_id)
