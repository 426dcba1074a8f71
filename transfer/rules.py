"""What holds for every attempt to reach a hotline: limits against loops and fraud, when a line counts as dead."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class TransferRules(BaseModel):
    """The city's rules for transfers, in city.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_by_name=True)

    per_call: int = Field(
        default=10, ge=1, le=100, description="Hotline numbers that one call may have dialled; then a person takes it."
    )
    per_operator_minute: int = Field(
        default=6, ge=1, le=1000, description="Transfers that one operator may start within a minute."
    )
    per_operator_hour: int = Field(
        default=90, ge=1, le=10_000, description="Transfers that one operator may start within an hour."
    )
    silent_trunk_seconds: float = Field(
        default=4, ge=0.2, le=30, description="A trunk that has not said a word after these seconds counts as down."
    )
    dead_line_seconds: float = Field(
        default=6,
        ge=0,
        le=60,
        description="A hotline that answers and from which no sound at all comes for these seconds is no answer;"
        " 0 never looks.",
    )
    least_talk_seconds: float = Field(
        default=2,
        ge=0,
        le=30,
        description="A hotline that answers and hangs up within these seconds did not answer; 0 lets every answer"
        " count.",
    )
    failures_in_a_row: int = Field(
        default=5, ge=1, le=100, description="Failures in a row after which a number is marked down."
    )
    probe_seconds: float = Field(
        default=60, ge=1, le=3600, description="How often a caller tries a number first that is marked down."
    )
