"""Figures of transfers over a period: from the sums by the hour, or from the ledger's rows; both say the same.

Each stretch of the period is read from the largest sums that it is made of, and rows are read only for the ends of the
period that are no whole hours. A time zone whose hours begin within an hour of UTC (India, Nepal)
is read from the rows where hours or days are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Integer, Select, and_, case, cast, func, select

from calls.connect_rate import GIVEN_UP, AttemptFigures
from calls.words import TransferOutcome
from storage.database import Database
from storage.projections.rollups import ADDED, SPANS, hour_of, moment_of_hour
from storage.tables import transfer_hours, transfer_rollups, transfers

HOUR, DAY, TARGET, DOOR = "hour", "day", "target", "door"
GROUPS = (HOUR, DAY, TARGET, DOOR)
"""What attempts can be grouped by."""

_QUARTER = 900  # seconds: the hours of every zone in use begin at one
_HOUR = timedelta(hours=1)
_WHOLE = min(SPANS)
_OUTCOMES = tuple(outcome.value for outcome in TransferOutcome)

Key = datetime | str
"A group: the moment at which its hour or day begins, or the id of a target or door."


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked."""

    by: str = TARGET
    "One of GROUPS."
    since: datetime | None = None
    until: datetime | None = None
    "Attempts that began before it."
    zone: tzinfo = UTC
    "Whose hours and days they are."
    target_id: str | None = None
    door: str | None = None
    rows: bool = False
    "Count the ledger's rows, not their sums."


@dataclass(slots=True)
class Answer:
    """The figures of each group, in order, and of all together."""

    groups: dict[Key, AttemptFigures] = field(default_factory=dict)
    total: AttemptFigures = field(default_factory=AttemptFigures)
    under_way: int = 0
    "Attempts that began in the period and have not ended: in none of the figures."


@dataclass(frozen=True, slots=True)
class Stretch:
    """Hours that are read from sums of one span."""

    hours: int
    first: int
    end: int


async def transfer_figures(database: Database, question: Question) -> Answer:
    """Count the attempts of a period by what is asked."""
    return await database.read(lambda connection: count(connection, question))


def count(connection: Connection, question: Question) -> Answer:
    """Count in an open transaction."""
    answer = Answer()
    groups: dict[Key, AttemptFigures] = {}
    since, until = _period(connection, question)
    if since is not None and until is not None and since < until:
        for key, figures in _parts(connection, question, since, until):
            if key in groups:
                groups[key].add(figures)
            else:
                groups[key] = figures
    answer.groups = dict(sorted(groups.items()))
    for figures in groups.values():
        answer.total.add(figures)
    answer.under_way = connection.scalar(_under_way(question)) or 0
    return answer


Part = tuple[Key, AttemptFigures]


def _parts(connection: Connection, question: Question, since: datetime, until: datetime) -> Iterator[Part]:
    first, end = _next_hour(since), hour_of(until)
    midnights = list(_midnights(since, until, question.zone)) if question.by in (HOUR, DAY) else []
    if question.rows or first >= end or not _on_whole_hours([since, *midnights], question.zone):
        yield from _from_rows(connection, question, since, until)
        return
    yield from _from_rows(connection, question, since, moment_of_hour(first))
    cuts = [hour_of(midnight) for midnight in midnights] if question.by == DAY else []
    for stretch in cover(first, end, cuts, (_WHOLE,) if question.by == HOUR else SPANS):
        yield from _from_sums(connection, question, stretch)
    yield from _from_rows(connection, question, moment_of_hour(end), until)


def cover(first: int, end: int, cuts: Sequence[int], spans: Sequence[int]) -> list[Stretch]:
    """Return stretches that cover the hours from `first` to `end`, of the largest sums that no cut falls into."""
    found: list[Stretch] = []
    edges = [first, *(cut for cut in cuts if first < cut < end), end]
    for begin, stop in pairwise(edges):
        _cover(found, begin, stop, sorted(spans))
    return found


def _cover(found: list[Stretch], first: int, end: int, spans: list[int]) -> None:
    if first >= end:
        return
    *smaller, hours = spans
    inner, outer = -(-first // hours) * hours, end // hours * hours
    if inner >= outer:
        _cover(found, first, end, smaller)
        return
    _cover(found, first, inner, smaller)
    _extend(found, hours, inner, outer)
    _cover(found, outer, end, smaller)


def _extend(found: list[Stretch], hours: int, first: int, end: int) -> None:
    if found and found[-1].hours == hours and found[-1].end == first:
        found[-1] = Stretch(hours, found[-1].first, end)
    else:
        found.append(Stretch(hours, first, end))


def _from_sums(connection: Connection, question: Question, stretch: Stretch) -> Iterator[Part]:
    for key, figures in _figures(connection, _sums(question, stretch)):
        yield key if question.by in (TARGET, DOOR) else _begin(moment_of_hour(key), question), figures


def _sums(question: Question, stretch: Stretch) -> Select[Any]:
    if question.by == HOUR and question.target_id is None and question.door is None:
        hours = transfer_hours.c
        wanted = (hours.first_hour >= stretch.first) & (hours.first_hour < stretch.end)
        return select(hours.first_hour.label("key"), hours.outcome, hours.short, *_named(hours)).where(wanted)
    table = transfer_rollups.c
    group = {TARGET: table.target_id, DOOR: table.door}.get(question.by, table.first_hour)
    amounts = [func.sum(column).label(column.name) for column in _named(table)]
    statement = select(group.label("key"), table.outcome, table.short, *amounts).where(
        table.hours == stretch.hours, table.first_hour >= stretch.first, table.first_hour < stretch.end
    )
    return _only(statement, table, question).group_by(group, table.outcome, table.short)


def _named(columns: Any) -> list[Any]:
    return [columns[name] for name in ADDED]


def _from_rows(connection: Connection, question: Question, since: datetime, until: datetime) -> Iterator[Part]:
    if since >= until:
        return
    table = transfers.c
    columns = {TARGET: table.target_id, DOOR: table.door}
    group: ColumnElement[Any] = columns.get(question.by, _quarter(connection))
    amounts = [func.count(), func.count(table.returned_to), func.sum(table.ring_ms), func.sum(table.talk_ms)]
    named = [func.coalesce(amount, 0).label(name) for amount, name in zip(amounts, ADDED, strict=True)]
    statement = select(group.label("key"), table.outcome, table.short, *named).where(
        table.started_at >= since, table.started_at < until, table.outcome.is_not(None)
    )
    statement = _only(statement, table, question).group_by("key", table.outcome, table.short)
    for key, figures in _figures(connection, statement):
        quarter = None if question.by in columns else datetime.fromtimestamp(int(key) * _QUARTER, UTC)
        yield key if quarter is None else _begin(quarter, question), figures


def _figures(connection: Connection, by_outcome: Select[Any]) -> Iterator[tuple[Any, AttemptFigures]]:
    """Return each key's figures from rows of key, outcome, short and amounts.

    The database turns outcomes into columns: a year by the hour has 67,000 rows of hours and outcomes, which take
    Python half a second.
    """
    part = by_outcome.subquery().c

    def added_up(which: ColumnElement[bool], amount: ColumnElement[Any] = part.attempts) -> ColumnElement[int]:
        return func.sum(case((which, amount), else_=0))

    statement = select(
        part.key,
        *(added_up(part.outcome == outcome) for outcome in _OUTCOMES),
        added_up(and_(part.short, part.outcome.in_([str(outcome) for outcome in GIVEN_UP]))),
        added_up(part.outcome == str(TransferOutcome.ANSWERED), part.ring_ms),
        *(func.sum(amount) for amount in _named(part)),
    ).group_by(part.key)
    for key, *numbers in connection.execute(statement):
        # PostgreSQL adds whole numbers up to decimal ones
        *outcomes, given_up_short, answered_ring_ms, attempts, returned, ring_ms, talk_ms = map(int, numbers)
        yield (
            key,
            AttemptFigures(
                attempts=attempts,
                by_outcome=dict(zip(_OUTCOMES, outcomes, strict=True)),
                given_up_short=given_up_short,
                returned=returned,
                ring_ms=ring_ms,
                talk_ms=talk_ms,
                answered_ring_ms=answered_ring_ms,
            ),
        )


def _quarter(connection: Connection) -> ColumnElement[Any]:
    """Return an attempt's quarter of an hour as a whole number."""
    started = transfers.c.started_at
    if connection.dialect.name == "sqlite":
        # its date functions round to milliseconds, so 59.9996 s would be the next minute
        return cast(func.strftime("%s", func.substr(started, 1, 19)), Integer) // _QUARTER
    return cast(func.floor(func.extract("epoch", started) / _QUARTER), BigInteger)


def _only(statement: Select[Any], columns: Any, question: Question) -> Select[Any]:
    if question.target_id is not None:
        statement = statement.where(columns.target_id == question.target_id)
    if question.door is not None:
        statement = statement.where(columns.door == question.door)
    return statement


def _under_way(question: Question) -> Select[Any]:
    table = transfers
    statement = select(func.count()).where(table.c.outcome.is_(None), table.c.started_at.is_not(None))
    if question.since is not None:
        statement = statement.where(table.c.started_at >= question.since)
    if question.until is not None:
        statement = statement.where(table.c.started_at < question.until)
    return _only(statement, table.c, question)


def _period(connection: Connection, question: Question) -> tuple[datetime | None, datetime | None]:
    """Return the period, where it is open the one in which there are attempts."""
    table = transfer_rollups.c
    # one at a time: for both at once SQLite reads every row
    first, last = (
        connection.scalar(select(edge(table.first_hour)).where(table.hours == _WHOLE)) for edge in (func.min, func.max)
    )
    if first is None or last is None:
        return None, None
    earliest, latest = moment_of_hour(first), moment_of_hour(last + 1)
    since = earliest if question.since is None else max(question.since, earliest)
    return since, latest if question.until is None else min(question.until, latest)


def _begin(moment: datetime, question: Question) -> datetime:
    """Return when the hour or day of the city's clock begins, in UTC: an hour that comes twice a year is two."""
    if question.by == HOUR and not moment.minute and _on_whole_hours([moment], question.zone):
        return moment
    local = moment.astimezone(question.zone)
    begin = local.replace(hour=0, minute=0, fold=0) if question.by == DAY else local.replace(minute=0)
    return begin.astimezone(UTC)


def _midnights(since: datetime, until: datetime, zone: tzinfo) -> Iterator[datetime]:
    day = since.astimezone(zone).date()
    while (midnight := datetime(day.year, day.month, day.day, tzinfo=zone)) < until:
        yield midnight
        day += timedelta(days=1)


def _on_whole_hours(moments: list[datetime], zone: tzinfo) -> bool:
    return all((moment.astimezone(zone).utcoffset() or timedelta()) % _HOUR == timedelta() for moment in moments)


def _next_hour(moment: datetime) -> int:
    """Return the first whole hour that does not begin before a moment."""
    hour = hour_of(moment)
    return hour if moment_of_hour(hour) == moment else hour + 1
