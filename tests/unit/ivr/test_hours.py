"""When a line is open: clock, calendar, and the order of the rules."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.hours import (
    LISTED_YEARS,
    EntryRule,
    calendar_warning,
    closes_at,
    day_kind,
    entry_of,
    hours_states,
    is_open,
    spans_of,
)
from ivr.model import Calendar, Hours, Line, Notice

SHANGHAI = ZoneInfo("Asia/Shanghai")
CHINA = Calendar()
PLAIN = Calendar(country="none")
OFFICE = Hours.model_validate(
    {"workdays": ["08:30-12:00", "13:30-17:30"], "rest_days": [], "days": {"sat": ["09:00-12:00"]}, "holidays": []}
)
ENTERPRISE = Hours.model_validate({"every_day": ["06:00-24:00"]})
NIGHT = Hours.model_validate({"every_day": ["22:00-06:00"]})


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    """Return the city's time as the service has it, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("hours", "moment", "expected"),
    [
        (OFFICE, "2026-11-23 08:29", False),
        (OFFICE, "2026-11-23 08:30", True),
        (OFFICE, "2026-11-23 12:00", False),
        (OFFICE, "2026-11-23 17:29", True),
        (OFFICE, "2026-11-21 10:00", True),  # Saturday
        (OFFICE, "2026-11-21 14:00", False),
        (OFFICE, "2026-11-22 10:00", False),  # Sunday
        (OFFICE, "2026-10-01 10:00", False),  # National Day
        (OFFICE, "2026-10-03 10:00", False),  # a Saturday within it
        (OFFICE, "2026-10-10 14:00", True),  # a Saturday on which people work for it
        (ENTERPRISE, "2026-10-01 05:59", False),
        (ENTERPRISE, "2026-10-01 06:00", True),
        (ENTERPRISE, "2026-10-01 23:59", True),
        (ENTERPRISE, "2026-10-02 00:00", False),
        (NIGHT, "2026-11-23 23:00", True),
        (NIGHT, "2026-11-24 05:59", True),
        (NIGHT, "2026-11-24 06:00", False),
        (None, "2026-11-24 03:00", True),
        (Hours(always=True), "2026-11-24 03:00", True),
        (Hours(), "2026-11-24 12:00", False),
    ],
)
def test_opening(hours: Hours | None, moment: str, expected: bool) -> None:
    assert is_open(hours, at(moment), SHANGHAI, CHINA) is expected


@pytest.mark.parametrize(
    ("hours", "moment", "expected"),
    [
        (OFFICE, "2026-11-23 08:30", "2026-11-23 12:00"),
        (OFFICE, "2026-11-23 11:59", "2026-11-23 12:00"),
        (OFFICE, "2026-11-23 12:00", "2026-11-23 17:30"),  # it is closed now, and the next time then
        (OFFICE, "2026-11-20 17:29", "2026-11-20 17:30"),
        (OFFICE, "2026-11-21 12:00", None),  # Saturday noon, until Monday
        (ENTERPRISE, "2026-10-01 23:59", "2026-10-02 00:00"),
        (NIGHT, "2026-11-23 23:00", "2026-11-24 06:00"),
        (NIGHT, "2026-11-24 05:59", "2026-11-24 06:00"),
        (Hours.model_validate({"every_day": ["08:00-12:00", "12:00-18:00"]}), "2026-11-23 09:00", "2026-11-23 18:00"),
        (Hours.model_validate({"every_day": ["00:00-24:00"]}), "2026-11-23 09:00", None),
        (None, "2026-11-24 03:00", None),
        (Hours(always=True), "2026-11-24 03:00", None),
    ],
)
def test_closing_time_is_known_before(hours: Hours | None, moment: str, expected: str | None) -> None:
    assert closes_at(hours, at(moment), SHANGHAI, CHINA) == (at(expected) if expected else None)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 20)), st.sampled_from([OFFICE, ENTERPRISE, NIGHT]))
def test_it_stays_open_until_closing_time(moment: datetime, hours: Hours) -> None:
    for zone in (SHANGHAI, ZoneInfo("Europe/Berlin")):
        now = moment.replace(tzinfo=zone).astimezone(UTC)
        closing = closes_at(hours, now, zone, CHINA)
        if is_open(hours, now, zone, CHINA):
            assert closing is not None
            assert not is_open(hours, closing, zone, CHINA)
            for part in range(20):
                assert is_open(hours, now + part / 20 * (closing - now), zone, CHINA)


def test_the_citys_own_days_win() -> None:
    calendar = Calendar.model_validate({"closed": [{"date": "2026-11-23"}], "open": [{"date": "2026-10-01"}]})
    assert not is_open(OFFICE, at("2026-11-23 10:00"), SHANGHAI, calendar)
    assert is_open(OFFICE, at("2026-10-01 14:00"), SHANGHAI, calendar)
    assert day_kind(date(2026, 11, 23), calendar).is_holiday


def test_an_ordinary_weekend_is_no_holiday() -> None:
    assert hours_states(OFFICE, at("2026-11-22 10:00"), SHANGHAI, CHINA) == ("closed",)
    assert hours_states(OFFICE, at("2026-10-01 10:00"), SHANGHAI, CHINA) == ("holiday", "closed")
    assert hours_states(OFFICE, at("2026-11-23 10:00"), SHANGHAI, CHINA) == ("open",)


def test_clocks_that_change() -> None:
    berlin, hours = ZoneInfo("Europe/Berlin"), Hours.model_validate({"every_day": ["02:30-09:00"]})
    # 02:00 to 03:00 does not exist on this day; it opens as the clock says 03:00
    before, after = datetime(2026, 3, 29, 0, 59, tzinfo=UTC), datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert not is_open(hours, before, berlin, PLAIN)
    assert is_open(hours, after, berlin, PLAIN)
    # 02:30 comes twice on this one
    assert is_open(hours, datetime(2026, 10, 25, 0, 30, tzinfo=UTC), berlin, PLAIN)
    assert not is_open(hours, datetime(2026, 10, 25, 1, 15, tzinfo=UTC), berlin, PLAIN)
    assert is_open(hours, datetime(2026, 10, 25, 1, 30, tzinfo=UTC), berlin, PLAIN)


def test_a_year_without_a_list_is_said() -> None:
    last = LISTED_YEARS[-1]
    assert calendar_warning(CHINA, at(f"{last}-06-01 00:00"), SHANGHAI) is None
    assert str(last + 1) in (calendar_warning(CHINA, at(f"{last}-12-20 00:00"), SHANGHAI) or "")
    assert calendar_warning(PLAIN, at(f"{last + 5}-01-01 00:00"), SHANGHAI) is None
    assert not day_kind(date(last + 5, 10, 1), CHINA).is_listed


LINE = Line.model_validate(
    {"id": "c", "name": {}, "dnis": ["12345"], "flow": "open", "hours": "office", "closed": "shut", "holiday": "feast"}
)


def entry(line: Line, moment: str, *notices: dict[str, Any]) -> tuple[EntryRule, str | None, list[str]]:
    found = entry_of(
        line,
        at(moment),
        zone=SHANGHAI,
        hours={"office": OFFICE},
        calendar=CHINA,
        notices=[Notice.model_validate({"prompt": "p", "until": "2026-12-31", **each}) for each in notices],
    )
    return found.rule, found.flow_id, [notice.notice_id for notice in found.notices]


BEFORE = {"id": "before"}
INSTEAD = {"id": "instead", "mode": "instead", "then": "after"}


def test_emergency_notice_then_holiday_then_closed_then_open() -> None:
    assert entry(LINE, "2026-10-01 03:00", BEFORE, INSTEAD) == (EntryRule.NOTICE, "after", ["instead"])
    assert entry(LINE, "2026-10-01 03:00", BEFORE) == (EntryRule.HOLIDAY, "feast", ["before"])
    assert entry(LINE, "2026-11-23 03:00", BEFORE) == (EntryRule.CLOSED, "shut", ["before"])
    assert entry(LINE, "2026-11-23 09:00", BEFORE) == (EntryRule.OPEN, "open", ["before"])
    bare = LINE.model_copy(update={"holiday": None, "closed": None})
    assert entry(bare, "2026-10-01 10:00") == (EntryRule.CLOSED, None, [])


@pytest.mark.parametrize(
    ("notice", "is_on"),
    [
        ({"until": "2026-11-23 10:00"}, False),
        ({"until": "2026-11-23 10:01"}, True),
        ({"until": "2026-11-23T02:01:00+00:00"}, True),
        ({"from": "2026-11-23 10:01"}, False),
        ({"from": "2026-11-23 10:00"}, True),
        ({"lines": ["c"]}, True),
        ({"lines": ["d"]}, False),
    ],
)
def test_a_notice_has_its_time_and_its_lines(notice: dict[str, Any], is_on: bool) -> None:
    assert entry(LINE, "2026-11-23 10:00", {"id": "n", **notice})[2] == (["n"] if is_on else [])


MINUTES = st.integers(0, 1439)


@given(start=MINUTES, end=MINUTES, moment=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 30)))
def test_a_span_and_the_rest_of_the_day(start: int, end: int, moment: datetime) -> None:
    """At every moment exactly one of a span and its opposite is open, across midnight too."""
    if start == end:
        return

    def hours(first: int, last: int) -> Hours:
        return Hours.model_validate({"every_day": [f"{first // 60}:{first % 60:02d}-{last // 60}:{last % 60:02d}"]})

    now = moment.replace(tzinfo=UTC)
    assert is_open(hours(start, end), now, SHANGHAI, PLAIN) != is_open(hours(end, start), now, SHANGHAI, PLAIN)


@given(st.dates(date(2004, 1, 1), date(2040, 1, 1)))
def test_every_day_is_of_some_kind(day: date) -> None:
    kind = day_kind(day, CHINA)
    assert not (kind.is_holiday and not kind.is_rest)
    assert not (kind.is_made_up and kind.is_rest)
    assert isinstance(spans_of(OFFICE, day + timedelta(days=1), CHINA), tuple)
