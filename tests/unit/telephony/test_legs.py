"""Asterisk's own record of legs, with lines as a real Asterisk wrote them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from telephony.asterisk import legs
from telephony.asterisk.legs import read_legs

LINES = (
    '"CHAN_START","1795338420.979","h-1","h-1","PJSIP/trunk-carrier-00000000","138","12345","from-trunk","",""\n'
    '"CHAN_START","1795338422.089","h-1","h-3","PJSIP/op1001-00000003","1001","s","from-phones","",""\n'
    '"ANSWER","1795338422.427","h-1","h-3","PJSIP/op1001-00000003","1001","12345","from-phones","",""\n'
    '"CHAN_START","1795338423.000","h-9","h-9","PJSIP/trunk-carrier-00000009","139","12345","from-trunk","",""\n'
    '"HANGUP","1795338424.986","h-1","h-3","PJSIP/op1001-00000003","1001","","from-phones","",'
    '"{""hangupcause"":16,""hangupsource"":"""",""dialstatus"":""""}"\n'
    '"HANGUP","1795338425.028","h-1","h-1","PJSIP/trunk-carrier-00000000","138","12345","citizen","",'
    '"{""hangupcause"":0}"\n'
)


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def test_legs_of_a_call(tmp_path: Path) -> None:
    file = tmp_path / "legs.csv"
    file.write_text(LINES)
    caller, operator = read_legs(file, ["h-1"])["h-1"]
    assert (caller.leg_id, caller.ended_at, caller.hangup_cause) == ("h-1", at(1795338425.028), None)
    assert (operator.channel, operator.answered_at) == ("PJSIP/op1001-00000003", at(1795338422.427))
    assert (operator.ended_at, operator.hangup_cause) == (at(1795338424.986), 16)


def test_the_note_of_an_attempt_stands_beside_its_leg(tmp_path: Path) -> None:
    file = tmp_path / "legs.csv"
    line = '"hotline_attempt","1795338423.5","h-1","h-3","PJSIP/op1001-00000003","1","s","hotline-leg","",'
    file.write_text(LINES + line + '"{""extra"":""WyJ0Il0=""}"\n' + line + "\n")
    _, leg = read_legs(file, ["h-1"])["h-1"]
    assert leg.note == "WyJ0Il0="


@pytest.mark.parametrize("text", ["", "x", '"', '"HANGUP","nan?","h-1","h-1","c","","","","","{}"\n', "\xff\x00,,,\n"])
def test_torn_lines_are_passed_over(tmp_path: Path, text: str) -> None:
    file = tmp_path / "legs.csv"
    file.write_text(text + "\n" + LINES)
    assert len(read_legs(file, ["h-1"])["h-1"]) == 2


def test_only_the_end_of_a_long_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "legs.csv"
    file.write_text(LINES * 3)
    monkeypatch.setattr(legs, "MAX_BYTES", len(LINES))
    assert read_legs(file, ["h-1"])["h-1"]


def test_no_file_and_no_calls(tmp_path: Path) -> None:
    assert read_legs(tmp_path / "none.csv", ["h-1"]) == {}
    (tmp_path / "legs.csv").write_text(LINES)
    assert read_legs(tmp_path / "legs.csv", []) == {}
    assert read_legs(tmp_path / "legs.csv", ["other"]) == {}
