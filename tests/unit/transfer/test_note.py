"""What Asterisk writes down of an attempt says all that the ledger's row begins with, whoever asked."""

from __future__ import annotations

import string
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from calls.events import TransferDoor, TransferStarted, TransferWay
from transfer.note import note_of, read_note

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
STARTED = TransferStarted(
    at=NOON,
    call_id="h-1.0",
    transfer_id="h-1.0-t1",
    door=TransferDoor.API,
    initiator="console7",
    target_id="gas",
    number="96777",
    trunk="carrier",
    way=TransferWay.THREE_WAY,
)


@given(st.text(max_size=150), st.sampled_from(TransferDoor), st.sampled_from(TransferWay))
def test_it_is_read_as_it_was_written(initiator: str, door: TransferDoor, way: TransferWay) -> None:
    started = replace(STARTED, initiator=initiator.encode("utf-8", "replace").decode(), door=door, way=way)
    note = note_of(started)
    assert set(note) <= set(string.ascii_letters + string.digits + "-_="), "nothing that means something to a dialplan"
    assert read_note(note, "h-1.0", NOON) == started


@given(st.one_of(st.text(), st.binary().map(lambda data: data.decode("latin-1"))))
def test_anything_else_is_no_attempt(text: str) -> None:
    assert read_note(text, "h-1.0", NOON) is None


def test_a_note_of_other_values_is_no_attempt() -> None:
    note = note_of(STARTED)
    assert read_note(note[: len(note) // 2], "h-1.0", NOON) is None
    for text in ("W10=", "WzFd", "eyJhIjoxfQ==", "WyJhIiwgImFwaSIsICJjIiwgImQiLCAiZSIsICJmIiwgIm5vIHdheSJd"):
        assert read_note(text, "h-1.0", NOON) is None
