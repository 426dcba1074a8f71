"""The cutting of AMI's byte stream into frames."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.errors import ProtocolError
from telephony.ami.frames import Frame, FrameParser

BANNER = b"Asterisk Call Manager/11.0.0\r\n"
RECORDINGS = sorted((Path(__file__).parents[2] / "replay" / "ami").glob("*.ami"))


def parser(line_bytes: int = 65536, frame_bytes: int = 1 << 20) -> FrameParser:
    return FrameParser(line_bytes=line_bytes, frame_bytes=frame_bytes)


def texts(*chunks: bytes) -> list[str]:
    codec = parser()
    return [frame.text for chunk in chunks for frame in codec.feed(chunk)]


@pytest.mark.parametrize("name", ["chinese", "contacts", "login", "user_event"])
def test_every_split_point_of_a_recording_gives_the_same_frames(name: str) -> None:
    (data,) = [path.read_bytes() for path in RECORDINGS if path.stem == name]
    whole = texts(data)
    assert len(whole) > 3
    # the parser's only state is what is left over: a cut matters only near the frame it falls into
    for cut in range(len(data)):
        codec = parser()
        before = codec.feed(data[:cut])
        assert [frame.text for frame in before] == whole[: len(before)]
        rest = data[cut : cut + 2000]
        after = codec.feed(rest)
        assert [frame.text for frame in after] == whole[len(before) : len(before) + len(after)]


def test_one_byte_at_a_time_gives_the_same_frames() -> None:
    data = b"".join([BANNER, *(path.read_bytes().partition(b"\r\n")[2] for path in RECORDINGS)])
    assert texts(*(data[position : position + 1] for position in range(len(data)))) == texts(data)


@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=6))
def test_garbage_never_raises_and_never_depends_on_the_cuts(garbage: bytes, cuts: list[int]) -> None:
    data = BANNER + garbage
    points = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    chunks = [data[start:end] for start, end in pairwise(points)]
    assert texts(*chunks) == texts(data)


@given(st.lists(st.sampled_from([b"\r\n", b"\r", b"\n", b"Event: A", b": ", "王".encode(), b"\0"]), max_size=40))
def test_line_ends_in_every_order_never_depend_on_the_cuts(parts: list[bytes]) -> None:
    data = BANNER + b"".join(parts)
    assert texts(*(data[position : position + 1] for position in range(len(data)))) == texts(data)


@given(st.binary(max_size=300))
def test_a_peer_that_is_no_asterisk_is_noticed_or_waited_for(data: bytes) -> None:
    codec = parser()
    assert codec.feed(data) == []
    if len(data) > 130:
        assert codec.error is not None
        assert codec.feed(BANNER) == []


def test_the_banner_tells_the_version_wherever_it_is_cut() -> None:
    for cut in range(len(BANNER)):
        codec = parser()
        codec.feed(BANNER[:cut])
        assert codec.version is None
        codec.feed(BANNER[cut:])
        assert codec.version == "11.0.0"


@pytest.mark.parametrize("extra", [b"\r\n", b"\r\n\r\n", b"\r\n\r\n\r\n"])
def test_stray_line_ends_between_frames_are_passed_over(extra: bytes) -> None:
    data = BANNER + extra + b"Event: A\r\n\r\n" + extra + b"Event: B\r\n\r\n"
    assert texts(data) == ["Event: A", "Event: B"]


@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_lines_and_frames_have_a_longest_size(step: int) -> None:
    def error(data: bytes) -> str:
        codec = parser(line_bytes=100, frame_bytes=1000)
        data = BANNER + data
        count = sum(len(codec.feed(data[position : position + step])) for position in range(0, len(data), step))
        assert count == 1, "what came before is not lost"
        return str(codec.error)

    first = b"Event: A\r\n\r\n"
    assert error(first + b"Event: " + b"x" * 200) == "An AMI line has more than 100 bytes"
    assert error(first + b"Event: " + b"x" * 200 + b"\r\n\r\nEvent: B\r\n\r\n") == "An AMI line has more than 100 bytes"
    assert error(first + b"Header: 1\r\n" * 200) == "An AMI frame has more than 1000 bytes"


def test_a_line_of_the_longest_size_passes() -> None:
    codec = parser(line_bytes=100, frame_bytes=1000)
    (frame,) = codec.feed(BANNER + b"Event: " + b"x" * 93 + b"\r\n\r\n")
    assert codec.error is None
    assert frame.require("event") == "x" * 93


def test_headers_are_found_without_case_and_the_first_counts() -> None:
    frame = Frame("Event: A\r\nKEY: 1\r\nkey: 2\r\nEmpty: \r\nTight:3\r\nColons: a: b: c\r\nnone")
    assert frame.get("key") == "1"
    assert frame.all("key") == ("1", "2")
    assert frame.get("empty") == ""
    assert frame.get("tight") == "3"
    assert frame.get("colons") == "a: b: c"
    assert frame.get("none") is None
    assert list(frame.pairs())[1:3] == [("KEY", "1"), ("key", "2")]


def test_channel_variables_are_read_in_both_of_asterisks_spellings() -> None:
    frame = Frame(
        "Event: Hangup\r\nChannel: a\r\nChanVariable: CALLID=7=x\r\nChanVariable: EMPTY=\r\n"
        "DestChanVariable: CALLID=8\r\nChanVariable(PJSIP/a-1): OTHER=9"
    )
    assert frame.variables() == {"CALLID": "7=x", "EMPTY": "", "OTHER": "9"}
    assert frame.variables("dest") == {"CALLID": "8"}
    assert Frame("Event: Hangup").variables() == {}


def test_bytes_that_are_no_utf_8_cost_only_themselves() -> None:
    (text,) = texts(BANNER + b"Event: A\r\nName: \xd6\xd0\xce\xc4\r\nKey: 1\r\n\r\n")
    assert Frame(text).get("key") == "1"


def test_a_missing_header_is_told_with_the_frame_but_without_what_is_personal() -> None:
    frame = Frame("Event: Hangup\r\nUniqueid: 1.2\r\nCallerIDNum: 13800138000\r\nDialString: 96777@t\r\nLinkedid: ")
    with pytest.raises(ProtocolError) as caught:
        frame.require("linkedid")
    text = str(caught.value)
    assert "without linkedid" in text
    assert "Uniqueid: 1.2" in text
    assert "CallerIDNum: …" in text
    assert not any(number in text for number in ("13800138000", "96777"))
    assert "13800138000" not in repr(frame)
