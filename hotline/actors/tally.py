"""What became of each call, read from SIPp's own record of its messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

_CALL_METHODS = ("INVITE", "ACK", "BYE", "CANCEL")

EndedBy = Literal["caller", "far_end"]


@dataclass(frozen=True, slots=True)
class SipLine:
    """One SIP message that SIPp sent or received."""

    at: datetime

    sent: bool
    "True when SIPp sent it, False when it received it."

    call_id: str
    cseq_method: str

    first_line: str
    "Request line or status line."

    @property
    def status(self) -> int | None:
        """Status code of a response, None for a request."""
        return int(self.first_line.split()[1]) if self.first_line.startswith("SIP/2.0 ") else None

    @property
    def text(self) -> str:
        """The message in three words: `received 200 INVITE`."""
        what = self.method or f"{self.status} {self.cseq_method}"
        return f"{'sent' if self.sent else 'received'} {what}"

    @property
    def method(self) -> str | None:
        """Method of a request, None for a response."""
        return None if self.first_line.startswith("SIP/2.0 ") else self.first_line.split(" ", 1)[0]


@dataclass(slots=True)
class CallFate:
    """One call as SIP saw it."""

    call_id: str
    lines: list[SipLine] = field(default_factory=list)

    invite_status: int | None = None
    "Final status of the INVITE; None when none came."

    answered_at: datetime | None = None
    ended_by: EndedBy | None = None

    @property
    def stands(self) -> bool:
        """Whether nobody has ended it yet."""
        return self.ended_by is None

    @property
    def dialled(self) -> str:
        """User part of the first Request-URI."""
        first = next((line.first_line for line in self.lines if line.method == "INVITE"), "")
        return first.partition("sip:")[2].partition("@")[0]


def read_sip_lines(path: Path) -> list[SipLine]:
    """Read SIPp's short message log; a line still being written is left out."""
    if not path.exists():
        return []
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]
    return [parsed for line in lines if (parsed := _parse(line)) is not None]


def call_fates(lines: list[SipLine], *, caller_side: bool) -> dict[str, CallFate]:
    """Group messages by call; `caller_side` says whether SIPp placed the calls or took them."""
    fates: dict[str, CallFate] = {}
    for line in lines:
        if line.cseq_method not in _CALL_METHODS:
            continue
        fate = fates.setdefault(line.call_id, CallFate(line.call_id))
        fate.lines.append(line)
        if line.status is not None and line.cseq_method == "INVITE" and line.status >= 200:
            # the first final answer counts: a re-INVITE's comes later
            fate.invite_status = fate.invite_status or line.status
            if line.status == 200 and fate.answered_at is None:
                fate.answered_at = line.at
        if line.method in ("BYE", "CANCEL") and fate.ended_by is None:
            fate.ended_by = "caller" if line.sent == caller_side else "far_end"
        refused = line.status is not None and line.status >= 300 and line.cseq_method == "INVITE"
        if refused and fate.ended_by is None:
            fate.ended_by = "far_end"
    return fates


def _parse(line: str) -> SipLine | None:
    fields = line.split("\t")
    if len(fields) < 7:
        return None
    _, _, unix, direction, call_id, cseq, first_line = fields[:7]
    at = datetime.fromtimestamp(float(unix), tz=UTC)
    return SipLine(at, direction == "S", call_id, cseq.split()[-1] if cseq.split() else "", first_line.strip())
