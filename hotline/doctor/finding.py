"""What a check found, and what mends it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How bad it is."""

    OK = "ok"
    INFO = "info"
    "Nothing is wrong, but it is good to know."
    WARN = "warn"
    "Calls are taken; something is weaker than it should be."
    FAIL = "fail"
    "The service does not start, or loses what it must keep."


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    id: str
    "Stable name, for machines and for looking it up in docs/operations.md."
    status: Status
    seen: str
    "What was seen, in one sentence."
    mend: str = ""
    "A command or a setting that mends it; empty only when it is ok."

    def __post_init__(self) -> None:
        """Refuse a finding that leaves its reader alone."""
        if self.status is not Status.OK and not self.mend:
            raise ValueError(f"finding {self.id} is {self.status} and says no mend")

    def as_dict(self) -> dict[str, str]:
        """Return it as JSON-ready values."""
        return {"id": self.id, "status": str(self.status), "seen": self.seen, "mend": self.mend}


def ok(id_: str, seen: str) -> Finding:
    """Return a finding that needs nothing."""
    return Finding(id_, Status.OK, seen)


def info(id_: str, seen: str, mend: str) -> Finding:
    """Return a finding that is good to know."""
    return Finding(id_, Status.INFO, seen, mend)


def warn(id_: str, seen: str, mend: str) -> Finding:
    """Return a finding about something that is weaker than it should be."""
    return Finding(id_, Status.WARN, seen, mend)


def fail(id_: str, seen: str, mend: str) -> Finding:
    """Return a finding about something that stops the service or loses records."""
    return Finding(id_, Status.FAIL, seen, mend)


def a_few(names: list[str], most: int = 3) -> str:
    """Return the first names, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
