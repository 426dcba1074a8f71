"""Events are made fit for every database before they are journalled."""

from __future__ import annotations

import math
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from calls import events as e
from storage.encoding import entry_of, time_ordered_id

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_an_ordinary_event_is_kept_as_it_is() -> None:
    event = e.MenuEntered(at=NOON, call_id="c", node_id="主菜单")
    entry = entry_of(event)
    assert entry.event is event
    assert entry.data == {"node_id": "主菜单", "flow_id": ""}


@pytest.mark.parametrize(
    ("text", "fit"),
    [("a\0b", "a\ufffdb"), ("王\0", "王\ufffd"), ("\ud83d", "\ufffd"), ("\udcff明", "\ufffd明"), ("😀", "😀")],
)
def test_text_that_a_database_refuses(text: str, fit: str) -> None:
    entry = entry_of(e.MenuEntered(at=NOON, call_id=text, node_id=text))
    assert entry.event == e.MenuEntered(at=NOON, call_id=fit, node_id=fit)
    assert entry.data == {"node_id": fit, "flow_id": ""}


@pytest.mark.parametrize(("number", "fit"), [(math.nan, 0.0), (math.inf, 2.0**53), (-math.inf, -(2.0**53)), (1.5, 1.5)])
def test_numbers_that_json_has_no_word_for(number: float, fit: float) -> None:
    entry = entry_of(e.TransferAnswered(at=NOON, call_id="c", transfer_id="t", ring_seconds=number))
    assert entry.data["ring_seconds"] == fit


def test_whole_numbers_beyond_64_bits() -> None:
    values: dict[str, Any] = {"path": "p", "duration_seconds": 1.0, "sha256": "0"}
    event = e.RecordingCompleted(at=NOON, call_id="c", recording_id="r", size_bytes=2**70, **values)
    assert entry_of(event).data["size_bytes"] == 2**53


def test_a_dict_that_is_changed_later() -> None:
    skills = {"gas": 1}
    entry = entry_of(e.CallQueued(at=NOON, call_id="c", queue_id="q", skills=skills))
    skills["gas"] = 5
    assert entry.data["skills"] == {"gas": 1}


def test_a_moment_without_a_zone_is_utc() -> None:
    assert entry_of(e.ServiceStopped(at=NOON.replace(tzinfo=None))).event.at == NOON


def test_ids_are_uuids_that_sort_by_time() -> None:
    ids = [time_ordered_id(NOON.replace(second=second)) for second in range(60)]
    assert ids == sorted(ids)
    assert {uuid.UUID(id_).version for id_ in ids} == {7}
    assert {uuid.UUID(id_).variant for id_ in ids} == {uuid.RFC_4122}
    assert len({time_ordered_id(NOON) for _ in range(1000)}) == 1000


def test_a_given_id_must_be_a_uuid() -> None:
    given = uuid.uuid4()
    assert entry_of(e.ServiceStopped(at=NOON), given.hex).event_id == str(given)
    with pytest.raises(ValueError, match="badly formed"):
        entry_of(e.ServiceStopped(at=NOON), "seven")
