"""The hotlines that a caller can be passed on to with one button. Definitions and lookups only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema

from calls.errors import NotFound
from calls.patterns import (
    HOTLINE_KEY_PATTERN,
    ID_PATTERN,
    LANGUAGE_PATTERN,
    MENU_KEY_PATTERN,
    NAME_PATTERN,
    NUMBER_PATTERN,
)

Id = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
Language = Annotated[str, StringConstraints(pattern=LANGUAGE_PATTERN)]
Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
Number = Annotated[str, StringConstraints(pattern=NUMBER_PATTERN)]
HotlineKey = Annotated[str, StringConstraints(pattern=HOTLINE_KEY_PATTERN)]
MenuKey = Annotated[str, StringConstraints(pattern=MENU_KEY_PATTERN)]


class _Definition(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_by_name=True)


class Alternate(_Definition):
    """Another number of the same hotline."""

    number: Number = Field(description="Number that is dialled, quoted.")
    trunk: Id | None = Field(default=None, description="Trunk in city.yaml; the hotline's own where left out.")


class FailureRule(_Definition):
    """Where a caller from a menu goes on whose hotline can't be reached at any of its numbers."""

    queue: Id = Field(description="Call queue, where there is no flow or the caller has been through it already.")
    priority: int | None = Field(
        default=None, ge=0, le=100, description="Added to the call's priority; at the queue's head where left out."
    )
    flow: Id | None = Field(
        default=None, description="Flow that the caller is given first: it may take a message or promise a call back."
    )


def _short(key: str) -> Any:
    return lambda value: {key: value} if isinstance(value, str) else value


def _or_text(model: str) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "object", "title": model}]}, mode="validation")


OneAlternate = Annotated[Alternate, BeforeValidator(_short("number")), _or_text("Alternate")]
OnFailure = Annotated[FailureRule, BeforeValidator(_short("queue")), _or_text("FailureRule")]


@dataclass(frozen=True, slots=True)
class Line:
    """One number of a hotline, and the trunk that it is dialled on."""

    number: str
    trunk: str


class Hotline(_Definition):
    """Another service's telephone line: the gas company's, the water company's, the fire brigade's."""

    hotline_id: Id = Field(validation_alias="id", description="Id of the hotline, as in reports.")
    kind: Literal["service", "emergency"] = Field(
        default="service",
        description="emergency: connected at once, past hours, limits and marks.",
    )
    name: Mapping[Language, Name] = Field(
        description="Name in each language of the city, as it is spoken in the prompt before it is dialled."
    )
    number: Number = Field(description="Number that is dialled, quoted.")
    alternates: tuple[OneAlternate, ...] = Field(
        default=(), max_length=5, description="Numbers that are tried in turn where the first one fails."
    )
    aliases: tuple[Number, ...] = Field(
        default=(), max_length=20, description="Retired numbers of it: whoever asks for them means this hotline."
    )
    trunk: Id = Field(description="Trunk in city.yaml that the number is dialled on.")
    key: HotlineKey = Field(description="Two digits, quoted: an operator presses *1 and then these.")
    ivr_key: MenuKey | None = Field(
        default=None, description="Key under which callers find it in a menu of flows.yaml; checked."
    )
    hours: Id | None = Field(default=None, description="Opening hours in city.yaml; always open where left out.")
    at_once: int = Field(default=100, ge=1, le=10_000, description="Calls that it takes at once.")
    ring_seconds: int = Field(
        default=20, ge=3, le=120, description="Seconds to let it ring; city.yaml `limits` where left out."
    )
    topic: Id | None = Field(
        default=None, description="What a call there is about, told to the hotline; the id where left out."
    )
    words: tuple[Name, ...] = Field(default=(), max_length=50, description="Words that citizens use for it.")
    whisper: Id | None = Field(
        default=None, description="Prompt that whoever answers there hears first; the caller waits for its end."
    )
    record: bool = Field(default=True, description="Whether the conversation with the hotline is recorded.")
    on_failure: OnFailure = Field(
        description="Call queue for a caller who chose this hotline in a menu and can't be connected to it, or"
        " queue, priority and flow."
    )

    @property
    def is_emergency(self) -> bool:
        """Whether nothing may stand between a caller and this hotline."""
        return self.kind == "emergency"

    @property
    def about(self) -> str:
        """What a call there is about."""
        return self.topic or self.hotline_id

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every number of it with its trunk, each once, in the order in which they are tried."""
        others = (Line(other.number, other.trunk or self.trunk) for other in self.alternates)
        return tuple(dict.fromkeys((Line(self.number, self.trunk), *others)))

    @property
    def longest_ring_seconds(self) -> int:
        """How long it may take to know that none of its numbers answers."""
        return self.ring_seconds * len(self.lines)


@dataclass(frozen=True, slots=True)
class HotlineDirectory:
    """All hotlines of a city, found by id, key, number or word."""

    hotlines: tuple[Hotline, ...] = ()
    _by_id: Mapping[str, Hotline] = field(init=False, repr=False, compare=False)
    _by_key: Mapping[str, Hotline] = field(init=False, repr=False, compare=False)
    _by_number: Mapping[str, Hotline] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_id", {hotline.hotline_id: hotline for hotline in self.hotlines})
        object.__setattr__(self, "_by_key", {hotline.key: hotline for hotline in self.hotlines})
        object.__setattr__(self, "_by_number", _by_number(self.hotlines))

    def __iter__(self) -> Iterator[Hotline]:
        return iter(self.hotlines)

    def __len__(self) -> int:
        return len(self.hotlines)

    def __contains__(self, hotline_id: object) -> bool:
        return hotline_id in self._by_id

    def by_id(self, hotline_id: str) -> Hotline:
        """Return the hotline; raise NotFound where there is none of that id."""
        hotline = self._by_id.get(hotline_id)
        if hotline is None:
            raise NotFound(f"There is no hotline {hotline_id[:64]!r}.")
        return hotline

    def meant_by(self, dialled: str) -> Hotline | None:
        """Return the hotline that a phone means by what it dials: one of its numbers, or ** and its key; or None."""
        return self._by_number.get(dialled) or (self._by_key.get(dialled[2:]) if dialled[:2] == "**" else None)

    def by_words(self, text: str) -> tuple[Hotline, ...]:
        """Return the hotlines that citizens mean by this text: by name, id or one of their words."""
        wanted = text.casefold().strip()
        if not wanted:
            return ()
        return tuple(hotline for hotline in self.hotlines if any(wanted in word for word in _called(hotline)))


def _called(hotline: Hotline) -> Iterator[str]:
    yield hotline.hotline_id
    for word in (*hotline.name.values(), *hotline.words):
        yield word.casefold()


def _by_number(hotlines: Iterable[Hotline]) -> dict[str, Hotline]:
    """Return number to hotline; where two share one, a first number counts more than a retired or alternate one."""
    found: dict[str, Hotline] = {}
    hotlines = tuple(hotlines)
    for hotline in hotlines:
        found.setdefault(hotline.number, hotline)
    for hotline in hotlines:
        for number in hotline.aliases:
            found.setdefault(number, hotline)
    for hotline in hotlines:
        for other in hotline.alternates:
            found.setdefault(other.number, hotline)
    return found
