"""What a real Asterisk 22.10.1 said in a few calls, replayed: the exact messages that it means.

`ami/NAME.ami` is what record_ami.py read, byte for byte; `ami/NAME.messages` what it must be read as, one a line.
After recording again: `python tests/replay/test_ami_replay.py`, then read the difference.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from telephony.ami.frames import Frame, FrameParser
from telephony.ami.messages import (
    ChannelHungUp,
    ContactChanged,
    DialEnded,
    DialStateChanged,
    DigitPressed,
    OriginateEnded,
    Unknown,
    UserEventRaised,
)
from telephony.ami.rows import ChannelRow, ContactRow
from telephony.ami.translation import EVENT_NAMES, translate

RECORDINGS = Path(__file__).parent / "ami"
NAMES = sorted(path.stem for path in RECORDINGS.glob("*.ami"))


def frames(name: str) -> list[Frame]:
    parser = FrameParser(line_bytes=65536, frame_bytes=1 << 20)
    found = parser.feed((RECORDINGS / f"{name}.ami").read_bytes())
    assert parser.error is None
    return found


def messages(name: str, *kinds: type) -> list[object]:
    """The messages of a recording, of these types or of all."""
    told = [translate(frame) for frame in frames(name) if frame.get("event") is not None]
    return [message for message in told if isinstance(message, kinds or object) and not isinstance(message, Unknown)]


def told(name: str, kind: type, *fields: str) -> list[tuple[object, ...]]:
    """Some fields of the messages of one type."""
    return [tuple(getattr(message, field) for field in fields) for message in messages(name, kind)]


def lines(name: str) -> str:
    return "".join(f"{message!r}\n" for message in messages(name)).replace("datetime.timezone.utc", "UTC")


@pytest.mark.parametrize("name", NAMES)
def test_a_recording_means_exactly_these_messages(name: str) -> None:
    assert lines(name) == (RECORDINGS / f"{name}.messages").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_no_event_is_lost_and_the_filter_let_nothing_else_through(name: str) -> None:
    data = (RECORDINGS / f"{name}.ami").read_bytes().decode()
    events = re.findall(r"^Event: (\w+)\r$", data, re.MULTILINE)
    rows = {"CoreShowChannel", "CoreShowChannelsComplete", "ContactList", "ContactListComplete"}
    assert {event for event in events if event not in EVENT_NAMES} <= rows
    assert len(messages(name)) == sum(event in EVENT_NAMES for event in events)


def test_busy() -> None:
    assert told("busy", DialEnded, "dest_channel", "caller_uniqueid", "status") == [
        ("PJSIP/loop-0000000a", uniqueid(9, "busy"), "BUSY"),
        ("PJSIP/loop-00000008", None, "BUSY"),
    ]
    assert told("busy", ChannelHungUp, "cause", "tech_cause", "cause_text") == [(17, 486, "User busy")] * 4
    assert told("busy", OriginateEnded, "channel_id", "succeeded", "reason") == [("rec-call-busy", False, 0)]


def uniqueid(number: int, name: str) -> str:
    """The uniqueid of the channel with that number in its name."""
    for message in messages(name):
        if getattr(message, "channel", None) == f"PJSIP/loop-{number:08x}":
            return str(message.uniqueid)  # type: ignore[attr-defined]
    raise AssertionError(number)


def test_cancelled_while_it_rings() -> None:
    assert told("cancelled", DialStateChanged, "dest_channel", "status")[0] == ("PJSIP/loop-0000000e", "RINGING")
    assert told("cancelled", DialEnded, "dest_channel", "status") == [
        ("PJSIP/loop-0000000e", "CANCEL"),
        ("PJSIP/loop-0000000c", "NOANSWER"),
    ]


def test_answered() -> None:
    assert told("answered", DialEnded, "caller_uniqueid", "dest_uniqueid", "status") == [
        (uniqueid(1, "answered"), uniqueid(2, "answered"), "ANSWER"),
        (None, "rec-call-talks", "ANSWER"),
    ]
    rows = [ChannelRow.of(frame) for frame in frames("answered") if frame.get("event") == "CoreShowChannel"]
    bridged = [row.channel for row in rows if row.bridge_id is not None]
    assert sorted(bridged) == ["PJSIP/loop-00000001", "PJSIP/loop-00000002"]
    assert {row.linkedid for row in rows if row.bridge_id} == {uniqueid(1, "answered")}


def test_a_digit() -> None:
    assert told("digit", DigitPressed, "channel", "digit", "direction") == [("PJSIP/loop-00000010", "5", "Received")]


def test_a_user_event() -> None:
    assert told("user_event", UserEventRaised, "name", "channel", "fields") == [
        ("HotlineTransfer", "PJSIP/loop-00000019", {"Key": "02", "Name": "王小明"})
    ]


def test_a_telephone_registers_and_goes_away() -> None:
    assert told("contacts", ContactChanged, "aor", "status") == [
        ("op1001", "NonQualified"),
        ("op1001", "Reachable"),
        ("op1001", "Removed"),
    ]
    (row,) = [ContactRow.of(frame) for frame in frames("contacts") if frame.get("event") == "ContactList"]
    assert (row.aor, row.uri, row.status) == ("op1001", "sip:s@127.0.0.1:25400", "Reachable")


def test_a_commands_output() -> None:
    outputs = [frame.output() for frame in frames("login") if frame.output()]
    assert outputs == [("System uptime: 0 seconds", "Last reload: 0 seconds")]


if __name__ == "__main__":
    for each in NAMES:
        (RECORDINGS / f"{each}.messages").write_text(lines(each))
