"""Calls that Asterisk handled alone are counted once, whatever lies in the spool."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from calls.events import CallEnded, CallQueued, CallStarted, ConversationEnded, OperatorAnswered, OperatorOffered
from hotline.emergency_spool import event_ids, facts_of, is_noted, read_notes

NOTE: dict[str, Any] = {
    "call_id": "hotline-1.7",
    "ani": "13800138000",
    "dnis": "12345",
    "started_at": "2026-11-22T08:00:00+00:00",
    "answered_at": "2026-11-22T08:00:05+00:00",
    "answered_operator": "op1001",
    "ended_at": "2026-11-22T08:01:05+00:00",
    "outcome": "answered",
    "ended_by": "caller",
}


def test_answered_call_from_first_to_last() -> None:
    facts = facts_of(NOTE, known=False)
    assert [type(f) for f in facts] == [
        CallStarted,
        CallQueued,
        OperatorOffered,
        OperatorAnswered,
        ConversationEnded,
        CallEnded,
    ]
    ended = facts[-1]
    assert isinstance(ended, CallEnded)
    assert (ended.handled_by, ended.outcome) == ("emergency", "answered")
    talk = facts[-2]
    assert isinstance(talk, ConversationEnded)
    assert talk.talk_seconds == 60


def test_call_that_the_service_began_is_only_ended() -> None:
    facts = facts_of({**NOTE, "answered_at": None, "outcome": "abandoned"}, known=True)
    assert [type(f) for f in facts] == [CallEnded]


def test_ids_are_the_same_each_time_and_differ_from_fact_to_fact() -> None:
    first = list(itertools.islice(event_ids(NOTE), 6))
    assert first == list(itertools.islice(event_ids(dict(NOTE)), 6))
    assert len(set(first)) == 6


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', "{}", json.dumps({**NOTE, "outcome": "eaten"}), "\x00"])
def test_unreadable_note_is_put_aside_and_costs_nobody_else(tmp_path: Path, text: str) -> None:
    (tmp_path / "a-1.json").write_text(text)
    (tmp_path / "b-1.json").write_text(json.dumps(NOTE))
    (tmp_path / "c-1.part").write_text("half")
    assert [path.name for path, _ in read_notes(tmp_path)] == ["b-1.json"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a-1.bad", "b-1.json", "c-1.part"]


def test_note_of_a_call_is_found(tmp_path: Path) -> None:
    (tmp_path / "hotline-1.7-33.part").touch()
    assert is_noted(tmp_path, "hotline-1.7", finished=False)
    assert not is_noted(tmp_path, "hotline-1.7", finished=True)
    assert not is_noted(tmp_path, "hotline-1.70", finished=False)
