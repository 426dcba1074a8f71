"""What changes for callers between two versions, in words."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hotline.config import load_city
from hotline.config.compare import compare_cities

Edit = Callable[[str, str, str], None]

CHANGES = [
    ("flows.yaml", '"1": person', '"1": utilities', "key 1 of citizen/main now leads to utilities (led to person)"),
    ("flows.yaml", "no_input: person", "no_input: utilities", "no key of citizen/main now leads to utilities (led to"),
    (
        "flows.yaml",
        'keys:\n          "1": person',
        'keys:\n          "9": person',
        "key 9 of citizen/main is new: it leads",
    ),
    (
        "flows.yaml",
        'keys:\n          "1": person',
        'keys:\n          "9": person',
        "key 1 of citizen/main is gone (led to",
    ),
    (
        "flows.yaml",
        "prompt: main_menu",
        "prompt: enterprise_menu",
        "the menu citizen/main: prompt enterprise_menu (was",
    ),
    (
        "flows.yaml",
        "kind: queue, queue: english}",
        "kind: queue, queue: general}",
        "english_person: queue general (was",
    ),
    ("prompts.yaml", "zh: 对方正忙。", "zh: 对方忙。", "transfer_busy says in zh: “对方忙。” (said: “对方正忙。”)"),
    ("queues.yaml", "enterprise: 2}", "enterprise: 4}", "2 operators can serve the queue enterprise (3 could)"),
    ("queues.yaml", "enterprise: 2}", "enterprise: 4}", "the queue enterprise: skills zh 1, enterprise 4 (was zh 1"),
    ("hotlines.yaml", '"96777"', '"96778"', "the hotline gas: number 96778 (was 96777)"),
    ("operators.yaml", "{zh: 5, gas: 3, heating: 3}", "{zh: 5}", "the operator 1001: skills zh 5 (was zh 5, gas 3"),
    ("city.yaml", '"1234501"', '"1234502"', "1234502 now leads to the line enterprise"),
    ("city.yaml", '"1234501"', '"1234502"', "1234501 no longer leads to the line enterprise"),
    ("city.yaml", "max_wait_seconds: 600", "max_wait_seconds: 300", "limits: max_wait_seconds 300 (was 600)"),
]


@pytest.mark.parametrize(("file", "old", "new", "said"), CHANGES)
def test_a_change_is_said_in_words(beijing: Path, edit: Edit, file: str, old: str, new: str, said: str) -> None:
    before = load_city(beijing)
    edit(file, old, new)
    told = [change.text for change in compare_cities(before, load_city(beijing))]
    assert any(said in text for text in told), told


def test_nothing_changes_where_only_comments_do(beijing: Path, edit: Edit) -> None:
    before = load_city(beijing)
    edit("flows.yaml", "flows:\n", "# a word to the reader\nflows:\n")
    after = load_city(beijing)
    assert before.version != after.version
    assert compare_cities(before, after) == []


def test_a_whole_city_can_differ(beijing: Path) -> None:
    guangzhou = Path(__file__).parents[3] / "examples" / "guangzhou"
    told = [change.text for change in compare_cities(load_city(beijing), load_city(guangzhou))]
    assert "the city's default_language is" not in " ".join(told)
    assert any(text.startswith("the flow citizen ") for text in told)
    assert any(text.endswith(" is gone") for text in told)


def test_each_line_that_came_and_went_is_told(beijing: Path, tmp_path: Path) -> None:
    before = load_city(beijing)
    copy = tmp_path / "without"
    shutil.copytree(beijing, copy)
    path = copy / "city.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("  - id: english")], encoding="utf-8")
    flows = copy / "flows.yaml"
    after = load_city(copy)
    assert flows.exists()
    assert "the line english is gone" in [change.text for change in compare_cities(before, after)]
    assert any(
        change.text.startswith("the line english is new: 1234508 leads to the flow english")
        for change in compare_cities(after, before)
    )


def test_hours_are_told_in_words_with_the_lines_they_are_for(beijing: Path, edit: Edit) -> None:
    before = load_city(beijing)
    edit("city.yaml", "06:00-24:00", "07:00-24:00")
    told = [change.text for change in compare_cities(before, load_city(beijing))]
    assert told == ["the hours enterprise are every day 07:00-24:00 (were every day 06:00-24:00) (lines: enterprise)"]
