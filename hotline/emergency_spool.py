"""Calls that Asterisk's own script handled while the service was away: counted when it is back, each once."""

from __future__ import annotations

import itertools
import json
import re
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog

from agi_scripts.office import case_id_of
from calls.events import (
    CallEnded,
    CallOutcome,
    CallQueued,
    CallStarted,
    ConversationEnded,
    EndedBy,
    Event,
    OperatorAnswered,
    OperatorOffered,
)
from calls.phones import home_operator

log = structlog.get_logger(__name__)

NAMESPACE = uuid.UUID("6f1d7b3a-5a0f-4f0e-9a55-7c1b7f6f3a21")
"""Of the ids of these facts."""

MAX_FILES = 1_000
"""Files read in one go."""


def is_noted(spool: Path, call_id: str, *, finished: bool) -> bool:
    """Tell whether the script has (or has finished, where `finished`) a note of this call."""
    kinds = ("*.json",) if finished else ("*.json", "*.part")
    stem = file_stem(call_id)
    return any(path.name.startswith(stem) for kind in kinds for path in spool.glob(kind))


def file_stem(call_id: str) -> str:
    """Return how the names of the notes of this call begin."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", call_id)[:100] + "-"


def read_notes(spool: Path) -> list[tuple[Path, dict[str, Any]]]:
    """Return the finished notes. One that can't be read is put aside as *.bad and reported, and costs nobody else."""
    notes: list[tuple[Path, dict[str, Any]]] = []
    for path in sorted(spool.glob("*.json"))[:MAX_FILES]:
        try:
            row = json.loads(path.read_text(encoding="utf-8"))
            facts_of(row, known=False)
        except (ValueError, KeyError, TypeError, OSError) as error:
            log.error("emergency_note_unreadable", file=path.name, error=str(error))
            path.rename(path.with_suffix(".bad"))
        else:
            notes.append((path, row))
    return notes


def event_ids(row: dict[str, Any]) -> Iterator[str]:
    """Return the ids of the facts of a note: made from the call's id, so that taking it in twice records it once."""
    return (str(uuid.uuid5(NAMESPACE, f"{row['call_id']}:{row['started_at']}:{n}")) for n in itertools.count())


def facts_of(
    row: dict[str, Any], *, known: bool, operator_at: Callable[[str], str | None] = home_operator
) -> list[Event]:
    """Return the facts of a note. A `known` call began in the service and came to the script later.

    `operator_at` tells who works at a phone.

    Raises ValueError, KeyError or TypeError for a note that is none.
    """
    call_id = str(row["call_id"])
    started, ended = datetime.fromisoformat(row["started_at"]), datetime.fromisoformat(row["ended_at"])
    facts: list[Event] = []
    if not known:
        facts.append(
            CallStarted(
                at=started,
                call_id=call_id,
                case_id=case_id_of(call_id, started),
                ani=str(row.get("ani") or "")[:32],
                dnis=str(row.get("dnis") or "")[:32],
                line_id="",
                language="",
            )
        )
        facts.append(CallQueued(at=started, call_id=call_id, queue_id="emergency", skills={}))
    facts.extend(_conversation(row, call_id, ended, operator_at))
    facts.append(
        CallEnded(
            at=ended,
            call_id=call_id,
            outcome=CallOutcome(row["outcome"]),
            ended_by=EndedBy(row.get("ended_by") or "unknown"),
            handled_by="emergency",
        )
    )
    return facts


def _conversation(
    row: dict[str, Any], call_id: str, ended: datetime, operator_at: Callable[[str], str | None]
) -> list[Event]:
    """Return the facts of the operator who answered, if one did."""
    phone = str(row.get("answered_operator") or "")
    operator_id = operator_at(phone) or home_operator(phone)
    if not row.get("answered_at") or operator_id is None:
        return []
    answered = datetime.fromisoformat(row["answered_at"])
    offer_id = f"{call_id}-oe"
    return [
        OperatorOffered(at=answered, call_id=call_id, offer_id=offer_id, operator_id=operator_id, queue_id="emergency"),
        OperatorAnswered(at=answered, call_id=call_id, offer_id=offer_id, operator_id=operator_id, ring_seconds=0.0),
        ConversationEnded(
            at=ended,
            call_id=call_id,
            offer_id=offer_id,
            operator_id=operator_id,
            talk_seconds=max(0.0, (ended - answered).total_seconds()),
            ended_by=EndedBy(row.get("ended_by") or "unknown"),
        ),
    ]
