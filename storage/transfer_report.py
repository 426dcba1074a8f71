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

from sqlalchemy import BigInteger, ColumnElement, Connection, Integer, Select, cast, func, select

from calls.connect_rate import AttemptFigures, Sums
from storage.database import Database
from storage.projections.rollups import SPANS, hour_of, moment_of_hour
from storage.tables import transfer_rollups, transfers

HOUR, DAY, TARGET, DOOR = "hour", "day", "target", "door"
GROUPS = (HOUR, DAY, TARGET, DOOR)
"""What attempts can be grouped by."""

_QUARTER = 900  # seconds: the hours of every zone in use begin at one
_HOUR = timedelta(hours=1)
_WHOLE = min(SPANS)

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
        for key, outcome, short, sums in _cells(connection, question, since, until):
            if key not in groups:
                groups[key] = AttemptFigures()
            groups[key].add(outcome, short, sums)
    answer.groups = dict(sorted(groups.items()))
    for figures in groups.values():
        answer.total.add_all(figures)
    answer.under_way = connection.scalar(_under_way(question)) or 0
    return answer


Cell = tuple[Key, str, bool, Sums]


def _cells(connection: Connection, question: Question, since: datetime, until: datetime) -> Iterator[Cell]:
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


def _from_sums(connection: Connection, question: Question, stretch: Stretch) -> Iterator[Cell]:
    table = transfer_rollups
    columns = {TARGET: table.c.target_id, DOOR: table.c.door}
    group = columns.get(question.by, table.c.first_hour)
    amounts = [func.sum(table.c[name]) for name in ("attempts", "returned", "ring_ms", "talk_ms")]
    statement = select(group, table.c.outcome, table.c.short, *amounts).where(
        table.c.hours == stretch.hours, table.c.first_hour >= stretch.first, table.c.first_hour < stretch.end
    )
    statement = _only(statement, table.c, question).group_by(group, table.c.outcome, table.c.short)
    begins: dict[Any, Key] = {}
    for key, outcome, short, attempts, returned, ring_ms, talk_ms in connection.execute(statement):
        if key not in begins:
            begins[key] = key if question.by in columns else _begin(moment_of_hour(key), question)
        yield begins[key], outcome, short, Sums(int(attempts), int(returned), int(ring_ms), int(talk_ms))


def _from_rows(connection: Connection, question: Question, since: datetime, until: datetime) -> Iterator[Cell]:
    if since >= until:
        return
    table = transfers
    columns = {TARGET: table.c.target_id, DOOR: table.c.door}
    group: ColumnElement[Any] = columns.get(question.by, _quarter(connection))
    amounts = [
        func.count(),
        func.count(table.c.returned_to),
        func.coalesce(func.sum(table.c.ring_ms), 0),
        func.coalesce(func.sum(table.c.talk_ms), 0),
    ]
    statement = select(group.label("key"), table.c.outcome, table.c.short, *amounts).where(
        table.c.started_at >= since, table.c.started_at < until, table.c.outcome.is_not(None)
    )
    statement = _only(statement, table.c, question).group_by("key", table.c.outcome, table.c.short)
    for key, outcome, short, *sums in connection.execute(statement):
        moment = key if question.by in columns else _begin(datetime.fromtimestamp(int(key) * _QUARTER, UTC), question)
        yield moment, outcome, short, Sums(*map(int, sums))


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
