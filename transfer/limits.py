"""Limits against loops and toll fraud: calls at once for each hotline, transfers for each operator and each call.

Pure: the time is a parameter. An emergency line is under none of them, and counts for none.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from transfer.directory import Hotline
from transfer.rules import TransferRules

CALLS_AT_ONCE, PER_OPERATOR, PER_CALL = "calls_at_once", "per_operator", "per_call"
"""What `TransferEnded.reason` says of a limit."""

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)


@dataclass(slots=True)
class TransferLimits:
    """Counts what is under way, and what each operator began within the last hour."""

    _under_way: dict[str, int] = field(default_factory=dict)
    "Hotline to attempts that ring or talk."
    _began: dict[str, deque[datetime]] = field(default_factory=dict)
    "Operator to their transfers of the last hour."

    def under_way(self, hotline_id: str) -> int:
        """Return how many calls ring or talk at a hotline now."""
        return self._under_way.get(hotline_id, 0)

    def begin(self, hotline: Hotline, others: int = 0) -> bool:
        """Take a place at the hotline; return False where all are taken. `others` are calls that nobody owns."""
        if not hotline.is_emergency and self.under_way(hotline.hotline_id) + others >= hotline.at_once:
            return False
        self._under_way[hotline.hotline_id] = self.under_way(hotline.hotline_id) + 1
        return True

    def end(self, hotline: Hotline) -> None:
        """Give a place back."""
        left = self.under_way(hotline.hotline_id) - 1
        if left > 0:
            self._under_way[hotline.hotline_id] = left
        else:
            self._under_way.pop(hotline.hotline_id, None)

    def may_start(self, operator_id: str, hotline: Hotline, rules: TransferRules, now: datetime) -> bool:
        """Count a transfer of this operator; return False, and do not count it, where it is one too many."""
        if hotline.is_emergency:
            return True
        began = self._began.setdefault(operator_id, deque())
        while began and now - began[0] >= _HOUR:
            began.popleft()
        within_minute = sum(1 for at in began if now - at < _MINUTE)
        if len(began) >= rules.per_operator_hour or within_minute >= rules.per_operator_minute:
            return False
        began.append(now)
        return True
