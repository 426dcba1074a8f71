"""Proves the hours: that they open at some time, and that lines and flows use what they name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hotline.config.positions import Document
from hotline.config.problems import Problems
from ivr.model import WEEKDAYS

Written = Mapping[str, Any]

ALWAYS = ("true", "yes", "on", "1")


def check_hours(documents: Mapping[str, Document], problems: Problems) -> None:
    """Add a problem for hours that never open, and for flows that their line's hours never lead to."""
    document = documents["city"]
    hours = document.get("hours")
    written: dict[str, Any] = hours if isinstance(hours, dict) else {}
    used = set(_used(documents))
    for name, times in written.items():
        place = document.place_of_key(("hours", name))
        if isinstance(times, dict) and never_opens(times):
            text = f'the hours {name} never open; write times such as workdays: ["08:30-17:30"], or always: true'
            problems.add(document.file, place.line, place.column, text)
        if name not in used:
            text = f"no line and no node uses the hours {name}; remove them, or name them"
            problems.warn(document.file, place.line, place.column, text)
    for index, line in enumerate(_list(document.get("lines"))):
        if isinstance(line, dict) and line.get("closed") is not None and _never_closes(line.get("hours"), written):
            place = document.place_of_key(("lines", index, "closed"))
            text = "this line never closes, so nobody hears this flow; give the line hours, or remove closed"
            problems.warn(document.file, place.line, place.column, text)


def never_opens(times: Written) -> bool:
    """Say whether these hours, as written, are open at no time of any day."""
    if str(times.get("always")).lower() in ALWAYS:
        return False
    return not any(_spans(times))


def _spans(times: Written) -> Iterator[Any]:
    every_day = times.get("every_day") or ()
    days = times.get("days") if isinstance(times.get("days"), dict) else {}
    # every_day counts on each day that nothing else is written for
    for kind in ("workdays", "rest_days"):
        yield from _list(times.get(kind) if times.get(kind) is not None else every_day)
    yield from _list(times.get("holidays"))
    for day in WEEKDAYS:
        yield from _list((days or {}).get(day))


def _never_closes(name: Any, written: Written) -> bool:
    if name is None:
        return True
    times = written.get(name) if isinstance(name, str) else None
    return isinstance(times, dict) and str(times.get("always")).lower() in ALWAYS


def _used(documents: Mapping[str, Document]) -> Iterator[str]:
    for line in _list(documents["city"].get("lines")):
        if isinstance(line, dict) and isinstance(line.get("hours"), str):
            yield line["hours"]
    flows = documents["flows"].get("flows")
    for flow in flows.values() if isinstance(flows, dict) else ():
        nodes = flow.get("nodes") if isinstance(flow, dict) else None
        for node in nodes.values() if isinstance(nodes, dict) else ():
            if isinstance(node, dict) and isinstance(node.get("hours"), str):
                yield node["hours"]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
