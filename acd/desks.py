"""Phones and pauses as a city writes them down. Definitions only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from acd.pins import PIN_PATTERN
from acd.presence import PASSING_REASONS
from calls.patterns import ID_PATTERN, LANGUAGE_PATTERN, NAME_PATTERN, SHARED_PHONE_PATTERN, SIP_URI_PATTERN
from calls.phones import shared_phone

Pin = Annotated[str, StringConstraints(pattern=PIN_PATTERN)]
LogIn = Literal["phone", "code"]

PAUSE_KEY_PATTERN = "^[0-9]{1,2}$"


class _Definition(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_by_name=True)


def _check_reason(value: str) -> str:
    if value in PASSING_REASONS:
        raise ValueError(f"{value} is a word of the service for pauses that nobody asked for; choose another")
    return value


ReasonId = Annotated[str, StringConstraints(pattern=ID_PATTERN), AfterValidator(_check_reason)]


class SharedPhone(_Definition):
    """A phone that is nobody's own: whoever logs in at it works there (hot desk)."""

    phone_id: Annotated[str, StringConstraints(pattern=SHARED_PHONE_PATTERN)] = Field(
        validation_alias="id", description="The phone's number, 1 to 8 digits; its user name is desk<id>."
    )
    name: Annotated[str, StringConstraints(pattern=NAME_PATTERN)] = Field(description="Where it stands.")
    contact: Annotated[str, StringConstraints(pattern=SIP_URI_PATTERN)] | None = Field(
        default=None, description="Fixed SIP address of a phone that does not register."
    )

    @property
    def endpoint(self) -> str:
        """Return the name that Asterisk knows it by."""
        return shared_phone(self.phone_id)


class PauseReason(_Definition):
    """Why an operator takes no calls for a while."""

    reason_id: ReasonId = Field(validation_alias="id", description="Id of the reason, as in reports: lunch.")
    name: Mapping[
        Annotated[str, StringConstraints(pattern=LANGUAGE_PATTERN)],
        Annotated[str, StringConstraints(pattern=NAME_PATTERN)],
    ] = Field(description="Name in each language of the city.")
    key: Annotated[str, StringConstraints(pattern=PAUSE_KEY_PATTERN)] | None = Field(
        default=None, description="Key that operators dial after *62, one or two digits."
    )
    limit_seconds: int | None = Field(
        default=None, ge=1, le=86400, description="Seconds after which such a pause is an alarm; none where left out."
    )
