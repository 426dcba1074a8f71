"""When a line is open. Pure: the moment and the time zone are given, never read.

Times are the city's wall clock, so that a day on which the clocks change opens and closes at the written times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import chinese_calendar
from chinese_calendar.constants import holidays as _listed_holidays

from ivr.model import WEEKDAYS, Calendar, Hours, Line, Notice, Span
from ivr.types import MINUTES_OF_DAY

_WHOLE_DAY = (Span(0, MINUTES_OF_DAY),)
_SATURDAY = 5

LISTED_YEARS = range(min(_listed_holidays).year, max(_listed_holidays).year + 1)
"""Years of which the statutory holidays are known: they are announced each autumn for the next year."""


class HoursState(StrEnum):
    """What `choose` by hours can find."""

    OPEN = "open"
    CLOSED = "closed"
    HOLIDAY = "holiday"


class EntryRule(StrEnum):
    """Which rule decides what a call is given, in the order in which they count."""

    NOTICE = "notice"
    HOLIDAY = "holiday"
    CLOSED = "closed"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class DayKind:
    """What a day is."""

    is_rest: bool
    "Weekend or holiday."
    is_holiday: bool = False
    is_made_up: bool = False
    "A weekend day on which people work, or a working day of the city's own."
    is_listed: bool = True
    "The statutory holidays of this year are known; weekends alone count where not."


@dataclass(frozen=True, slots=True)
class Entry:
    """What a call is given first."""

    rule: EntryRule
    flow_id: str | None
    "The flow; None where only the closing words (or the notice) are spoken."
    notices: tuple[Notice, ...] = ()
    "Spoken first, in this order."


def day_kind(day: date, calendar: Calendar) -> DayKind:
    """Return what this day is in the city."""
    if any(each.date == day for each in calendar.open):
        return DayKind(is_rest=False, is_made_up=True)
    weekend = day.weekday() >= _SATURDAY
    if any(each.date == day for each in calendar.closed):
        return DayKind(is_rest=True, is_holiday=True)
    if calendar.country == "none":
        return DayKind(is_rest=weekend)
    if day.year not in LISTED_YEARS:
        return DayKind(is_rest=weekend, is_listed=False)
    rest, name = chinese_calendar.get_holiday_detail(day)
    return DayKind(is_rest=rest, is_holiday=rest and name is not None, is_made_up=not rest and weekend)


def spans_of(hours: Hours, day: date, calendar: Calendar) -> tuple[Span, ...]:
    """Return the times at which a day's opening begins and ends; a span may go on past midnight."""
    if hours.always:
        return _WHOLE_DAY
    kind = day_kind(day, calendar)
    if kind.is_holiday:
        return _first(hours.holidays, hours.rest_days, hours.every_day)
    weekday = hours.days.get(WEEKDAYS[day.weekday()])
    if kind.is_made_up:
        return _first(hours.workdays, hours.every_day, weekday)
    return _first(weekday, hours.rest_days if kind.is_rest else hours.workdays, hours.every_day)


def is_open(hours: Hours | None, now: datetime, zone: ZoneInfo, calendar: Calendar) -> bool:
    """Say whether it is open at this moment (aware). Without hours it always is."""
    if hours is None or hours.always:
        return True
    local = now.astimezone(zone)
    today, minute = local.date(), local.hour * 60 + local.minute
    for span in spans_of(hours, today, calendar):
        if span.start <= minute and (minute < span.end or span.end <= span.start):
            return True
    yesterday = spans_of(hours, today - timedelta(days=1), calendar)
    return any(span.end <= span.start and minute < span.end for span in yesterday)


def closes_at(hours: Hours | None, now: datetime, zone: ZoneInfo, calendar: Calendar) -> datetime | None:
    """Return the first moment after now from which it is closed; None where it is open past tomorrow."""
    if hours is None or hours.always:
        return None
    today = now.astimezone(zone).date()
    ends = []
    for day in (today + timedelta(days=days) for days in (-1, 0, 1)):
        midnight = datetime.combine(day, time())
        for span in spans_of(hours, day, calendar):
            minutes = span.end if span.end > span.start else span.end + MINUTES_OF_DAY
            ends.append((midnight + timedelta(minutes=minutes)).replace(tzinfo=zone).astimezone(UTC))
    return min((end for end in ends if end > now and not is_open(hours, end, zone, calendar)), default=None)


def hours_states(hours: Hours | None, now: datetime, zone: ZoneInfo, calendar: Calendar) -> tuple[HoursState, ...]:
    """Return what `choose` by hours goes by, the strongest first: a holiday, then open or closed."""
    state = HoursState.OPEN if is_open(hours, now, zone, calendar) else HoursState.CLOSED
    holiday = day_kind(now.astimezone(zone).date(), calendar).is_holiday
    return (HoursState.HOLIDAY, state) if holiday else (state,)


def entry_of(
    line: Line,
    now: datetime,
    *,
    zone: ZoneInfo,
    hours: Mapping[str, Hours],
    calendar: Calendar,
    notices: Sequence[Notice] = (),
) -> Entry:
    """Return what a call on this line is given now: emergency notice > holiday > closed > open."""
    on = [notice for notice in notices if notice.is_on(line.line_id, now, zone)]
    instead = next((notice for notice in on if notice.mode == "instead"), None)
    if instead is not None:
        return Entry(EntryRule.NOTICE, instead.then, (instead,))
    before = tuple(on)
    if line.holiday is not None and day_kind(now.astimezone(zone).date(), calendar).is_holiday:
        return Entry(EntryRule.HOLIDAY, line.holiday, before)
    if not is_open(hours[line.hours] if line.hours else None, now, zone, calendar):
        return Entry(EntryRule.CLOSED, line.closed, before)
    return Entry(EntryRule.OPEN, line.flow, before)


def calendar_warning(calendar: Calendar, now: datetime, zone: ZoneInfo) -> str | None:
    """Return a sentence where the statutory holidays of this year, or of a next year that is near, are not known."""
    if calendar.country == "none":
        return None
    local = now.astimezone(zone)
    near = local + timedelta(days=31)
    for year in dict.fromkeys((local.year, near.year)):
        if year not in LISTED_YEARS:
            return (
                f"the statutory holidays of {year} are not known (known: {LISTED_YEARS[0]} to {LISTED_YEARS[-1]}): only"
                " weekends count; update the package chinesecalendar, or write the days into calendar.closed and open"
            )
    return None


def _first(*choices: tuple[Span, ...] | None) -> tuple[Span, ...]:
    return next((spans for spans in choices if spans is not None), ())
