"""A citizen who waits asks to be called back: the place is kept, they are dialled once, and an operator is there."""

from __future__ import annotations

from calls.events import (
    CallbackAttempted,
    CallbackDialled,
    CallbackEnded,
    CallbackQueued,
    CallEnded,
    CallQueued,
    CallStarted,
    DutyDone,
    OfferEnded,
    OperatorAnswered,
    RecordingCompleted,
    WaitForecast,
)
from hotline.actors.target_scenario import Answers, NoAnswer, Refuses
from hotline.actors.tones import hears
from storage.duties import list_duties
from tests.e2e.conftest import OpenTown
from tests.e2e.town import HOTLINE_HZ, MENU, MUSIC, STRAIGHT, VOICES_HZ, PressKey, Town, WaitSeconds

NUMBER = "13900139001"
ASKS = (MUSIC, PressKey("5"), WaitSeconds(1.2), PressKey("1"))
"""What a citizen presses who waits and wants to be called back on the number that they call from."""


async def asks(place: Town, number: str = NUMBER, *steps: object) -> CallbackQueued:
    """Have a citizen ask to be called back, and wait until the line has said goodbye."""
    citizen = await place.citizen(*(steps or ASKS), dialled=STRAIGHT, ani=number)  # type: ignore[arg-type]
    call_id = await place.call_of(citizen)
    asked = await place.happened(CallbackQueued, lambda e: e.call_id == call_id, within=30)
    assert (await citizen.result()).ended_by == "far_end"
    ended = await place.ended(call_id)
    assert (ended.outcome, ended.ended_by) == ("callback", "service")
    return asked


async def test_the_place_is_kept_and_the_citizen_dialled_once(town: OpenTown) -> None:
    async with town(numbers={NUMBER: Answers(after_seconds=0.2)}) as place:
        _, older_call = await place.waiting()
        asked = await asks(place)
        younger, younger_call = await place.waiting()
        assert not place.target.calls_to(NUMBER), "nobody is dialled while there is no operator"
        (queued,) = place.of_call(asked.call_id, CallQueued)
        assert asked.queued_at == queued.queued_at
        assert asked.number == NUMBER

        phone = await place.phone("1001", record=True)
        await place.picks_up("1001")
        await phone.hangup()
        await place.ended(older_call)
        dialled = await place.happened(CallbackDialled)
        await place.picks_up("1001")
        answered = await place.happened(CallbackEnded)
        assert (answered.outcome, answered.by_call_id) == ("answered", dialled.placed_call_id)
        await place.talk(1)
        await phone.hangup()
        ended = await place.ended(dialled.placed_call_id)
        assert (ended.outcome, ended.ended_by) == ("answered", "operator")
        await place.picks_up("1001")
        await younger.hang_up()
        await place.ended(younger_call)

        calls = [event.call_id for event in place.all(OperatorAnswered)]
        assert calls == [older_call, dialled.placed_call_id, younger_call], "by the clock, live or not"
        (fate,) = place.target.calls_to(NUMBER)
        assert fate.invite_status == 200
        (placed,) = [event for event in place.all(CallStarted) if event.callback_of]
        (first,) = place.of_call(asked.call_id, CallStarted)
        assert (placed.call_id, placed.callback_of) == (dialled.placed_call_id, asked.call_id)
        assert (placed.case_id, placed.ani, placed.dnis) == (first.case_id, NUMBER, STRAIGHT)
        assert [event.outcome for event in place.all(CallbackAttempted)] == ["answered"]
        done = await place.happened(DutyDone, lambda e: e.duty_id == asked.callback_id)
        assert done.by == f"call:{placed.call_id}"

        recording = await place.happened(RecordingCompleted, lambda e: e.call_id == placed.call_id)
        sound = place.recording(recording.path)
        assert hears(sound, VOICES_HZ["1001"], channel=0), "the operator is heard"
        assert hears(sound, HOTLINE_HZ, channel=1), "the citizen is heard"
        record = await place.record_of(placed.call_id)
        assert record.call["callback_of"] == asked.call_id
        totals = await place.service.queries.totals()
        assert totals.outcomes == {"answered": 3, "callback": 1}
        assert totals.connect_rate == 1.0
        figures = place.service.board.snapshot(placed.at).queues[0].figures
        assert (figures.abandoned, figures.short_abandons, figures.answered) == (0, 0, 3)


async def test_who_does_not_pick_up_is_rung_again_later(town: OpenTown) -> None:
    async with town(numbers={NUMBER: NoAnswer(), "13900139002": Refuses(486)}) as place:
        await place.phone("1001")
        await place.phone("1002")
        first, second = await place.talking("1001"), await place.talking("1002")
        asked = await asks(place)
        busy = await asks(place, "13900139002")
        await first.citizen.hang_up()
        await place.happened(CallbackDialled, lambda e: e.callback_id == asked.callback_id)
        over = await place.happened(CallbackAttempted, lambda e: e.callback_id == asked.callback_id)
        assert (over.outcome, over.retry_at is not None) == ("no_answer", True)
        await second.citizen.hang_up()
        given_up = await place.happened(CallbackEnded, lambda e: e.callback_id == busy.callback_id, within=20)
        assert given_up.outcome == "failed"
        given_up = await place.happened(CallbackEnded, lambda e: e.callback_id == asked.callback_id, within=20)
        assert given_up.outcome == "failed"
        attempts = {
            number: [e.outcome for e in place.all(CallbackAttempted) if e.callback_id == each.callback_id]
            for number, each in ((NUMBER, asked), ("13900139002", busy))
        }
        assert attempts == {NUMBER: ["no_answer"] * 2, "13900139002": ["busy"] * 2}
        for number in attempts:
            assert len(place.target.calls_to(number)) == 2
        await place.until(
            lambda: [place.state_of(each) for each in ("1001", "1002")] == ["available"] * 2, "nobody is punished"
        )
        for operator_id in ("1001", "1002"):
            assert not [state for state in place.states(operator_id) if state.startswith(("paused", "not_"))]
        await place.service.journal.flush()
        duties = await list_duties(place.service.database, kinds=("callback",))
        assert {duty["number"] for duty in duties} == {NUMBER, "13900139002"}, "it stays on the list"
        assert len(place.all(CallEnded)) == 4, "an attempt that nobody picked up is no call"


async def test_an_operator_who_misses_a_call_back_does_not_cost_the_citizen_their_place(town: OpenTown) -> None:
    async with town(numbers={NUMBER: Answers(after_seconds=0.1)}) as place:
        phones, talks = [], []
        for operator_id in ("1001", "1003"):
            phones.append(await place.phone(operator_id))
            talks.append(await place.talking(operator_id))
        asked = await asks(place)
        others = [await place.waiting() for _ in range(2)]
        await talks[0].citizen.hang_up()
        dialled = await place.happened(CallbackDialled)
        await place.rings("1001")
        missed = await place.happened(OfferEnded)
        assert (missed.call_id, missed.operator_id, missed.outcome) == (dialled.placed_call_id, "1001", "missed")

        # who missed takes the next citizen; the one who was called back stands before all others for anybody else
        await place.picks_up("1001")
        await talks[1].citizen.hang_up()
        await place.picks_up("1003")
        answered = {event.call_id: event.operator_id for event in place.all(OperatorAnswered)}
        assert answered[others[0][1]] == "1001"
        assert answered[dialled.placed_call_id] == "1003"
        assert others[1][1] not in answered
        ended = await place.happened(CallbackEnded)
        assert (ended.outcome, ended.callback_id) == ("answered", asked.callback_id)
        (queued,) = place.of_call(dialled.placed_call_id, CallQueued)
        assert queued.at_head
        assert queued.place_at == asked.queued_at
        assert len(place.target.calls_to(NUMBER)) == 1, "they stay on the line and are not dialled again"
        await others[1][0].hang_up()
        for phone, call_id in zip(phones, (others[0][1], dialled.placed_call_id), strict=True):
            await phone.hangup()
            await place.ended(call_id)


async def test_who_calls_again_has_the_place_and_is_not_called(town: OpenTown) -> None:
    async with town(numbers={NUMBER: Answers()}) as place:
        asked = await asks(place)
        other, other_call = await place.waiting()
        again = await place.citizen(dialled=STRAIGHT, ani=NUMBER)
        ended = await place.happened(CallbackEnded)
        again_call = ended.by_call_id
        assert (ended.outcome, ended.callback_id) == ("caller_called", asked.callback_id)
        phone = await place.phone("1001")
        await place.picks_up("1001")
        assert place.all(OperatorAnswered)[0].call_id == again_call, "before the caller who came between"
        done = await place.happened(DutyDone)
        assert (done.duty_id, done.by) == (asked.callback_id, f"call:{again_call}")
        await phone.hangup()
        await again.result()
        await place.picks_up("1001")
        await other.hang_up()
        await place.ended(other_call)
        assert not place.target.calls_to(NUMBER)


async def test_another_number_is_keyed_in_and_dangerous_ones_are_not_dialled(town: OpenTown) -> None:
    async with town(numbers={NUMBER: Answers()}) as place:
        keyed = [step for digit in "110" for step in (PressKey(digit), WaitSeconds(0.1))]
        number = [step for digit in NUMBER for step in (PressKey(digit), WaitSeconds(0.1))]
        steps = (
            *(MUSIC, PressKey("5"), WaitSeconds(1.2), PressKey("2"), WaitSeconds(1.2)),
            *(*keyed, PressKey("#"), WaitSeconds(1.2), *number, PressKey("#"), WaitSeconds(1.2), PressKey("1")),
        )
        asked = await asks(place, "13900139009", *steps)
        assert asked.number == NUMBER
        assert [event.number for event in place.all(CallbackQueued)] == [NUMBER]


async def test_a_key_of_the_menu_asks_for_nothing_in_the_queue_after_it(town: OpenTown) -> None:
    async with town(changes={"callbacks": {"key": "1"}}) as place:
        citizen = await place.citizen(MENU, PressKey("1"))
        call_id = await place.call_of(citizen)
        await place.happened(WaitForecast, lambda e: e.call_id == call_id)
        phone = await place.phone("1001")
        await place.picks_up("1001")
        assert len(place.of_call(call_id, CallQueued)) == 1, "the wait was not left for a question"
        await phone.hangup()
        await place.ended(call_id)
        await citizen.result()


async def test_who_asks_in_a_menu_has_a_place_as_well(town: OpenTown) -> None:
    hasty = "13900139002"
    numbers = {NUMBER: Answers(after_seconds=0.2), hasty: Answers(after_seconds=0.1, talk_seconds=0.2)}
    async with town(numbers=numbers) as place:
        for number in numbers:
            citizen = await place.citizen(MENU, PressKey("6"), ani=number)
            asked = await place.happened(CallbackQueued, lambda e, number=number: e.number == number)
            assert (asked.source, asked.queue_id) == ("menu", "general")
            assert (await citizen.result()).ended_by == "far_end"
            assert (await place.ended(asked.call_id)).outcome == "callback"
        phone = await place.phone("1001")
        await place.picks_up("1001")
        ended = await place.happened(CallbackEnded)
        assert (ended.outcome, ended.callback_id) == ("answered", place.all(CallbackQueued)[0].callback_id)
        await phone.hangup()
        given_up = await place.happened(CallbackEnded, count=2, within=20)
        assert given_up.outcome == "failed"
        assert [event.outcome for event in place.all(CallbackAttempted)] == ["answered", "left", "left"]
        await place.until(lambda: place.state_of("1001") == "available", "the operator is free, and was not rung")
