"""What stands before a flow: lines and their hours, the calendar, who is calling, notices. Definitions only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints, model_validator

from calls.patterns import EMERGENCY_NUMBERS as EMERGENCY_NUMBERS
from calls.patterns import LIST_FILE_PATTERN
from ivr.types import Day, Definition, Id, Language, Moment, Name, Number, NumberRange, Text, TimeSpan

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

ListFile = Annotated[str, StringConstraints(pattern=LIST_FILE_PATTERN)]


class Alias(Definition):
    """A number that was retired: it leads to a line, and arrives with its topic already known."""

    dnis: Number = Field(description="The retired number, quoted.")
    topic: Id = Field(description="What callers of this number call about.")
    language: Language | None = Field(default=None, description="Language at the start; the line's where left out.")
    announcement: Id | None = Field(default=None, description="Prompt that says that the number is now this line's.")


class Line(Definition):
    """The numbers that citizens dial for one service, and the flows that they lead to."""

    line_id: Id = Field(validation_alias="id", description="Id of the line, as in reports.")
    name: Mapping[Language, Name] = Field(description="Name in each language of the city.")
    dnis: tuple[Number, ...] = Field(min_length=1, description="Dialled numbers that lead here, each quoted.")
    flow: Id = Field(description="Flow in flows.yaml, during opening hours.")
    language: Language | None = Field(
        default=None, description="Language at the start; the city's default where left out."
    )
    hours: Id | None = Field(default=None, description="Opening hours in `hours`; always open where left out.")
    closed: Id | None = Field(
        default=None, description="Flow outside opening hours; the prompt `closed` and goodbye where left out."
    )
    holiday: Id | None = Field(
        default=None, description="Flow on holidays, whatever the hours say; as on any other day where left out."
    )
    after_call: Id | None = Field(
        default=None, description="Flow for a caller who is still there after the operator has hung up: a survey."
    )
    overflow: Id | None = Field(
        default=None, description="Flow after the longest wait in a queue: a message; goodbye where left out."
    )
    aliases: tuple[Alias, ...] = Field(default=(), description="Retired numbers that lead here.")
    emergency: bool = Field(default=False, description="Callers of the block list pass here as well.")

    def alias(self, dnis: str) -> Alias | None:
        """Return the retired number that was dialled, or None."""
        return next((alias for alias in self.aliases if alias.dnis == dnis), None)

    @property
    def numbers(self) -> tuple[str, ...]:
        """Every number that leads here, retired ones included."""
        return (*self.dnis, *(alias.dnis for alias in self.aliases))

    @property
    def flows(self) -> tuple[str, ...]:
        """Every flow that a call on this line may be given."""
        named = (self.flow, self.closed, self.holiday, self.after_call, self.overflow)
        return tuple(dict.fromkeys(flow for flow in named if flow is not None))


class Hours(Definition):
    """Opening hours. Holidays count before make-up working days, those before `days`, and `days` before the rest."""

    always: bool = Field(default=False, description="Open day and night.")
    every_day: tuple[TimeSpan, ...] | None = Field(default=None, description="Times of every day.")
    workdays: tuple[TimeSpan, ...] | None = Field(
        default=None, description="Times of working days, make-up working days included; `every_day` where left out."
    )
    rest_days: tuple[TimeSpan, ...] | None = Field(
        default=None, description="Times of weekends and holidays; `every_day` where left out."
    )
    days: Mapping[Weekday, tuple[TimeSpan, ...]] = Field(
        default={}, description="Day of the week (mon to sun) to its times; they count before workdays and rest_days."
    )
    holidays: tuple[TimeSpan, ...] | None = Field(
        default=None, description="Times of holidays; as on rest days where left out."
    )


class ClosedDay(Definition):
    """A day that is a holiday in this city."""

    date: Day = Field(description="The day: 2026-10-08.")
    name: Mapping[Language, Name] = Field(default={}, description="What it is called, in each language.")


class OpenDay(Definition):
    """A day that is a working day in this city, whatever the calendar says."""

    date: Day = Field(description="The day: 2026-10-08.")


class Calendar(Definition):
    """Which days are holidays, rest days and working days."""

    country: Literal["cn", "none"] = Field(
        default="cn", description="Statutory holidays and make-up working days: cn; none: weekends only."
    )
    closed: tuple[ClosedDay, ...] = Field(default=(), description="The city's own holidays.")
    open: tuple[OpenDay, ...] = Field(default=(), description="The city's own working days.")


class BlockedNumber(Definition):
    """A number, or a beginning of numbers, whose calls are not put through."""

    number: NumberRange = Field(description="The number; with * at the end every number that begins so.")
    reason: Id = Field(description="Prompt that says why.")
    until: Moment | None = Field(default=None, description="When it ends, in the city's time; never where left out.")


class Callers(Definition):
    """How callers are told apart by their numbers."""

    repeat_days: int = Field(
        default=7, ge=1, le=365, description="A caller who called within so many days is a repeat."
    )
    remember_language: bool = Field(
        default=True, description="Whether a caller is greeted in the language that they chose the last time."
    )
    enterprise_numbers: tuple[NumberRange, ...] = Field(default=(), description="Numbers of enterprises.")
    enterprise_file: ListFile | None = Field(
        default=None, description="Text file beside city.yaml with a number of an enterprise on each line."
    )
    blocked: tuple[BlockedNumber, ...] = Field(default=(), description="Numbers whose calls are not put through.")
    objection: Id | None = Field(
        default=None, description="Prompt after the reason: how a blocked caller can object. Needed with `blocked`."
    )
    allowed: tuple[NumberRange, ...] = Field(default=(), description="Numbers that are never blocked.")

    @model_validator(mode="after")
    def _check(self) -> Callers:
        if self.blocked and self.objection is None:
            raise ValueError("blocks numbers without a word on how to object: add objection, the name of a prompt")
        return self


class Notice(Definition):
    """A text before or instead of a flow, for a time that has an end."""

    notice_id: Id = Field(validation_alias="id", description="Id of the notice.")
    lines: tuple[Id, ...] = Field(default=(), description="Lines that it is for; every line where left out.")
    mode: Literal["before", "instead"] = Field(
        default="before", description="before: spoken first, then the call goes on. instead: of everything else."
    )
    prompt: Id | None = Field(default=None, description="Prompt in prompts.yaml; or `text`.")
    text: Mapping[Language, Text] | None = Field(default=None, description="Text in each language; or `prompt`.")
    since: Moment | None = Field(
        default=None, validation_alias="from", description="When it begins, in the city's time; at once where left out."
    )
    until: Moment = Field(description="When it ends, in the city's time.")
    then: Id | None = Field(default=None, description="With `mode: instead`: flow after it; goodbye where left out.")

    @property
    def prompt_name(self) -> str:
        """The name under which the notice is spoken: its prompt, or one made from its text."""
        return self.prompt or f"notice_{self.notice_id}"[:40]

    def is_on(self, line_id: str, now: datetime, zone: ZoneInfo) -> bool:
        """Say whether callers of this line hear it at this moment (aware)."""
        if self.lines and line_id not in self.lines:
            return False
        since = None if self.since is None else in_zone(self.since, zone)
        return (since is None or since <= now) and now < in_zone(self.until, zone)

    @model_validator(mode="after")
    def _check(self) -> Notice:
        if (self.prompt is None) == (self.text is None):
            raise ValueError("must say one thing: either prompt or text")
        if self.then is not None and self.mode == "before":
            raise ValueError("goes on by itself with mode before; `then` belongs to mode instead")
        return self


def in_zone(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment as an aware one: in the city's zone where it names none."""
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
