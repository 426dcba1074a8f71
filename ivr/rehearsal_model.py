"""What a dry run is given, and what it tells: a caller of one's own, questions, moments, an ending."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from ivr.callers import PastCalls
from ivr.lookup import Table
from ivr.model import Calendar, Callers, Flow, Hours, Line, Notice


class Town(Protocol):
    """What a dry run needs of a city. `hotline.config.City` is one."""

    @property
    def default_language(self) -> str:
        """The language in which a call begins."""
        ...

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages of the city."""
        ...

    @property
    def zone(self) -> ZoneInfo:
        """The city's time zone."""
        ...

    @property
    def lines(self) -> Mapping[str, Line]:
        """Lines by id."""
        ...

    @property
    def flows(self) -> Mapping[str, Flow]:
        """Flows by id."""
        ...

    @property
    def hours(self) -> Mapping[str, Hours]:
        """Opening hours by name."""
        ...

    @property
    def calendar(self) -> Calendar:
        """Holidays and working days."""
        ...

    @property
    def callers(self) -> Callers:
        """How callers are told apart."""
        ...

    @property
    def notices(self) -> tuple[Notice, ...]:
        """Notices of the configuration."""
        ...

    @property
    def tables(self) -> Mapping[str, Table]:
        """Tables that menus look things up in."""
        ...

    @property
    def prompts(self) -> Mapping[str, Mapping[str, str]]:
        """Prompt to language to text."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """The caller of a dry run."""

    line: str | None = None
    "Line that is called; or `flow`."
    flow: str | None = None
    "Flow that the call begins in, past the rules of the line: for surveys after the call and the like."
    at: datetime
    "When (aware)."
    number: str = ""
    "The caller's number; empty where withheld."
    dialled: str | None = None
    "Number dialled; the line's first one where left out."
    past: PastCalls = field(default_factory=PastCalls)
    notices: frozenset[str] = frozenset()
    "Notices of the configuration that are on in spite of their times."
    answers: Mapping[str, str | None] = field(default_factory=dict)
    "look_up node to what an HTTP look-up answers there; None for no answer."


@dataclass(frozen=True, slots=True)
class Question:
    """What the caller is asked: the telephone waits for keys now."""

    flow: str
    node: str
    most_digits: int
    timeout_seconds: float
    keys: tuple[str, ...]
    "Keys that mean something; empty where any digits do."


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happens in the call."""

    seconds: float
    "Seconds since the call was picked up, speech estimated."
    what: str
    "rule, node, says, asks, hears, language, hours, looks_up, notes."
    flow: str = ""
    node: str = ""
    kind: str = ""
    prompts: tuple[str, ...] = ()
    text: str = ""
    "What is said or what happens, in words."
    language: str = ""


@dataclass(slots=True)
class Ending:
    """What a call came to."""

    outcome: str = "hang_up"
    "queue, hotline, message, call_back or hang_up."
    queue: str | None = None
    hotline: str | None = None
    rule: str = ""
    flow: str | None = None
    "Flow that the rule led to."
    language: str = ""
    topic: str = ""
    priority: int | None = None
    skills: dict[str, int] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()
    seconds: float = 0.0
    said: list[tuple[str, str]] = field(default_factory=list)
    "Every prompt that was said, in order, and its text."


Ear = Callable[[Question], str]
"Answers a question with keys;  is silence."


def given_keys(keys: Sequence[str]) -> Ear:
    """Return an ear that answers with these, one after the other, and is silent from then on."""
    waiting = iter(keys)
    return lambda _: next(waiting, "")
