"""Places of callers who hung up: regained once, soon enough, in the same queue."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from acd.redial import RedialMemory
from calls.events import CallDequeued, CallEnded, CallOutcome, CallQueued, CallStarted, EndedBy, OperatorAnswered

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
WITHIN = timedelta(minutes=5)


def at(seconds: float) -> datetime:
    """Return a moment of the story."""
    return START + timedelta(seconds=seconds)


def begins(
    memory: RedialMemory, call_id: str, seconds: float, *, number: str = "138", queue_id: str = "general"
) -> None:
    """Let a call come in and wait."""
    memory.apply(
        CallStarted(at=at(seconds), call_id=call_id, case_id="", ani=number, dnis="", line_id="", language="zh")
    )
    memory.apply(CallQueued(at=at(seconds), call_id=call_id, queue_id=queue_id, skills={}))


def ends(memory: RedialMemory, call_id: str, seconds: float, outcome: CallOutcome = CallOutcome.ABANDONED) -> None:
    """Let a call end."""
    memory.apply(CallEnded(at=at(seconds), call_id=call_id, outcome=outcome, ended_by=EndedBy.CALLER))


def test_a_place_is_regained_once() -> None:
    memory = RedialMemory()
    begins(memory, "a", 0)
    ends(memory, "a", 60)
    assert memory.regain("138", "general", at(90), WITHIN) == at(0)
    assert memory.regain("138", "general", at(91), WITHIN) is None


def test_a_place_that_was_regained_and_left_is_regained_again() -> None:
    memory = RedialMemory()
    begins(memory, "a", 0)
    ends(memory, "a", 60)
    place = memory.regain("138", "general", at(90), WITHIN)
    begins(memory, "b", 90)
    memory.apply(CallQueued(at=at(90), call_id="b", queue_id="general", skills={}, place_at=place))
    assert memory.regained("b") == at(0), "also after a restart"
    ends(memory, "b", 200)
    assert memory.regain("138", "general", at(300), WITHIN) == at(0)


def test_a_place_is_not_another_queues_or_numbers_and_not_for_ever() -> None:
    memory = RedialMemory()
    begins(memory, "a", 0)
    ends(memory, "a", 60)
    assert memory.regain("138", "gas", at(61), WITHIN) is None
    assert memory.regain("139", "general", at(61), WITHIN) is None
    assert memory.regain("", "general", at(61), WITHIN) is None
    assert memory.regain("138", "general", at(60 + 301), WITHIN) is None


def test_who_was_helped_or_sent_on_left_no_place() -> None:
    memory = RedialMemory()
    begins(memory, "answered", 0, number="1")
    memory.apply(OperatorAnswered(at=at(5), call_id="answered", offer_id="o", operator_id="1001", ring_seconds=1.0))
    ends(memory, "answered", 9, CallOutcome.ANSWERED)
    begins(memory, "sent on", 0, number="2")
    memory.apply(CallDequeued(at=at(5), call_id="sent on", queue_id="general", reason="timed_out"))
    ends(memory, "sent on", 9, CallOutcome.TIMED_OUT)
    begins(memory, "withheld", 0, number="")
    ends(memory, "withheld", 9)
    assert [memory.regain(number, "general", at(10), WITHIN) for number in ("1", "2", "")] == [None] * 3


def test_memory_is_bounded() -> None:
    memory = RedialMemory(most=2)
    for number in "123":
        begins(memory, number, 0, number=number)
        ends(memory, number, 1)
    assert [memory.regain(number, "general", at(2), WITHIN) for number in "123"] == [None, at(0), at(0)]
