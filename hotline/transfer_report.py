"""A report of transfers as rows: what its columns are, how they read, and the formulas beside them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from calls.board_formulas import FORMULAS
from calls.connect_rate import AttemptFigures
from calls.words import TransferOutcome
from hotline.report_terms import ReportTerms
from storage.transfer_report import DAY, HOUR, TARGET, Answer, Key, Question

RATES = ("connect_rate", "connect_rate_all")
SECONDS = ("mean_answer_seconds", "mean_talk_seconds")
OUTCOMES = tuple(outcome.value for outcome in TransferOutcome)
COLUMNS = (
    "attempts",
    *OUTCOMES,
    "given_up_short",
    "returned",
    "rated",
    *RATES,
    *SECONDS,
    "ring_ms",
    "talk_ms",
)
"""Of a row, after what it is about, in the order in which they are shown."""

SHOWN = frozenset(COLUMNS) - {"ring_ms", "talk_ms", "rated"}
"""Columns that a table on a terminal has room for."""

_encode = json.JSONEncoder(ensure_ascii=False).encode  # made once: a year by the hour has 8,760 rows
_PLACES = 6  # of a ratio, in files: all that 3 million attempts can tell


@dataclass(frozen=True, slots=True)
class TransferReport:
    """The figures of a period, grouped."""

    by: str
    since: datetime | None
    until: datetime | None
    language: str
    city_name: str
    group_columns: tuple[str, ...]
    rows: list[dict[str, Any]]
    total: dict[str, Any]
    under_way: int
    from_rows: bool
    formulas: dict[str, str]
    "Of both connect rates, in the report's language."

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns."""
        return (*self.group_columns, *COLUMNS)

    def as_json(self) -> str:
        """Return the report as JSON text, each group on a line of its own."""
        entries = [f"  {_json(key)}: {_json(value)}" for key, value in self._about().items()]
        # a year by the hour has 8,760 groups, and indented ones take ten times as long
        groups = ",\n".join(f"    {_json(row)}" for row in self.rows)
        entries += [f'  "groups": [\n{groups}\n  ]' if groups else '  "groups": []', f'  "total": {_json(self.total)}']
        return "{\n" + ",\n".join(entries) + "\n}\n"

    def _about(self) -> dict[str, Any]:
        return {
            "from": self.since,
            "to": self.until,
            "by": self.by,
            "counted_from": "rows" if self.from_rows else "sums",
            "formulas": self.formulas,
            "under_way": self.under_way,
        }

    def notes(self) -> list[str]:
        """Return the lines that stand under a table: the formulas, and what is in none of the figures."""
        lines = [f"{name.replace('_', ' ')} = {text}" for name, text in self.formulas.items()]
        if self.under_way:
            lines.append(f"{self.under_way:,} in progress, in none of the figures")
        return lines


def make_report(terms: ReportTerms, question: Question, answer: Answer, language: str) -> TransferReport:
    """Put names and formulas to the figures."""
    written = language if language == "zh" else "en"
    columns = ("target", "name") if question.by == TARGET else (question.by,)
    names = {hotline_id: name[language] for hotline_id, name in terms.hotlines.items()}
    rows = [
        {**_group(question, key, names), **figures_of(answer.groups[key])} for key in _ordered(question, answer, names)
    ]
    return TransferReport(
        by=question.by,
        since=question.since,
        until=question.until,
        language=written,
        city_name=terms.name[language],
        group_columns=columns,
        rows=rows,
        total={**dict.fromkeys(columns, ""), columns[0]: "*", **figures_of(answer.total)},
        under_way=answer.under_way,
        from_rows=question.rows,
        formulas={name: FORMULAS[f"hotline_{name}"][written].format(N=terms.short_abandon_seconds) for name in RATES},
    )


def figures_of(figures: AttemptFigures) -> dict[str, Any]:
    """Return the columns of one group."""
    return {
        "attempts": figures.attempts,
        **{outcome: figures.by_outcome.get(outcome, 0) for outcome in OUTCOMES},
        "given_up_short": figures.given_up_short,
        "returned": figures.returned,
        "rated": figures.rated,
        "connect_rate": _rounded(figures.connect_rate),
        "connect_rate_all": _rounded(figures.connect_rate_all),
        "mean_answer_seconds": _rounded(figures.mean_answer_seconds),
        "mean_talk_seconds": _rounded(figures.mean_talk_seconds),
        "ring_ms": figures.ring_ms,
        "talk_ms": figures.talk_ms,
    }


def shown(column: str, value: Any) -> str:
    """Return a value as people read it."""
    if value is None:
        return "—"
    if column in RATES:
        return f"{value:.2%}"
    if column in SECONDS:
        return f"{value:.1f} s"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _ordered(question: Question, answer: Answer, names: dict[str, str]) -> list[Key]:
    if question.by != TARGET:
        return list(answer.groups)
    # as in the directory; hotlines that are no longer in it follow
    known: list[Key] = [hotline_id for hotline_id in names if hotline_id in answer.groups]
    return [*known, *(key for key in answer.groups if key not in names)]


def _group(question: Question, key: Key, names: dict[str, str]) -> dict[str, Any]:
    if isinstance(key, datetime):
        local = key.astimezone(question.zone)
        return {question.by: local.date().isoformat() if question.by == DAY else local.isoformat(timespec="minutes")}
    if question.by == TARGET:
        return {"target": key, "name": names.get(key, "")}
    return {question.by: key}


def _json(value: Any) -> str:
    return _encode(value.isoformat() if isinstance(value, datetime) else value)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _PLACES)


def moments_of(report: TransferReport) -> list[datetime]:
    """Return where on the axis of time each row of a report by hour or day stands, by the city's clock."""
    assert report.by in (HOUR, DAY)
    found = [datetime.fromisoformat(row[report.by]) for row in report.rows]
    return [moment.replace(tzinfo=UTC) for moment in found]
