"""What is recorded and for how long it is kept. Definitions only."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class RecordingPolicy(BaseModel):
    """The city's rules for recordings, in city.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_by_name=True)

    operators: bool = Field(default=True, description="Whether conversations with operators are recorded.")
    hotlines: bool = Field(
        default=True, description="Whether conversations with hotlines are recorded, where the hotline allows it."
    )
    keep_days: int = Field(
        default=180, ge=1, le=3660, description="Days that a recording is to be kept; nothing is deleted yet."
    )

    def records_hotline(self, hotline_allows: bool) -> bool:
        """Tell whether a conversation with a hotline is recorded, given that hotline's own `record`."""
        return self.hotlines and hotline_allows
