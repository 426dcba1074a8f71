"""The period of a report: dates and times as people write them, by the city's clock."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from calls.errors import ConfigurationError


def moment_of(text: str | None, zone: ZoneInfo, option: str) -> datetime | None:
    """Return a date or a time of the city's clock as a moment. Raises ConfigurationError for neither."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ConfigurationError([f"{option} {text}: must be like 2026-11-22 or 2026-11-22 08:00"]) from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)
