"""Alarms of the connect rate: raised under the limits, cleared a step above, silent on too few attempts."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from calls.alarm_events import ConnectRateAlarmCleared, ConnectRateAlarmRaised
from transfer.connect_rate import ALL, KEPT_ATTEMPTS, LEAST_ATTEMPTS, RULES, Rate, RateAlarms

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def said(alarms: RateAlarms, answered: int, rated: int, scope: str = "gas") -> list[str]:
    words = []
    for alarm in alarms.look([Rate(scope, answered, rated)], NOON):
        what = "raised" if isinstance(alarm, ConnectRateAlarmRaised) else alarm.reason
        words.append(f"{alarm.rule} {what}")
    return words


def test_each_rule_has_its_own_limit_and_clears_a_step_above_it() -> None:
    alarms = RateAlarms()
    assert said(alarms, 950, 1000) == []
    assert said(alarms, 949, 1000) == ["gbt33358_95 raised"]
    assert said(alarms, 900, 1000) == []
    assert said(alarms, 899, 1000) == ["beijing_90 raised"]
    assert said(alarms, 909, 1000) == []
    assert said(alarms, 910, 1000) == ["beijing_90 recovered"]
    assert said(alarms, 959, 1000) == []
    assert said(alarms, 960, 1000) == ["gbt33358_95 recovered"]


def test_two_calls_that_fail_say_nothing_of_a_hotline() -> None:
    alarms = RateAlarms()
    assert said(alarms, 0, LEAST_ATTEMPTS - 1) == []
    assert said(alarms, 0, LEAST_ATTEMPTS) == ["beijing_90 raised", "gbt33358_95 raised"]
    assert said(alarms, 0, KEPT_ATTEMPTS) == []
    assert said(alarms, 0, KEPT_ATTEMPTS - 1) == ["beijing_90 too_few", "gbt33358_95 too_few"]
    assert said(alarms, 0, 0) == []


def test_a_hotline_that_is_gone_has_no_alarm() -> None:
    alarms = RateAlarms()
    said(alarms, 92, 100)
    [cleared] = alarms.look([Rate(ALL, 100, 100)], NOON)
    assert isinstance(cleared, ConnectRateAlarmCleared)
    assert (cleared.scope, cleared.rule, cleared.reason) == ("gas", "gbt33358_95", "removed")


def test_alarms_of_before_a_restart_go_on() -> None:
    alarms = RateAlarms([("gas", "beijing_90"), ("gas", "gbt33358_95")])
    assert said(alarms, 80, 100) == []
    assert said(alarms, 92, 100) == ["beijing_90 recovered"]


figures = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda two: (min(two), max(two)))


@given(st.lists(figures, max_size=60))
def test_raised_and_cleared_take_turns_and_never_at_the_limit_twice(looks: list[tuple[int, int]]) -> None:
    alarms = RateAlarms()
    raised: set[str] = set()
    for answered, rated in looks:
        for alarm in alarms.look([Rate(ALL, answered, rated)], NOON):
            if isinstance(alarm, ConnectRateAlarmRaised):
                assert alarm.rule not in raised
                raised.add(alarm.rule)
            else:
                raised.remove(alarm.rule)
        assert alarms.raised == {(ALL, rule) for rule in raised}
        for rule in RULES:
            if rated >= LEAST_ATTEMPTS:
                assert answered / rated >= rule.raise_under or rule.rule_id in raised
                assert answered / rated < rule.clear_from or rule.rule_id not in raised
