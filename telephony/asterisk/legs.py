"""Asterisk's own record of every leg (CEL, legs.csv): what is known of a call while the service did not look."""

from __future__ import annotations

import csv
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from telephony.asterisk.plan import ATTEMPT_EVENT

MAX_BYTES = 64 * 1024 * 1024
"""Read from the end of the file at most: about half a day of the busiest line."""

_EVENT, _TIME, _CALL, _LEG, _CHANNEL, _EXTRA = 0, 1, 2, 3, 4, 9
_FIELDS = 10


@dataclass(slots=True)
class LegRecord:
    """One leg of a call, from its start to its end."""

    leg_id: str
    "Asterisk's uniqueid."
    channel: str
    started_at: datetime
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    hangup_cause: int | None = None
    "Q.850 cause."
    note: str = ""
    "Of the attempt that the leg was dialled for, as the dialplan was given it."


def read_legs(path: Path, call_ids: Collection[str]) -> dict[str, list[LegRecord]]:
    """Return the legs of these calls, by call, in the order in which they began. No file, no legs.

    Blocking: run it in a thread. Lines that are torn or foreign are passed over.
    """
    found: dict[str, dict[str, LegRecord]] = {call_id: {} for call_id in call_ids}
    if not found or not path.exists():
        return {}
    for row in csv.reader(_tail(path, found)):
        if len(row) == _FIELDS and row[_CALL] in found:
            _take(found[row[_CALL]], row)
    return {call_id: list(legs.values()) for call_id, legs in found.items() if legs}


def _tail(path: Path, call_ids: Collection[str]) -> Iterator[str]:
    """Yield the lines that name one of the calls, from the end of the file."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - MAX_BYTES))
        if size > MAX_BYTES:
            file.readline()
        for raw in file:
            words = raw.split(b'","', 3)
            if len(words) > 2 and words[2].decode("ascii", "replace") in call_ids:
                yield raw.decode("utf-8", "replace")


def _take(legs: dict[str, LegRecord], row: list[str]) -> None:
    try:
        at = datetime.fromtimestamp(float(row[_TIME]), UTC)
    except (ValueError, OverflowError, OSError):
        return
    leg = legs.setdefault(row[_LEG], LegRecord(row[_LEG], row[_CHANNEL], at))
    if row[_EVENT] == ATTEMPT_EVENT:
        leg.note = leg.note or str(_extra(row, "extra") or "")
    elif row[_EVENT] == "ANSWER":
        leg.answered_at = leg.answered_at or at
    elif row[_EVENT] == "HANGUP":
        leg.ended_at = at
        leg.hangup_cause = _cause(_extra(row, "hangupcause"))


def _extra(row: list[str], key: str) -> object:
    try:
        return json.loads(row[_EXTRA])[key]
    except (ValueError, KeyError, TypeError):
        return None


def _cause(cause: object) -> int | None:
    return cause if isinstance(cause, int) and cause > 0 else None
