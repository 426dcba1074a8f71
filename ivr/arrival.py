"""What a call is given when it arrives: which rule decides, in which language, what is said first. Pure.

The telephone (`agi_scripts.arrival`) and the dry run (`ivr.rehearsal`) both ask here, so that they can't differ.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ivr.callers import CallerBook, PastCalls, passes_always
from ivr.hours import Entry, EntryRule, entry_of
from ivr.model import Calendar, Hours, Line, Notice, SystemPrompt


@dataclass(frozen=True, slots=True)
class House:
    """What of a city's configuration decides about arrivals."""

    zone: ZoneInfo
    hours: Mapping[str, Hours]
    calendar: Calendar
    callers: CallerBook
    languages: Collection[str]


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a call is given, and what is known of its caller."""

    rule: str
    "open, closed, holiday, notice; or blocked."
    kinds: frozenset[str]
    "Of `ivr.model.CALLER_KINDS`."
    remembered_language: str | None
    "The language to go on in because the caller chose it the last time; None: as the line says."
    notices: tuple[Notice, ...]
    before: tuple[str, ...]
    "Prompts before the flow; where there is no flow, everything that is said."
    flow_id: str | None
    "None: the call ends after the words."

    @property
    def closed(self) -> bool:
        """Whether the call found nobody at work."""
        return self.rule != EntryRule.OPEN


def first_language(line: Line | None, dnis: str, default: str) -> str:
    """Return the language in which a call begins, before anything is known of its caller."""
    alias = line.alias(dnis) if line is not None else None
    return (alias.language if alias else None) or (line.language if line else None) or default


def arrive(
    line: Line, dnis: str, number: str, past: PastCalls, now: datetime, house: House, notices: Sequence[Notice]
) -> Arrival:
    """Return what a caller of this line is given: block list, then emergency notice > holiday > closed > open."""
    kinds = house.callers.kinds(number, past, now)
    language = _remembered(line, dnis, past, house)
    block = house.callers.block(number, now)
    if block is not None and not passes_always(line, dnis):
        # a blocked caller hears why, and how to object
        objection = house.callers.callers.objection
        words = (block.reason, *((objection,) if objection else ()), SystemPrompt.GOODBYE)
        return Arrival("blocked", kinds, language, (), words, None)
    entry = entry_of(line, now, zone=house.zone, hours=house.hours, calendar=house.calendar, notices=notices)
    before = tuple(notice.prompt_name for notice in entry.notices)
    alias = line.alias(dnis)
    if alias is not None and alias.announcement is not None and entry.rule is not EntryRule.NOTICE:
        before = (alias.announcement, *before)
    if entry.flow_id is None:
        before = (*before, *_closing_words(entry))
    return Arrival(str(entry.rule), kinds, language, entry.notices, before, entry.flow_id)


def _remembered(line: Line, dnis: str, past: PastCalls, house: House) -> str | None:
    alias = line.alias(dnis)
    is_given = line.language is not None or (alias is not None and alias.language is not None)
    if is_given or not house.callers.callers.remember_language or past.language not in house.languages:
        return None
    return past.language


def _closing_words(entry: Entry) -> tuple[str, ...]:
    if entry.rule is EntryRule.CLOSED:
        return (SystemPrompt.CLOSED, SystemPrompt.GOODBYE)
    return (SystemPrompt.GOODBYE,)
