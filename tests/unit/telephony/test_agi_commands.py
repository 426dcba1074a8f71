"""Commands to Asterisk: hostile words stay in their place, read back by Asterisk's own rules."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.agi.commands import (
    MAX_COMMAND_BYTES,
    MAX_COMMAND_WORDS,
    app_argument,
    dial_destination,
    encode_command,
)


def parse_args(line: bytes) -> list[bytes]:
    """Split a line as Asterisk does: res_agi.c parse_args, told in Python."""
    words: list[bytearray] = []
    quoted = escaped = False
    blank = True
    for byte in line:
        if byte == 0x22 and not escaped:
            quoted = not quoted
            if quoted and blank:
                words.append(bytearray())
                blank = False
        elif byte in b" \t" and not quoted and not escaped:
            blank = True
        elif byte == 0x5C and not escaped:
            escaped = True
            continue
        else:
            if blank:
                words.append(bytearray())
                blank = False
            words[-1].append(byte)
        escaped = False
    return [bytes(word) for word in words]


HOSTILE = ['"', "\\", '\\"', '" "', "${SHELL(id)}", "a,b&c|d", "", " ", "\t", "王小明", "' OR 1", "\\\\" * 9, '"' * 9]


@pytest.mark.parametrize("word", HOSTILE)
def test_a_hostile_word_stays_one_word(word: str) -> None:
    line = encode_command("SET", "VARIABLE", "NAME", word)
    assert line.count(b"\n") == 1
    assert parse_args(line[:-1]) == [b"SET", b"VARIABLE", b"NAME", word.encode()]


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n\r\0"), max_size=50)))
def test_words_come_back_from_asterisks_own_parser(words: list[str]) -> None:
    assert parse_args(encode_command("VERBOSE", *words)[:-1]) == [b"VERBOSE", *(w.encode() for w in words)]


def test_plain_words_stay_readable() -> None:
    assert encode_command("GET", "DATA", "/p/zh/menu", 1, 1) == b"GET DATA /p/zh/menu 1 1\n"
    assert encode_command("EXEC", "Dial", "PJSIP/op1001,15,g") == b'EXEC Dial "PJSIP/op1001,15,g"\n'


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ((), "first word"),
        (("",), "first word"),
        (("VERBOSE", "a\nHANGUP"), "newline"),
        (("VERBOSE", "a\rb"), "carriage return"),
        (("VERBOSE", "a\0b"), "NUL"),
        (("VERBOSE", "\ud800"), "UTF-8"),
        (("Failure",), "failure"),
        (("VERBOSE", *"x" * MAX_COMMAND_WORDS), "128 words"),
        (("VERBOSE", "x" * 10_000), "10009 bytes"),
        (("VERBOSE", '"' * 5_000), "at most 8191"),
    ],
)
def test_what_no_line_can_carry_is_refused(words: tuple[str, ...], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        encode_command(*words)


def test_the_longest_command_is_as_long_as_asterisk_reads() -> None:
    assert len(encode_command("VERBOSE", "x" * (MAX_COMMAND_BYTES - 9))) == MAX_COMMAND_BYTES
    with pytest.raises(ValueError, match="8192 bytes"):
        encode_command("VERBOSE", "x" * (MAX_COMMAND_BYTES - 8))
    assert len(encode_command("VERBOSE", *"x" * (MAX_COMMAND_WORDS - 1)).split()) == MAX_COMMAND_WORDS


def separate_args(data: str) -> list[str]:
    """Split application data as Asterisk does: app.c __ast_app_separate_args, told in Python."""
    args = [""]
    depth = {"(": 0, "[": 0}
    quoted = False
    characters = iter(data)
    for character in characters:
        if character == "\\":
            args[-1] += next(characters, "")
            continue
        if character == '"':
            quoted = not quoted
            continue
        if character in "([":
            depth[character] += 1
        elif character in ")]":
            opening = "(" if character == ")" else "["
            depth[opening] = max(0, depth[opening] - 1)
        elif character == "," and not quoted and not any(depth.values()):
            args.append("")
            continue
        args[-1] += character
    return args


@given(st.lists(st.text(st.sampled_from('ab,"\\()[]&$ 王')), min_size=1, max_size=4))
def test_app_arguments_come_back_from_asterisks_own_splitting(texts: list[str]) -> None:
    assert separate_args(",".join(app_argument(text) for text in texts)) == texts


def test_dial_destinations() -> None:
    for good in ("PJSIP/op1001", "PJSIP/+8696777@trunk-city", "Local/s@context/n"):
        assert dial_destination(good) == good
    for bad in (
        "PJSIP/a&PJSIP/b",
        "PJSIP/a,20",
        "PJSIP/${X}",
        "96777",
        "PJSIP/",
        "PJSIP/a b",
        "PJSIP/a^b",
        "PJSIP/a\n",
    ):
        with pytest.raises(ValueError, match="not one destination"):
            dial_destination(bad)
