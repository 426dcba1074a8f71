"""Somebody calls again: who hung up while waiting has their old place, and who was helped gets the same operator."""

from __future__ import annotations

from calls.events import CallQueued, OperatorAnswered, OperatorOffered
from tests.e2e.conftest import OpenTown
from tests.e2e.town import STRAIGHT

IMPATIENT = "13900139000"


async def test_the_place_and_the_operator_are_the_same_as_before(town: OpenTown) -> None:
    async with town() as place:
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
        await once_more.hang_up()
        await place.ended(offered.call_id)
