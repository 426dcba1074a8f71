"""The hotlines that a caller can be passed on to with one button. Definitions and lookups only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from calls.errors import NotFound
from calls.patterns import HOTLINE_KEY_PATTERN, ID_PATTERN, LANGUAGE_PATTERN, NAME_PATTERN, NUMBER_PATTERN

Id = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
Language = Annotated[str, StringConstraints(pattern=LANGUAGE_PATTERN)]
Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
Number = Annotated[str, StringConstraints(pattern=NUMBER_PATTERN)]
HotlineKey = Annotated[str, StringConstraints(pattern=HOTLINE_KEY_PATTERN)]


class Hotline(BaseModel):
    """Another service's telephone line: the gas company's, the water company's."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_by_name=True)

    hotline_id: Id = Field(validation_alias="id", description="Id of the hotline, as in reports.")
    name: Mapping[Language, Name] = Field(
        description="Name in each language of the city, as it is spoken in the prompt before it is dialled."
    )
    number: Number = Field(description="Number that is dialled, quoted.")
    trunk: Id = Field(description="Trunk in city.yaml that the number is dialled on.")
    key: HotlineKey = Field(description="Two digits, quoted: an operator presses *1 and then these.")
    ring_seconds: int = Field(
        default=20, ge=3, le=120, description="Seconds to let it ring; city.yaml `limits` where left out."
    )
    record: bool = Field(default=True, description="Whether the conversation with the hotline is recorded.")
    on_failure: Id = Field(
        description="Call queue for a caller who chose this hotline in a menu and can't be connected to it."
    )


@dataclass(frozen=True, slots=True)
class HotlineDirectory:
    """All hotlines of a city, found by id, key or number."""

    hotlines: tuple[Hotline, ...] = ()
    _by_id: Mapping[str, Hotline] = field(init=False, repr=False, compare=False)
    _by_key: Mapping[str, Hotline] = field(init=False, repr=False, compare=False)
    _by_number: Mapping[str, Hotline] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_id", {hotline.hotline_id: hotline for hotline in self.hotlines})
        object.__setattr__(self, "_by_key", {hotline.key: hotline for hotline in self.hotlines})
        object.__setattr__(self, "_by_number", {hotline.number: hotline for hotline in self.hotlines})

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
            raise NotFound(f"There is no hotline {hotline_id!r}.")
        return hotline

    def by_key(self, key: str) -> Hotline | None:
        """Return the hotline that an operator means by *1 and these two digits, or None."""
        return self._by_key.get(key)

    def meant_by(self, dialled: str) -> Hotline | None:
        """Return the hotline that a phone means by what it dials: its number, or ** and its key; None for others."""
        return self._by_number.get(dialled) or (self._by_key.get(dialled[2:]) if dialled[:2] == "**" else None)

    def by_number(self, number: str) -> Hotline | None:
        """Return the hotline with this number, or None."""
        return self._by_number.get(number)
