"""Limits: so many calls at once for a hotline, so many transfers for an operator; none for an emergency line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from transfer.directory import Hotline
from transfer.limits import TransferLimits
from transfer.rules import TransferRules

T0 = datetime(2026, 1, 1, tzinfo=UTC)
VALUES = {"hotline_id": "gas", "name": {"zh": "燃气"}, "number": "96777", "trunk": "carrier", "key": "02"}
GAS = Hotline.model_validate({**VALUES, "on_failure": "general", "at_once": 2}, by_name=True)
FIRE = Hotline.model_validate(
    {**VALUES, "hotline_id": "fire", "on_failure": "general", "at_once": 1, "kind": "emergency"}, by_name=True
)
RULES = TransferRules(per_operator_minute=3, per_operator_hour=5)


def test_so_many_calls_at_once_and_a_place_that_is_given_back_is_free() -> None:
    limits = TransferLimits()
    assert [limits.begin(GAS) for _ in range(3)] == [True, True, False]
    limits.end(GAS)
    assert limits.begin(GAS)
    assert not limits.begin(GAS), "conversations that outlived a session count as well"
    limits.end(GAS)
    assert not limits.begin(GAS, others=1)


def test_an_emergency_line_has_no_limit() -> None:
    limits = TransferLimits()
    assert all(limits.begin(FIRE, others=50) for _ in range(20))
    assert all(limits.may_start("1001", FIRE, RULES, T0) for _ in range(20))
    assert limits.may_start("1001", GAS, RULES, T0), "and counts for none"


def test_an_operator_starts_so_many_in_a_minute_and_in_an_hour() -> None:
    limits = TransferLimits()

    def start(seconds: float, operator_id: str = "1001") -> bool:
        return limits.may_start(operator_id, GAS, RULES, T0 + timedelta(seconds=seconds))

    assert [start(s) for s in (0, 1, 2, 3)] == [True, True, True, False]
    assert start(3, "1002"), "everybody has their own"
    assert [start(s) for s in (60, 61, 62)] == [True, True, False], "five within the hour"
    assert start(3600)


@given(st.lists(st.floats(0, 10_000), max_size=60).map(sorted))
def test_never_more_than_allowed_in_any_minute_or_hour(times: list[float]) -> None:
    limits = TransferLimits()
    began = [s for s in times if limits.may_start("1001", GAS, RULES, T0 + timedelta(seconds=s))]
    for index, first in enumerate(began):
        assert sum(1 for s in began[index:] if s - first < 60) <= RULES.per_operator_minute
        assert sum(1 for s in began[index:] if s - first < 3600) <= RULES.per_operator_hour
