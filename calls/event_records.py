"""Events as rows of the journal, and back."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, get_type_hints

from calls.events import CallEvent, Event, OperatorStateChanged


def _snake(name: str) -> str:
    return "".join(("_" + c.lower()) if c.isupper() else c for c in name).lstrip("_")


def _all_types(root: type[Event]) -> dict[str, type[Event]]:
    found: dict[str, type[Event]] = {}
    for cls in root.__subclasses__():
        found[_snake(cls.__name__)] = cls
        found.update(_all_types(cls))
    return found


class EventTypes:
    """The journal's two-way table between event classes and their names."""

    by_name: ClassVar[dict[str, type[Event]]] = {}


EventTypes.by_name.update(_all_types(Event))
_HINTS: dict[type[Event], dict[str, Any]] = {cls: get_type_hints(cls) for cls in EventTypes.by_name.values()}
_FIELDS: dict[type[Event], tuple[str, ...]] = {
    cls: tuple(f.name for f in dataclasses.fields(cls)) for cls in EventTypes.by_name.values()
}
_NAMES: dict[type[Event], str] = {cls: name for name, cls in EventTypes.by_name.items()}


def event_type(event: Event) -> str:
    """Return the event's name in the journal, such as `operator_answered`."""
    return _NAMES[type(event)]


def to_record(event: Event) -> dict[str, Any]:
    """Return the event's own fields as JSON-ready values, without `at` and `call_id` (they have columns)."""
    record: dict[str, Any] = {}
    for name in _FIELDS[type(event)]:
        if name in ("at", "call_id") and not (name == "call_id" and isinstance(event, OperatorStateChanged)):
            continue
        value = getattr(event, name)
        record[name] = value.isoformat() if isinstance(value, datetime) else value
    return record


def from_record(name: str, at: datetime, call_id: str | None, record: dict[str, Any]) -> Event:
    """Build the event again from its journal row. Unknown fields of a newer version are ignored.

    Raises KeyError for an unknown event name and TypeError for a row that lacks a required field.
    """
    cls = EventTypes.by_name[name]
    values: dict[str, Any] = {"at": at}
    if issubclass(cls, CallEvent):
        values["call_id"] = call_id
    hints = _HINTS[cls]
    for key, value in record.items():
        if key in hints:
            values[key] = _restore(hints[key], value)
    return cls(**values)


def _restore(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(value)
    if hint is datetime or hint == (datetime | None):
        return datetime.fromisoformat(value)
    return value
