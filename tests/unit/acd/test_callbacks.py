"""Calling back: which numbers are dialled, when again, and that an entry is the same after a restart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from acd.callback_policy import CallbackPolicy
from acd.callbacks import (
    CallbackEntry,
    NumberLimits,
    attempt_outcome,
    callback_id_of,
    entries_of,
    retry_at,
)
from calls.events import (
    AttemptOutcome,
    CallbackAttempted,
    CallbackDialled,
    CallbackEnded,
    CallbackOutcome,
    CallbackQueued,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
POLICY = CallbackPolicy(trunk="carrier")


def asked(call_id: str = "h-1.1", number: str = "13800138000") -> CallbackQueued:
    return CallbackQueued(
        at=NOON,
        call_id=call_id,
        callback_id=callback_id_of(call_id, number),
        number=number,
        queue_id="general",
        queued_at=NOON - timedelta(minutes=3),
        due_at=NOON + timedelta(hours=4),
        skills={},
    )


def dialled(entry: CallbackEntry, at: datetime) -> CallbackDialled:
    return CallbackDialled(
        at=at,
        call_id=entry.asked.call_id,
        callback_id=entry.callback_id,
        attempt=entry.attempts + 1,
        placed_call_id=entry.next_call_id(at),
        operator_id="1001",
    )


@pytest.mark.parametrize(
    ("written", "dialled_as"),
    [
        ("13800138000", "13800138000"),
        ("+8613800138000", "13800138000"),
        ("008613800138000", "13800138000"),
        ("01085001234", "01085001234"),
        ("075585001234", "075585001234"),
        ("12800138000", None),
        ("110", None),
        ("010110", None),
        ("0755120", None),
        ("0014155550100", None),
        ("+14155550100", None),
        ("0101681234567", None),
        ("01016012345", None),
        ("4008001234", None),
        ("96777", None),
        ("", None),
        ("1380013800", None),
        ("138001380000", None),
        ("１３８００１３８０００", None),
        ("13800138000@trunk-x", None),
        ("13800138000&PJSIP/1", None),
        ("13800138000\n", None),
    ],
)
def test_numbers_that_are_called(written: str, dialled_as: str | None) -> None:
    assert POLICY.dialable(written) == dialled_as


def test_a_city_says_which_numbers_it_calls() -> None:
    policy = CallbackPolicy(trunk="carrier", allowed=("+4420*", "96XXX"), country_prefixes=())
    assert policy.dialable("+442079460000") == "+442079460000"
    assert policy.dialable("96777") == "96777"
    assert policy.dialable("13800138000") is None
    assert CallbackPolicy(trunk="carrier", allowed=("XXX*",)).dialable("119") is None, (
        "never, whatever the patterns say"
    )
    for wrong in ("", "*", "1[9-3]XXXX", "1.*", "1(2)"):
        with pytest.raises(ValidationError):
            CallbackPolicy(allowed=(wrong,))


def test_an_entry_is_the_same_after_a_restart() -> None:
    first, second = CallbackEntry(asked()), CallbackEntry(asked("h-1.2", "13900139000"))
    began = dialled(first, NOON)
    over = CallbackAttempted(
        at=NOON,
        call_id="h-1.1",
        callback_id=first.callback_id,
        attempt=1,
        placed_call_id=began.placed_call_id,
        outcome=AttemptOutcome.BUSY,
        retry_at=NOON + timedelta(minutes=10),
    )
    again = dialled(second, NOON)
    done = CallbackEnded(
        at=NOON, call_id="h-1.3", callback_id=callback_id_of("h-1.3", "1"), outcome=CallbackOutcome.ANSWERED
    )
    found = entries_of([asked(), asked("h-1.2", "13900139000"), asked("h-1.3", "1"), began, over, again, done, done])
    assert [entry.callback_id for entry in found] == [first.callback_id, second.callback_id]
    assert (found[0].attempts, found[0].placed_call_id) == (1, "")
    assert found[0].retry_at == NOON + timedelta(minutes=10)
    assert (found[1].attempts, found[1].placed_call_id) == (1, again.placed_call_id), "under way: to be looked for"
    assert found[0].place_at == NOON - timedelta(minutes=3), "the clock of the call that asked"


def test_each_attempt_has_an_id_of_its_own_older_than_any_leg() -> None:
    entry = CallbackEntry(asked())
    one = entry.next_call_id(NOON)
    entry.apply(dialled(entry, NOON))
    two = entry.next_call_id(NOON)
    assert one != two
    for call_id in (one, two):
        time, _, number = call_id.rpartition("-")[2].partition(".")
        assert (int(time), number) == (int(NOON.timestamp()), "0")


def test_the_last_attempt_is_the_last() -> None:
    entry = CallbackEntry(asked())
    for attempt in range(1, POLICY.attempts + 1):
        entry.apply(dialled(entry, NOON))
        again = retry_at(entry, AttemptOutcome.NO_ANSWER, POLICY, NOON)
        assert (again is None) == (attempt == POLICY.attempts)
    assert retry_at(CallbackEntry(asked()), AttemptOutcome.ANSWERED, POLICY, NOON) is None


@pytest.mark.parametrize(
    ("rang_out", "cause", "outcome"),
    [
        (False, 17, "busy"),
        (False, 21, "rejected"),
        (False, 19, "no_answer"),
        (True, 16, "no_answer"),
        (True, None, "no_answer"),
        (False, 1, "unreachable"),
        (False, 34, "unreachable"),
        (False, 16, "failed"),
    ],
)
def test_what_an_attempt_came_to(rang_out: bool, cause: int | None, outcome: str) -> None:
    assert attempt_outcome(rang_out, cause) == outcome


def test_a_number_may_ask_so_many_times_a_day() -> None:
    limits = NumberLimits({})
    for _ in range(POLICY.per_number_a_day):
        assert limits.allows("1", NOON, POLICY)
        limits.note("1", NOON)
    assert not limits.allows("1", NOON, POLICY)
    assert limits.allows("2", NOON, POLICY)
    assert limits.allows("1", NOON + timedelta(hours=24), POLICY)
    assert limits.wishes == {}, "what is a day old is forgotten"
