"""The fast reader and the pure one say the same: data, positions of values, positions of keys."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotline.config.positions import Place, read_document
from hotline.config.problems import Problems
from hotline.fast_yaml import FastTree, Keys, Unusual
from tests.unit.config.conftest import BEIJING

PIECES = [
    *("a", "b: ", "c:\n", "  ", "    ", "\n", "- ", "[", "]", "{", "}", ", ", '"', "'", "#", " # x", "\t", "~", "null"),
    *(
        "中文：",
        "1:30",
        "0x1F",
        "|\n",
        ">\n",
        "? ",
        ": ",
        "<<",
        "=",
        "%",
        "---\n",
        "...\n",
        '"\\u4e2d"',
        "''",
        ":",
        "-",
    ),
]


SLOW = "#\x85\n"
"A line without a meaning that only the pure parser takes."


def assert_same(text: str, path: Path) -> None:
    try:
        fast = FastTree(text)
    except Unusual:
        return
    path.write_text(SLOW + text, encoding="utf-8", newline="")
    problems = Problems()
    slow = read_document(path, problems)
    if problems.errors:  # libyaml reads a little more than the pure parser; then nothing is compared
        return
    assert fast.data == slow.data
    for keys, (line, column) in fast.values.items():
        # of a value that is not there each has its own opinion
        assert slow.place(keys) == Place(line + 1, column) or value_at(slow.data, keys) is None
    for keys, (line, column) in fast.keys.items():
        assert slow.place_of_key(keys) == Place(line + 1, column)


def value_at(data: Any, keys: Keys) -> Any:
    for key in keys:
        data = data[key]
    return data


@pytest.mark.parametrize("name", sorted(path.name for path in BEIJING.glob("*.yaml")))
def test_the_example_is_read_fast_and_the_same(name: str, tmp_path: Path) -> None:
    text = (BEIJING / name).read_text(encoding="utf-8")
    FastTree(text)
    assert_same(text, tmp_path / "x.yaml")


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_any_text_is_read_the_same(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert_same(text, Path(folder) / "x.yaml")


@pytest.mark.parametrize("text", ["[" * 500_000, "{a: " * 300_000, "- " * 500_000])
def test_a_file_of_brackets_is_a_problem(tmp_path: Path, text: str) -> None:
    path = tmp_path / "city.yaml"
    path.write_text(text, encoding="utf-8")
    problems = Problems()
    read_document(path, problems)
    assert len(problems) >= 1
