"""Which rule sends a call on, and how rules are written."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from acd.overflow import OverflowReason, OverflowRules, QueueNow, why_not_kept

ALL = OverflowRules.model_validate(
    {
        "closed": {"message": "leave_a_message"},
        "no_operator": {"hotline": "water"},
        "full": {"goodbye": "all_busy_wait"},
        "expected_wait": {"over_seconds": 300, "flow": "leave_word"},
        "max_wait": {"queue": "general"},
    }
)
FINE = QueueNow(others=0, staffed=True, open=True, expected_seconds=10.0)


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (FINE, None),
        (QueueNow(others=9, staffed=False, open=False, expected_seconds=999.0), OverflowReason.CLOSED),
        (QueueNow(others=9, staffed=False, open=True, expected_seconds=999.0), OverflowReason.NO_OPERATOR),
        (QueueNow(others=9, staffed=True, open=True, expected_seconds=999.0), OverflowReason.FULL),
        (QueueNow(others=4, staffed=True, open=True, expected_seconds=301.0), OverflowReason.EXPECTED_WAIT),
        (QueueNow(others=4, staffed=True, open=True, expected_seconds=300.0), None),
        (QueueNow(others=4, staffed=True, open=True, expected_seconds=None), None),
    ],
)
def test_the_strongest_reason_counts(now: QueueNow, reason: OverflowReason | None) -> None:
    assert why_not_kept(ALL, 5, now, entering=True) is reason


def test_a_call_that_waits_is_never_sent_on_because_the_queue_is_full() -> None:
    assert why_not_kept(ALL, 5, QueueNow(9, True, True, None), entering=False) is None


def test_without_a_rule_a_queue_keeps_its_calls_unless_it_is_full() -> None:
    nobody = QueueNow(others=9, staffed=False, open=False, expected_seconds=999.0)
    assert why_not_kept(OverflowRules(), None, nobody, entering=True) is None
    assert why_not_kept(OverflowRules(), 9, nobody, entering=True) is OverflowReason.FULL


def test_a_queues_name_is_short_for_the_longest_wait() -> None:
    rules = OverflowRules.model_validate("general")
    place = rules.place_for(OverflowReason.MAX_WAIT)
    assert place is not None
    assert place.queue == "general"
    assert not rules.looks_ahead


@pytest.mark.parametrize("place", [{}, {"queue": "a", "hotline": "b"}, {"queue": "A B"}])
def test_a_place_is_one_place(place: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        OverflowRules.model_validate({"full": place})
