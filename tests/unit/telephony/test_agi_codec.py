"""The FastAGI codec: every cut, every limit, and headers that a caller wrote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls.errors import ProtocolError
from telephony.agi.codec import AgiCodec, CodecLimits, Hangup, Message, Reply, Request

HEADER = """agi_network: yes
agi_network_script: inbound?line=main&x=1
agi_request: agi://127.0.0.1:4573/inbound?line=main&x=1
agi_channel: PJSIP/trunk-city-00000001
agi_language: zh
agi_uniqueid: 1795335626.13
agi_callerid: 13800000000
agi_calleridname: 王小明
agi_dnid: 12345
agi_rdnis: unknown
agi_context: from-trunk
agi_extension: s
agi_accountcode:\x20
agi_threadid: 140101232395968
agi_arg_1: first arg
agi_arg_2:\x20

"""
USAGE = """520-Invalid command syntax.  Proper usage follows:
Usage: HANGUP [<channelname>]

520 End of proper usage.
"""
SESSION = (
    HEADER
    + """200 result=0
200 result= (timeout)
HANGUP
200 result=1 (a (b) c, 王)
200 result=49 endpos=4000
"""
    + USAGE
    + """510 Invalid or unknown command
511 Command Not Permitted on a dead channel or intercept routine
200 result=1 (two
lines)
"""
)
REPLIES = [
    Reply(200, "0"),
    Reply(200, "", "timeout"),
    Hangup(),
    Reply(200, "1", "a (b) c, 王"),
    Reply(200, "49", endpos=4000),
    Reply(
        520,
        text="Invalid command syntax.  Proper usage follows:\nUsage: HANGUP [<channelname>]\n\nEnd of proper usage.",
    ),
    Reply(510, text="Invalid or unknown command"),
    Reply(511, text="Command Not Permitted on a dead channel or intercept routine"),
    Reply(200, "1", "two\nlines"),
]


def in_session() -> AgiCodec:
    codec = AgiCodec()
    codec.feed(HEADER.encode())
    return codec


def fed(data: bytes, *sizes: int) -> list[Message]:
    """Feed the data in pieces of the given sizes, the rest at once."""
    codec = AgiCodec()
    messages: list[Message] = []
    for size in sizes:
        messages += codec.feed(data[:size])
        data = data[size:]
    return messages + codec.feed(data)


def test_header_becomes_a_request() -> None:
    (request,) = fed(HEADER.encode())
    assert isinstance(request, Request)
    assert request.script == "inbound"
    assert request.query == {"line": "main", "x": "1"}
    assert request.channel == "PJSIP/trunk-city-00000001"
    assert request.uniqueid == "1795335626.13"
    assert (request.callerid, request.calleridname, request.dnid) == ("13800000000", "王小明", "12345")
    assert (request.extension, request.context, request.language) == ("s", "from-trunk", "zh")
    assert request.args == ("first arg", "")
    assert request.raw["agi_rdnis"] == "unknown"


def test_unknown_is_empty() -> None:
    (request,) = fed(HEADER.replace("13800000000", "unknown").encode())
    assert isinstance(request, Request)
    assert request.callerid == ""


@pytest.mark.parametrize(
    ("url", "script", "query"),
    [
        ("agi://h/a/b", "a/b", {}),
        ("agi://h", "", {}),
        ("agi://h/%E7%8E%8B?x=%201", "王", {"x": " 1"}),
        ("emergency", "emergency", {}),
    ],
)
def test_script_of_a_url(url: str, script: str, query: dict[str, str]) -> None:
    (request,) = fed(HEADER.replace("agi://127.0.0.1:4573/inbound?line=main&x=1", url).encode())
    assert isinstance(request, Request)
    assert (request.script, request.query) == (script, query)


def test_a_whole_session_byte_by_byte() -> None:
    data = SESSION.encode()
    assert fed(data, *[1] * len(data))[1:] == REPLIES


def test_a_session_cut_anywhere() -> None:
    data = SESSION.encode()
    for cut in range(len(data)):
        assert fed(data, cut)[1:] == REPLIES


def test_every_truncation_gives_a_prefix_and_no_error() -> None:
    data = SESSION.encode()
    whole = fed(data)
    for end in range(len(data)):
        messages = fed(data[:end])
        assert messages == whole[: len(messages)]


def test_result_properties() -> None:
    assert Reply(200, "12", "timeout").timed_out
    assert not Reply(200, "12").timed_out


def test_hangup_between_command_and_reply_and_in_the_header() -> None:
    assert in_session().feed(b"HANGUP\n200 result=-1\n") == [Hangup(), Reply(200, "-1")]
    assert AgiCodec().feed(b"agi_network: yes\nHANGUP\n") == [Hangup()]


def test_a_value_that_looks_like_a_reply() -> None:
    assert in_session().feed(b"200 result=1 (x) endpos=5)\n") == [Reply(200, "1", "x) endpos=5")]


def test_bytes_that_are_not_utf8_are_replaced() -> None:
    header = HEADER.encode().replace("王小明".encode(), "王小明".encode("gb18030"))
    (request,) = fed(header)
    assert isinstance(request, Request)
    assert "�" in request.calleridname
    assert in_session().feed(b"200 result=1 (138\xff0)\n") == [Reply(200, "1", "138�0")]


# -- what a caller's %0A can do (seen on Asterisk 22.10.1), and plain garbage ----------------------


@pytest.mark.parametrize(
    ("callerid", "reason"),
    [
        ("1\nagi_uniqueid: evil", "agi_uniqueid sent twice"),
        ("1\nagi_uniqueid", "not of the form"),
        ("1\nagi_arg_1: evil", "agi_arg_1 before agi_threadid"),
        ("1\n\n200 result=0", "ended without agi_threadid"),
        ("1\nx", "header line 8 is not of the form"),
        ("1\0", "NUL"),
    ],
)
def test_a_caller_cannot_write_headers(callerid: str, reason: str) -> None:
    with pytest.raises(ProtocolError, match=reason):
        fed(HEADER.replace("13800000000", callerid).encode())


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\n", b"\n", b"\x16\x03\x01\n", b"agi_Upper: x\n", b"agi_x\n"])
def test_garbage_instead_of_a_header(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        AgiCodec().feed(data)


@pytest.mark.parametrize(
    "data", [b"\n", b"hello\n", b"200\n", b"200 resul=1\n", b"020 x\n", b"agi_x: y\n", b"hangup\n"]
)
def test_garbage_instead_of_a_reply(data: bytes) -> None:
    codec = in_session()
    if data == b"200 resul=1\n":
        assert codec.feed(data) == [Reply(200, text="resul=1")]
        return
    with pytest.raises(ProtocolError):
        codec.feed(data)


def test_after_an_error_nothing_is_accepted() -> None:
    codec = AgiCodec()
    with pytest.raises(ProtocolError):
        codec.feed(b"\n")
    with pytest.raises(ProtocolError, match="after a protocol error"):
        codec.feed(HEADER.encode())


def test_a_request_url_that_is_none() -> None:
    for url in ("agi://[broken/x", "agi://h/x?" + "&".join(f"a{i}=1" for i in range(40))):
        with pytest.raises(ProtocolError, match="agi_request is no URL"):
            fed(HEADER.replace("agi://127.0.0.1:4573/inbound?line=main&x=1", url).encode())


# -- limits ----------------------------------------------------------------------------------------

LIMITS = CodecLimits(line_bytes=50, header_lines=10, header_bytes=200, reply_bytes=60)


def test_a_line_at_its_limit_passes_and_one_over_does_not() -> None:
    line = b"agi_x: " + b"y" * (50 - 7)
    assert AgiCodec(LIMITS).feed(line + b"\n") == []
    with pytest.raises(ProtocolError, match="line longer than 50 bytes"):
        AgiCodec(LIMITS).feed(line + b"y\n")


def test_an_endless_line_is_cut_off_without_its_newline() -> None:
    codec = AgiCodec(LIMITS)
    codec.feed(b"y" * 50)
    with pytest.raises(ProtocolError, match="line longer"):
        codec.feed(b"y")


def test_too_many_and_too_long_headers() -> None:
    with pytest.raises(ProtocolError, match="more than 10 header lines"):
        AgiCodec(LIMITS).feed(b"".join(b"agi_x%d: y\n" % i for i in range(11)))
    with pytest.raises(ProtocolError, match="header longer than 200 bytes"):
        AgiCodec(LIMITS).feed(b"".join(b"agi_x%d: %s\n" % (i, b"y" * 40) for i in range(5)))


@pytest.mark.parametrize("first", [b"200 result=1 (open\n", b"520-Usage\n"])
def test_a_reply_that_never_ends(first: bytes) -> None:
    codec = AgiCodec(CodecLimits(reply_bytes=60))
    codec.feed(HEADER.encode())
    codec.feed(first)
    with pytest.raises(ProtocolError, match="reply longer than 60 bytes"):
        codec.feed(b"more and more\n" * 5)


@given(st.lists(st.binary(max_size=200), max_size=8), st.booleans())
def test_garbage_raises_nothing_but_protocol_errors(pieces: list[bytes], session: bool) -> None:
    codec = in_session() if session else AgiCodec()
    try:
        for piece in pieces:
            codec.feed(piece)
    except ProtocolError:
        pass


@given(st.text(st.characters(codec="utf-8", exclude_characters="\n\0"), max_size=300), st.data())
def test_any_value_on_one_line_comes_back(value: str, data: st.DataObject) -> None:
    line = f"200 result=1 ({value})\n".encode()
    cut = data.draw(st.integers(0, len(line)))
    codec = in_session()
    assert codec.feed(line[:cut]) + codec.feed(line[cut:]) == [Reply(200, "1", value)]
