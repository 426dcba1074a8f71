"""A caller's name and number hold what programs trip over: the call is served, and nothing of it is carried out."""

from __future__ import annotations

from calls.events import CallStarted, Event, RecordingCompleted, RecordingDiscarded
from tests.e2e.conftest import OpenTown
from tests.e2e.proofs import recording_files
from tests.e2e.raw_caller import RawCaller
from tests.e2e.town import STRAIGHT, Town

PLAIN = "13800138000"

HOSTILE = {
    "quotes": (PLAIN, r"O\"Neil\\ ' `id`"),
    "newline": ("138%0A0000", "plain"),
    "header": ("138%0Aagi_request%3A%20x%0Aagi_arg_1%3A%20y%0A%0A200%20result=1", "plain"),
    "variable": (PLAIN, "${SHELL(touch ../../was-here)}${HANGUPCAUSE}"),
    "dial": ("138&PJSIP%2f96777%40trunk-carrier,30", "a&b,c^d|e;f(g)h"),
    "control": ("138%00%01%7f", "\u202e\u0007王小明"),
}


async def test_the_caller_is_served(town: OpenTown) -> None:
    async with town() as place:
        phone = await place.phone("1001")
        for number, (ani, name) in enumerate(HOSTILE.values(), start=1):
            citizen = await place.citizen(ani=ani, name=name, dialled=STRAIGHT)
            await place.picks_up("1001")
            started = await place.happened(CallStarted, count=number)
            await place.talk(0.5)  # long enough that there is something to record
            await phone.hangup()
            assert (await citizen.result()).ended_by == "far_end"
            assert (await place.ended(started.call_id)).outcome == "answered"
            row = (await place.record_of(started.call_id)).call
            assert row["ani"] == started.ani
            assert len(started.ani) <= 32
            assert started.dnis == STRAIGHT, "nobody's number but the one dialled"
        assert not place.target.calls(), "nobody else was rung"
        # a talk of a few milliseconds leaves no sound to keep
        await place.until(lambda: len(settled(place)) == len(HOSTILE), "every recording is finished or discarded")
        assert not [path for path in recording_files(place.folder) if path.name == "was-here"]
        files = recording_files(place.service.prepared.settings.recordings_dir)
        assert [path.suffix for path in files] == [".wav"] * len(place.all(RecordingCompleted))


def settled(place: Town) -> list[Event]:
    """Return the recordings' ends so far."""
    return [*place.all(RecordingCompleted), *place.all(RecordingDiscarded)]


async def test_a_name_of_ten_thousand_letters(town: OpenTown) -> None:
    async with town() as place:
        place.announced.append("CallerID Name 'nnn")  # Asterisk says that it cut the name
        phone = await place.phone("1001")
        async with RawCaller(place.service.prepared.settings.sip_port, STRAIGHT, name="n" * 10_000) as caller:
            await caller.call()
            await place.picks_up("1001")
            assert len(phone.history[-1].peer) < 500, "what stands on the operator's display is short"
            await caller.hang_up()
            (started,) = place.all(CallStarted)
            assert (await place.ended(started.call_id)).outcome == "answered"
