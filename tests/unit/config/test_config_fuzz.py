"""Whatever bytes the files hold, the answer is a city or problems with positions: never a traceback."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calls.errors import ConfigurationError
from hotline.config import load_city

EXAMPLES = int(os.environ.get("CONFIG_FUZZ_EXAMPLES", "300"))
"Mutated configurations that are tried. Always the same ones, unless the environment asks for a long run."

SAME = "CONFIG_FUZZ_EXAMPLES" not in os.environ
BEIJING = Path(__file__).parents[3] / "examples" / "beijing"
FILES = {path.name: path.read_bytes() for path in sorted(BEIJING.glob("*.yaml"))}
WORDS = sorted({word for raw in FILES.values() for word in re.findall(rb"[\w{}\[\]:,\"'*&!|>-]+", raw)})
TRAPS = [
    *(b"\t", b"*", b"&a", b"*a", b"!x", b"!!binary", b"<<", b"---\n", b"...\n", b"%YAML 1.1\n", b"{", b"}", b"[", b"]"),
    *(b": ", b"- ", b"|\n", b">\n", b"'", b'"', b"\\", b"\0", b"\xff", b"\xed\xa0\x80", b'"\\ud800"', b'"\\UFFFFFFFF"'),
    *(b"~", b"null", b"no", b"1:30", b"0x1F", b".nan", b"1e999", b"9" * 5000, b"? ", b"#", b"\r", "\u2028".encode()),
]

Mutation = tuple[str, float, bytes, int]


def mutate(raw: bytes, mutation: Mutation) -> bytes:
    """Return the bytes with one thing changed at a relative position."""
    how, where, piece, length = mutation
    at = int(where * len(raw))
    if how == "insert":
        return raw[:at] + piece + raw[at:]
    if how == "overwrite":
        return raw[:at] + piece + raw[at + len(piece) :]
    if how == "cut":
        return raw[:at] + raw[at + length :]
    if how == "end":
        return raw[:at]
    words = list(re.finditer(rb"[^\s]+", raw)) if how == "word" else list(re.finditer(rb"[^\n]*\n", raw))
    if not words:
        return raw
    word = words[min(int(where * len(words)), len(words) - 1)]
    if how == "word":
        return raw[: word.start()] + piece + raw[word.end() :]
    if how == "indent":
        return raw[: word.start()] + b" " * length + raw[word.start() :]
    return raw[: word.end()] + word.group() + raw[word.end() :]  # the line twice


mutations = st.tuples(
    st.sampled_from(["insert", "overwrite", "cut", "end", "word", "indent", "twice"]),
    st.floats(0, 1, exclude_max=True),
    st.one_of(
        st.sampled_from(TRAPS), st.sampled_from(WORDS), st.binary(max_size=8), st.text(max_size=8).map(str.encode)
    ),
    st.integers(1, 40),
)


def check(files: dict[str, bytes]) -> None:
    """Load these files and look at what is said."""
    with tempfile.TemporaryDirectory() as folder:
        for name, raw in files.items():
            (Path(folder) / name).write_bytes(raw)
        for line in problems_of(Path(folder)):
            assert re.fullmatch(r".+\.yaml:\d+:\d+: .+", line), line
            line.encode("utf-8")


def problems_of(folder: Path) -> list[str]:
    """Return what is wrong with the configuration, nothing where it is a city."""
    try:
        load_city(folder)
    except ConfigurationError as error:
        return error.problems or ["refused without a problem"]
    return []


@settings(max_examples=EXAMPLES, deadline=None, derandomize=SAME, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(sorted(FILES)), mutations), min_size=1, max_size=6))
def test_a_mutated_city_is_a_city_or_problems(changes: list[tuple[str, Mutation]]) -> None:
    files = dict(FILES)
    for name, mutation in changes:
        files[name] = mutate(files[name], mutation)
    check(files)


@settings(max_examples=EXAMPLES // 3, deadline=None, derandomize=SAME)
@given(
    st.sampled_from(sorted(FILES)), st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(TRAPS)).map(b"".join))
)
def test_a_file_of_garbage_is_a_problem(name: str, raw: bytes) -> None:
    check({**FILES, name: raw})
