"""Commands to Asterisk as bytes, so that no argument can break out of its place.

How Asterisk 22 reads them (res_agi.c), which the rules below rest on:

- A line is cut at 8191 bytes and the rest is run as a command of its own; at 128 words the parser overruns its array.
  Both are refused here.
- `EXEC` hands its third word to the application as it is: `${...}` in it is substituted only where the channel variable
  AGIEXECFULL is true, which nothing here sets. `SET VARIABLE` substitutes nothing. `GET FULL VARIABLE` evaluates its
  word whole: never put a stranger's text into it.
- An application splits its data at commas itself: `app_argument`. Dial splits a destination again: `dial_destination`.
"""

from __future__ import annotations

import re

MAX_COMMAND_BYTES = 8191  # bytes, newline included: AGI_BUF_LEN less its NUL
MAX_COMMAND_WORDS = 127  # words: MAX_ARGS less its NULL

_PLAIN_WORD = re.compile(r"[A-Za-z0-9_./:@+*#-]+")
_APP_SPECIAL = re.compile(r'([\\",()\[\]])')
_DIAL_DESTINATION = re.compile(r"[A-Za-z0-9]+/[A-Za-z0-9_.@+*#:;=/-]+")


def encode_command(*words: str | int) -> bytes:
    """Return the line that Asterisk splits into exactly these words; raises ValueError for what no line can carry."""
    if not words or words[0] == "":
        raise ValueError("a command needs a first word")
    if len(words) > MAX_COMMAND_WORDS:
        raise ValueError(f"a command of {len(words)} words, Asterisk reads at most {MAX_COMMAND_WORDS}")
    # Asterisk takes a line that begins so for the death of a script that it started itself
    if str(words[0]).lower().startswith("failure"):
        raise ValueError("a command cannot begin with 'failure'")
    try:
        line = " ".join(_quoted(str(word)) for word in words).encode() + b"\n"
    except UnicodeEncodeError as exc:
        raise ValueError("a command's word is not text that UTF-8 can carry") from exc
    if len(line) > MAX_COMMAND_BYTES:
        raise ValueError(f"a command of {len(line)} bytes, Asterisk reads at most {MAX_COMMAND_BYTES}")
    return line


def _quoted(word: str) -> str:
    for character, name in (("\n", "newline"), ("\r", "carriage return"), ("\0", "NUL")):
        if character in word:
            raise ValueError(f"a command's word holds a {name}")
    if _PLAIN_WORD.fullmatch(word):
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def app_argument(text: str) -> str:
    """Return the text so that an application's own splitting at commas leaves it one argument, unchanged.

    Not for the last argument that an application declares (the message of Verbose, the value of Set): that one comes
    as it is, with the backslashes. Good for one level only: inside an option's brackets (`b(context^s^1(value))`) the
    text is parsed again, and `^` and `&` cannot be escaped at all. Put only checked words there.
    """
    return _APP_SPECIAL.sub(r"\\\1", text)


def dial_destination(text: str) -> str:
    """Return the text if it is one destination for Dial, such as PJSIP/96777@trunk-city, and nothing else.

    Dial splits at `&`, `,` and brackets, with no way to escape them, so that anything unusual is refused (ValueError).
    """
    if not _DIAL_DESTINATION.fullmatch(text):
        raise ValueError("not one destination of the form TECHNOLOGY/number@trunk")
    return text
