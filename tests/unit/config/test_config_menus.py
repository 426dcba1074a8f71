"""Hours, callers, notices, tables and the names among menus: each mistake at its place, with a mend."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hotline.config import City, load_city

Edit = Callable[[str, str, str], None]
Load = Callable[[], list[str]]

NODES = """
  probe:
    start: first
    person: person
    parameters: [who]
    nodes:
      first: {kind: look_up, table: find.csv, key: who, into: found, next: second, fallback: person}
      second: {kind: choose, by: found, cases: {x: third}, otherwise: third}
      third: {kind: menu, prompt: main_menu, keys: {"1": person}}
      person: {kind: queue, queue: general}

  caller_of_probe:
    start: sub
    nodes:
      sub: {kind: flow, flow: probe, with: {who: "{caller}"}, take: {got: found}, next: person}
      person: {kind: queue, queue: general}
"""


@pytest.fixture
def probe(beijing: Path) -> Path:
    """Return a city with a flow to be spoilt."""
    path = beijing / "flows.yaml"
    path.write_text(path.read_text(encoding="utf-8") + NODES, encoding="utf-8")
    (beijing / "find.csv").write_text("number,state\n1,a\n", encoding="utf-8")
    return beijing


def ours(found: list[str]) -> list[str]:
    """Return the errors without those that say that no line leads to the flow."""
    return [line for line in found if "no line" not in line and "leads to" not in line]


def test_the_flow_is_right_before_it_is_spoilt(probe: Path, problems: Load) -> None:
    assert ours(problems()) == []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("key: who", "key: woh", 'there is no variable "woh"'),
        ("key: who", "key: who, column: nothing", 'find.csv has no column "nothing"'),
        ("table: find.csv", "table: fin.csv", 'did you mean "find.csv"?'),
        ("table: find.csv", "table: ../find.csv", "must be a file beside flows.yaml"),
        ("table: find.csv", 'url: "http://h/{whom}"', 'there is no variable "whom"'),
        ("table: find.csv", 'table: find.csv, url: "http://h/"', "either table or url"),
        ("into: found", "into: caller", "is a name that the service fills in itself"),
        ("by: found", "by: fuond", 'did you mean "found"?'),
        ("by: found, cases: {x:", "by: caller, cases: {repaet:", 'did you mean "repeat"?'),
        ("by: found, cases: {x:", "by: hours, cases: {shut:", 'there is no case of hours "shut"'),
        ("by: found, cases: {x:", "by: hours, hours: offic, cases: {open:", 'there is no opening hours "offic"'),
        ("by: found, cases: {x:", "by: language, cases: {fr:", 'there is no case of language "fr"'),
        ("by: found, cases: {x:", "by: line, cases: {citizne:", 'did you mean "citizen"?'),
        ("cases: {x: third}", "cases: {x: thrid}", 'did you mean "third"?'),
        ("fallback: person}", "fallback: persno}", 'did you mean "person"?'),
        ("person: person", "person: nobody", 'there is no node "nobody"'),
        ('with: {who: "{caller}"}, ', "", 'the flow probe needs its parameter "who"'),
        ("with: {who:", 'with: {how: "1", who:', 'there is no parameter of probe "how"'),
        ("take: {got: found}", "take: {got: fuond}", 'did you mean "found"?'),
        ("kind: flow, flow: probe", "kind: flow, flow: prob", 'did you mean "probe"?'),
    ],
)
def test_a_name_that_means_nothing(probe: Path, edit: Edit, problems: Load, old: str, new: str, words: str) -> None:
    edit("flows.yaml", old, new)
    assert any(words in line and line.startswith("flows.yaml:") for line in problems()), problems()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('["06:00-24:00"]', '["06:00-25:00"]', "must be from and to"),
        ('["06:00-24:00"]', '["06:00-06:00"]', "must last some time"),
        ("hours: enterprise", "hours: enterprize", 'did you mean "enterprise"?'),
        ("closed: enterprise_closed", "closed: entreprise_closed", 'did you mean "enterprise_closed"?'),
        ('dnis: "96310"', 'dnis: "1234501"', 'the dialled number "1234501" is already in line'),
        ("until: 2027-12-31", "until: 2027-13-31", "must be a day and a time in the city"),
        ("reason: blocked_recordings", "reason: blocked_recording", 'did you mean "blocked_recordings"?'),
        ("  objection: how_to_object\n", "", "without a word on how to object"),
        ("country: cn", "country: cn\n  closed: [{date: 2026-02-30}]", "must be a day such as"),
        ("repeat_days: 7", "repeat_days: 7\n  enterprise_file: none.txt", "can't be read"),
    ],
)
def test_mistakes_before_a_flow(beijing: Path, edit: Edit, problems: Load, old: str, new: str, words: str) -> None:
    edit("city.yaml", old, new)
    assert any(words in line and line.startswith("city.yaml:") for line in problems()), problems()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("lines: [citizen]", "lines: [citzen]", 'did you mean "citizen"?'),
        ("prompt: first_cold_day", "prompt: first_cold_dya", 'did you mean "first_cold_day"?'),
        ("    until: 2027-11-17 22:00", "", "until is missing"),
        ("until: 2027-11-17 22:00", "until: tomorrow", "must be a day and a time in the city"),
        ("prompt: first_cold_day", "text: {zh: 冷}", 'no text in the language "en"'),
        ("mode: before", "mode: before\n    then: citizen", "belongs to mode instead"),
    ],
)
def test_mistakes_of_notices(beijing: Path, edit: Edit, problems: Load, old: str, new: str, words: str) -> None:
    edit("notices.yaml", old, new)
    assert any(words in line and line.startswith("notices.yaml:") for line in problems()), problems()


@pytest.mark.parametrize(
    ("table", "place"),
    [
        ("", "cases.csv:1:1: the table is empty"),
        ("number\n", "cases.csv:1:1: a table needs at least two columns"),
        ("number,state\n1,a\n1,b\n", 'cases.csv:3:1: "1" stands in an earlier line already'),
        ("number,state\n1\n", "cases.csv:2:1: this line has 1 columns"),
        ('number,state\n1,"a\n', "cases.csv:"),
        (f"number,state\n1,{'x' * 81}\n", "cases.csv:2:1: a cell must be at most 80 characters"),
    ],
)
def test_tables(beijing: Path, problems: Load, table: str, place: str) -> None:
    (beijing / "cases.csv").write_text(table, encoding="utf-8")
    assert any(line.startswith(place) for line in problems()), problems()


def test_a_list_of_numbers(beijing: Path, edit: Edit, problems: Load) -> None:
    edit("city.yaml", "  repeat_days: 7", "  enterprise_file: firms.txt\n  repeat_days: 7")
    path = beijing / "firms.txt"
    path.write_text("# firms\n01012340000\n0105678*  # a range\n", encoding="utf-8")
    before = load_city(beijing)
    assert before.callers.enterprise_numbers[-2:] == ("01012340000", "0105678*")
    path.write_text("01012340001\n", encoding="utf-8")
    assert load_city(beijing).version != before.version, "a list is a part of the version"
    path.write_text("01012340001\nnumber nine\n", encoding="utf-8")
    assert problems() == ['firms.txt:2:1: "number nine" is no number; write 2 to 20 digits on each line']


def test_a_city_without_the_new_sections(beijing: Path, edit: Edit) -> None:
    (beijing / "notices.yaml").unlink()
    city = load_city(beijing)
    assert isinstance(city, City)
    assert city.notices == ()
    line = city.line_for("96310")
    assert line is not None
    assert line.line_id == "citizen"
