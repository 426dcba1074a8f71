"""What changes for callers between two versions of a configuration, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from hotline.config.city import City
from hotline.config.compare_flows import compare_flows
from hotline.config.compare_words import Change, compare_fields, compare_keyed, shown
from ivr.drawing.words import Words
from ivr.graph import prompts_of
from ivr.model import Line

__all__ = ["Change", "compare_cities"]

_ENGLISH = Words("en")


@dataclass(frozen=True, slots=True)
class _Pair:
    old: City
    new: City


def compare_cities(old: City, new: City) -> list[Change]:
    """Return every change, those that callers notice first in front: lines, hours, flows, prompts; then the rest."""
    pair = _Pair(old, new)
    return [
        *_city(pair),
        *_lines(pair),
        *_hours(pair),
        *_notices(pair),
        *_callers(pair),
        *compare_flows(old.flows, new.flows),
        *_prompts(pair),
        *_queues(pair),
        *_hotlines(pair),
        *_operators(pair),
        *_settings(pair),
    ]


def _city(pair: _Pair) -> Iterator[Change]:
    for name in ("name", "timezone", "languages", "default_language"):
        before, after = getattr(pair.old, name), getattr(pair.new, name)
        if before != after:
            yield Change("city", pair.new.city_id, f"the city's {name} is {shown(after)} (was {shown(before)})")


def _lines(pair: _Pair) -> Iterator[Change]:
    yield from compare_keyed("line", pair.old.lines, pair.new.lines, _line_words, _line)


def _line_words(line: Line) -> str:
    hours = f", hours {line.hours}" if line.hours else ""
    return f"{', '.join(line.dnis)} leads to the flow {line.flow}{hours}"


def _line(line_id: str, old: Line, new: Line) -> Iterator[Change]:
    for number in new.dnis:
        if number not in old.dnis:
            yield Change("line", line_id, f"{number} now leads to the line {line_id}")
    for number in old.dnis:
        if number not in new.dnis:
            yield Change("line", line_id, f"{number} no longer leads to the line {line_id}")
    aliases = {alias.dnis: alias for alias in old.aliases}, {alias.dnis: alias for alias in new.aliases}
    yield from compare_keyed("line", *aliases, lambda alias: f"leads to {line_id}, topic {alias.topic}", what="number ")
    yield from compare_fields("line", f"the line {line_id}", line_id, old, new, {"dnis", "aliases"})


def _hours(pair: _Pair) -> Iterator[Change]:
    for name in {**pair.old.hours, **pair.new.hours}:
        before, after = pair.old.hours.get(name), pair.new.hours.get(name)
        if before == after:
            continue
        lines = [line.line_id for line in pair.new.lines.values() if line.hours == name]
        where = f" (lines: {', '.join(lines)})" if lines else ""
        words = _ENGLISH.hours(after) if after is not None else "gone"
        was = f" (were {_ENGLISH.hours(before)})" if before is not None else " (new)"
        yield Change("hours", name, f"the hours {name} are {words}{was}{where}")
    old, new = pair.old.calendar, pair.new.calendar
    for kind, words in (("closed", "a holiday"), ("open", "a working day")):
        before_days = {each.date for each in getattr(old, kind)}
        after_days = {each.date for each in getattr(new, kind)}
        for day in sorted(before_days ^ after_days):
            yield Change(
                "hours", "calendar", f"{day} is {'now' if day in after_days else 'no longer'} {words} of the city"
            )
    if old.country != new.country:
        yield Change("hours", "calendar", f"the country's holidays are {new.country} (were {old.country})")


def _notices(pair: _Pair) -> Iterator[Change]:
    old = {notice.notice_id: notice for notice in pair.old.notices}
    new = {notice.notice_id: notice for notice in pair.new.notices}
    yield from compare_keyed("notice", old, new, lambda notice: f"{notice.mode}, until {notice.until}")


def _callers(pair: _Pair) -> Iterator[Change]:
    old, new = pair.old.callers, pair.new.callers
    blocked = {each.number: each for each in old.blocked}, {each.number: each for each in new.blocked}
    for number in {**blocked[0], **blocked[1]}:
        if (number in blocked[0]) != (number in blocked[1]):
            words = "now blocked" if number in blocked[1] else "no longer blocked"
            yield Change("callers", "blocked", f"calls from {number} are {words}")
        elif blocked[0][number] != blocked[1][number]:
            yield Change("callers", "blocked", f"why or until when {number} is blocked has changed")
    for kind in ("enterprise_numbers", "allowed"):
        before, after = set(getattr(old, kind)), set(getattr(new, kind))
        if before != after:
            text = f"{kind}: {len(after - before)} more numbers, {len(before - after)} fewer ({len(after)} in all)"
            yield Change("callers", kind, text)
    lists = {"blocked", "enterprise_numbers", "allowed", "enterprise_file"}
    yield from compare_fields("callers", "callers", "callers", old, new, lists)


def _prompts(pair: _Pair) -> Iterator[Change]:
    heard = _heard(pair.new)
    for name in {**pair.old.prompts, **pair.new.prompts}:
        before, after = pair.old.prompts.get(name), pair.new.prompts.get(name)
        where = f"; heard at {', '.join(heard[name])}" if name in heard else ""
        if before is None and after is not None:
            yield Change("prompt", name, f"the prompt {name} is new: {shown(next(iter(after.values()), ''))}{where}")
        elif after is None:
            yield Change("prompt", name, f"the prompt {name} is gone")
        else:
            for language in {**(before or {}), **after}:
                was, now = (before or {}).get(language), after.get(language)
                if was != now:
                    text = f"the prompt {name} says in {language}: {shown(now)} (said: {shown(was)}){where}"
                    yield Change("prompt", name, text)


def _heard(city: City) -> Mapping[str, list[str]]:
    """Return prompt to the nodes where callers hear it."""
    found: dict[str, list[str]] = {}
    for flow_id, flow in city.flows.items():
        for node_id, node in flow.nodes.items():
            for prompt in prompts_of(node):
                found.setdefault(prompt, []).append(f"{flow_id}/{node_id}")
    return found


def _queues(pair: _Pair) -> Iterator[Change]:
    yield from compare_keyed(
        "queue", pair.old.queues, pair.new.queues, lambda queue: f"needs {queue.needs_in_steps()[0]}"
    )
    for queue_id, queue in pair.new.queues.items():
        before = pair.old.queues.get(queue_id)
        if before is None:
            continue
        could = sum(before.is_served_by(operator) for operator in pair.old.operators.values())
        can = sum(queue.is_served_by(operator) for operator in pair.new.operators.values())
        if could != can:
            yield Change("queue", queue_id, f"{can} operators can serve the queue {queue_id} ({could} could)")


def _hotlines(pair: _Pair) -> Iterator[Change]:
    old = {hotline.hotline_id: hotline for hotline in pair.old.hotlines}
    new = {hotline.hotline_id: hotline for hotline in pair.new.hotlines}
    yield from compare_keyed("hotline", old, new, lambda hotline: f"number {hotline.number}")


def _operators(pair: _Pair) -> Iterator[Change]:
    yield from compare_keyed(
        "operator",
        pair.old.operators,
        pair.new.operators,
        lambda operator: f"{operator.name}, {shown(operator.skills)}",
    )
    phones = pair.old.shared_phones, pair.new.shared_phones
    yield from compare_keyed("phone", *phones, lambda phone: phone.name)
    reasons = pair.old.pause_reasons, pair.new.pause_reasons
    yield from compare_keyed("pause", *reasons, lambda reason: f"limit {reason.limit_seconds or 'none'}")


def _settings(pair: _Pair) -> Iterator[Change]:
    for name in ("figures", "limits", "recording", "speech", "transfer", "callbacks", "missed"):
        old, new = getattr(pair.old, name), getattr(pair.new, name)
        if isinstance(new, BaseModel):
            yield from compare_fields("settings", name, name, old, new, set())
        elif old != new:
            yield Change("settings", name, f"{name} is {shown(new)} (was {shown(old)})")
    yield from compare_keyed("trunk", pair.old.trunks, pair.new.trunks, lambda trunk: f"address {trunk.address}")
    tables: dict[str, Any] = dict(pair.old.tables)
    for name, table in pair.new.tables.items():
        if tables.get(name) not in (None, table):
            yield Change("table", name, f"the table {name} has {len(table.rows)} rows (had {len(tables[name].rows)})")
