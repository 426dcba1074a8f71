"""Expectations that admins keep beside their menus: a caller, and what is to become of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema, model_validator

from ivr.callers import PastCalls
from ivr.lines import in_zone
from ivr.model import Id, Language, Number
from ivr.rehearsal_model import Ending, Visitor
from ivr.types import Definition, Moment, Value

Keys = Annotated[str, StringConstraints(pattern="^[0-9*#]{0,40}$")]

Title = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,120}$")]

Sentence = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]{1,1000}$")]


def split_keys(value: Any) -> Any:
    """Return what one caller presses, question by question: "2,,1" is 2, then silence, then 1."""
    if isinstance(value, str):
        return [each.strip() for each in value.split(",")] if value.strip() else []
    if isinstance(value, list):
        return ["" if each is None else each for each in value]
    return value


KEYS_SCHEMA = WithJsonSchema(
    {"anyOf": [{"type": "array", "items": {"type": "string", "pattern": "^[0-9*#]*$"}}, {"type": "string"}]},
    mode="validation",
)


class Past(Definition):
    """What the records say of the caller."""

    days_ago: float | None = Field(default=None, ge=0, le=3650, description="Days since the last call.")
    language: Language | None = Field(default=None, description="Language in which that call ended.")
    open_case: bool = Field(default=False, description="Whether something is still to be done for the caller.")

    def at(self, now: datetime) -> PastCalls:
        """Return it as the records would say it at this moment."""
        last = None if self.days_ago is None else now - timedelta(days=self.days_ago)
        return PastCalls(last, self.language, self.open_case)


class Expected(Definition):
    """What is to become of the caller; what is left out is not looked at."""

    outcome: Literal["queue", "hotline", "message", "call_back", "hang_up"] | None = Field(
        default=None, description="queue, hotline, message, call_back or hang_up."
    )
    queue: Id | None = Field(default=None, description="Call queue that the caller ends in.")
    hotline: Id | None = Field(default=None, description="Hotline that the caller is connected to.")
    says: tuple[Sentence, ...] = Field(
        default=(), description="Prompts, or parts of what is said, in this order; others may stand between."
    )
    never_says: tuple[Sentence, ...] = Field(default=(), description="Prompts, or parts of texts, that are not said.")
    language: Language | None = Field(default=None, description="Language in the end.")
    topic: Id | None = Field(default=None, description="What the call is about, in the end.")
    rule: Literal["open", "closed", "holiday", "notice", "blocked", "unknown_line"] | None = Field(
        default=None, description="Rule that decided: open, closed, holiday, notice, blocked, unknown_line."
    )
    flow: Id | None = Field(default=None, description="Flow that the rule led to.")
    caller: tuple[Id, ...] = Field(default=(), description="Kinds that the caller is of: repeat, enterprise ...")
    priority: int | None = Field(default=None, description="What the flow added to the priority.")
    skills: Mapping[Id, int] = Field(default={}, description="Skills that the flow asked for.")
    seconds: float | None = Field(default=None, gt=0, description="Longest time to the outcome; speech is estimated.")

    @model_validator(mode="after")
    def _check(self) -> Expected:
        if not self.model_fields_set:
            raise ValueError("expects nothing: write at least outcome, such as {outcome: queue, queue: general}")
        return self


class Expectation(Definition):
    """One caller, and what is to become of them."""

    name: Title = Field(description="What is tested, in words.")
    line: Id | None = Field(default=None, description="Line in city.yaml that is called; or `flow`.")
    flow: Id | None = Field(default=None, description="Flow in flows.yaml to begin in: a survey after the call.")
    at: Moment | None = Field(default=None, description="When, in the city's time; now where left out.")
    caller: Number | None = Field(default=None, description="The caller's number, quoted; withheld where left out.")
    dialled: Number | None = Field(default=None, description="Number dialled; the line's first one where left out.")
    keys: Annotated[tuple[Keys, ...], BeforeValidator(split_keys), KEYS_SCHEMA] = Field(
        default=(), description='What is pressed at each question: ["2", "", "1"] or "2,,1"; nothing is silence.'
    )
    past: Past = Field(default=Past(), description="What the records say of the caller.")
    answers: Mapping[Id, Value | None] = Field(
        default={}, description="look_up node to what it is answered over HTTP; null: no answer."
    )
    notices: tuple[Id, ...] = Field(default=(), description="Notices of notices.yaml that are on, whenever it is.")
    expect: Expected = Field(description="What is to become of the caller.")

    @model_validator(mode="after")
    def _check(self) -> Expectation:
        if (self.line is None) == (self.flow is None):
            raise ValueError("must begin in one place: either line or flow")
        return self

    def visitor(self, now: datetime, zone: ZoneInfo) -> Visitor:
        """Return the caller as one of a dry run."""
        at = now if self.at is None else in_zone(self.at, zone)
        return Visitor(
            line=self.line,
            flow=self.flow,
            at=at,
            number=self.caller or "",
            dialled=self.dialled,
            past=self.past.at(at),
            answers=self.answers,
            notices=frozenset(self.notices),
        )


class ExpectationFile(Definition):
    """tests/*.yaml: callers, and what is to become of them."""

    tests: tuple[Expectation, ...] = Field(min_length=1, description="Expectations.")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that became otherwise than expected."""

    what: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.what}: expected {self.expected}, found {self.found}"


def differences(expected: Expected, ending: Ending) -> list[Difference]:
    """Return what became otherwise than expected, in the order of the fields."""
    found: list[Difference] = []
    for name in ("outcome", "queue", "hotline", "language", "topic", "rule", "flow", "priority"):
        wanted, was = getattr(expected, name), getattr(ending, name)
        if wanted is not None and wanted != was:
            found.append(Difference(name, str(wanted), str(was or "none")))
    found += _said(expected, ending)
    missing = [kind for kind in expected.caller if kind not in ending.kinds]
    if missing:
        found.append(Difference("caller", ", ".join(missing), ", ".join(ending.kinds) or "none"))
    for skill, level in expected.skills.items():
        if ending.skills.get(skill) != level:
            found.append(Difference(f"skill {skill}", str(level), str(ending.skills.get(skill, "none"))))
    if expected.seconds is not None and ending.seconds > expected.seconds:
        found.append(Difference("seconds", f"at most {expected.seconds:g}", f"{ending.seconds:g}"))
    return found


def _said(expected: Expected, ending: Ending) -> list[Difference]:
    found: list[Difference] = []
    spoken = ", ".join(name for name, _ in ending.said) or "nothing"
    at = 0
    for wanted in expected.says:
        place = next((n for n in range(at, len(ending.said)) if _is_said(wanted, ending.said[n])), None)
        if place is None:
            after = f" after {ending.said[at - 1][0]}" if at else ""
            found.append(Difference("says", f"{wanted}{after}", spoken))
        else:
            at = place + 1
    for unwanted in expected.never_says:
        if any(_is_said(unwanted, each) for each in ending.said):
            found.append(Difference("never_says", f"never {unwanted}", spoken))
    return found


def _is_said(wanted: str, said: tuple[str, str]) -> bool:
    name, text = said
    return wanted == name or wanted in text
