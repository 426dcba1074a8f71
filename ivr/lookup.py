"""Tables that menus look things up in, and what a look-up comes to. The HTTP side is `ivr.fetch`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

MAX_ANSWER = 80
"""Characters of an answer: one short line, as any variable."""


class LookUpOutcome(StrEnum):
    """How a look-up ended."""

    FOUND = "found"
    NOT_FOUND = "not_found"
    TIMED_OUT = "timed_out"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a look-up came to."""

    outcome: LookUpOutcome
    value: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A local table: the first column is the key."""

    columns: tuple[str, ...]
    rows: Mapping[str, tuple[str, ...]]
    "Key to its whole row."

    def look_up(self, key: str, column: str | None) -> Answer:
        """Return the cell of this column (the second where None) in the key's row."""
        row = self.rows.get(key)
        if row is None or (column is not None and column not in self.columns):
            return Answer(LookUpOutcome.NOT_FOUND)
        return Answer(LookUpOutcome.FOUND, row[self.columns.index(column) if column is not None else 1])


def fill_url(template: str, values: Mapping[str, str]) -> str:
    """Return the address with each {name} replaced; nothing in a value can be more than a value in it."""
    for name, value in values.items():
        template = template.replace(f"{{{name}}}", quote(value, safe=""))
    return template


def read_answer(status: int, body: bytes, field: str | None) -> Answer:
    """Return what an HTTP answer says: its text, or the field of its JSON object."""
    if status in (204, 404):
        return Answer(LookUpOutcome.NOT_FOUND)
    if status != 200:
        return Answer(LookUpOutcome.FAILED)
    try:
        text = body.decode("utf-8")
        if field is not None:
            document = json.loads(text)
            text = _as_text(document.get(field)) if isinstance(document, dict) else ""
    except (ValueError, RecursionError):
        return Answer(LookUpOutcome.FAILED)
    text = text.strip()
    if not text:
        return Answer(LookUpOutcome.NOT_FOUND)
    if len(text) > MAX_ANSWER or not text.isprintable():
        return Answer(LookUpOutcome.FAILED)
    return Answer(LookUpOutcome.FOUND, text)


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""
