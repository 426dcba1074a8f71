"""An event made fit for both databases, and its id."""

from __future__ import annotations

import math
import random
import uuid
from datetime import UTC, datetime
from typing import Any

from calls.event_records import event_type, from_record, to_record
from calls.events import CallEvent, Event
from storage.writer import Entry

_GREATEST = 2**53
"Beyond it JSON readers lose digits, and PostgreSQL's 64 bits are not far."


def entry_of(event: Event, event_id: str | None = None) -> Entry:
    """Return the event as the journal keeps it, with its id.

    Text from the telephone network may hold what a database refuses (NUL, half a surrogate pair), and a refused row
    would hold up every later one. Such characters become U+FFFD, so that what is journalled is what is projected.
    """
    data = to_record(event)
    call_id = event.call_id if isinstance(event, CallEvent) else None
    at = event.at if event.at.tzinfo is not None else event.at.replace(tzinfo=UTC)
    fit = _fit(data)
    fit_call_id = None if call_id is None else _fit_text(call_id)
    if fit is not data or fit_call_id != call_id or at is not event.at:
        event = from_record(event_type(event), at, fit_call_id, fit)
    return Entry(time_ordered_id(at) if event_id is None else str(uuid.UUID(event_id)), event, fit)


def time_ordered_id(at: datetime) -> str:
    """Return a new UUID version 7: new rows land side by side in the index, not all over it."""
    milliseconds = int(at.timestamp() * 1000) & (1 << 48) - 1
    chance = random.getrandbits(74)
    value = milliseconds << 80 | 7 << 76 | (chance >> 62) << 64 | 2 << 62 | chance & (1 << 62) - 1
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _fit(data: dict[str, Any]) -> dict[str, Any]:
    """Return the same object when nothing had to change, which is nearly always."""
    changed: dict[str, Any] = {}
    for name, value in data.items():
        fit = _fit_value(value)
        if fit is not value:
            changed[name] = fit
    return {**data, **changed} if changed else data


def _fit_value(value: Any) -> Any:
    if isinstance(value, str):
        return _fit_text(value)
    if isinstance(value, float):
        if math.isnan(value):
            return 0.0
        return value if -_GREATEST <= value <= _GREATEST else math.copysign(_GREATEST, value)
    if isinstance(value, int):
        return value if -_GREATEST <= value <= _GREATEST else max(-_GREATEST, min(value, _GREATEST))
    if isinstance(value, dict):
        # a copy: who recorded the event may go on changing the dict
        return {_fit_text(str(key)): _fit_value(item) for key, item in value.items()}
    return value


def _fit_text(text: str) -> str:
    fit = text.replace("\0", "\ufffd") if "\0" in text else text
    if fit.isascii():
        return fit
    try:
        fit.encode()
    except UnicodeEncodeError:
        return fit.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return fit
