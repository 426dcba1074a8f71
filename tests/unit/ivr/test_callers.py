"""Who is calling, by their number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ivr.callers import CallerBook, PastCalls, passes_always
from ivr.model import Callers, Line

NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
BOOK = CallerBook(
    Callers.model_validate(
        {
            "repeat_days": 7,
            "enterprise_numbers": ["01088886666", "0108899*"],
            "blocked": [
                {"number": "13900139000", "reason": "why"},
                {"number": "139001*", "reason": "range"},
                {"number": "13700137000", "reason": "over", "until": "2026-11-23 10:00"},
                {"number": "13600136000", "reason": "still", "until": "2026-11-23 10:01"},
            ],
            "objection": "how",
            "allowed": ["13900139001"],
        }
    ),
    ZoneInfo("Asia/Shanghai"),
)


@pytest.mark.parametrize(
    ("number", "past", "kinds"),
    [
        ("", PastCalls(NOW), {"unknown"}),
        ("13800138000", PastCalls(), set()),
        ("13800138000", PastCalls(NOW - timedelta(days=7)), {"repeat"}),
        ("13800138000", PastCalls(NOW - timedelta(days=7, seconds=1)), set()),
        ("13800138000", PastCalls(NOW - timedelta(days=30), open_case=True), {"open_case"}),
        ("01088886666", PastCalls(), {"enterprise"}),
        ("01088991234", PastCalls(NOW), {"enterprise", "repeat"}),
        ("13900139000", PastCalls(), {"blocked"}),
        ("13900139001", PastCalls(), {"allowed"}),
    ],
)
def test_kinds(number: str, past: PastCalls, kinds: set[str]) -> None:
    assert BOOK.kinds(number, past, NOW) == kinds


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("13900139000", "why"),
        ("13900199999", "range"),
        ("13900139001", None),
        ("13700137000", None),
        ("13600136000", "still"),
        ("", None),
    ],
)
def test_blocks(number: str, reason: str | None) -> None:
    block = BOOK.block(number, NOW)
    assert (block.reason if block else None) == reason


@pytest.mark.parametrize(
    ("extra", "dnis", "passes"), [({}, "12345", False), ({}, "110", True), ({"emergency": True}, "12345", True)]
)
def test_nobody_is_kept_from_an_emergency(extra: dict[str, Any], dnis: str, passes: bool) -> None:
    line = Line.model_validate({"id": "l", "name": {}, "dnis": [dnis], "flow": "f", **extra})
    assert passes_always(line, dnis) is passes
