"""`hotline ivr` as an admin uses it: what is printed, as text and as JSON, and how it exits."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner, Result

from hotline.cli.main import app

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture
def beijing(tmp_path: Path) -> Path:
    """Return a copy of the example that a test may spoil."""
    shutil.copytree(EXAMPLES / "beijing", tmp_path / "beijing")
    return tmp_path / "beijing"


def run(*words: object, code: int = 0, keys: str | None = None) -> Result:
    result = CliRunner().invoke(app, ["ivr", *map(str, words)], input=keys)
    assert result.exit_code == code, (result.output, result.stderr, result.exception)
    return result


def as_json(*words: object, code: int = 0) -> Any:
    return json.loads(run(*words, "--json", code=code).stdout)


def spoil(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize("city", ["beijing", "guangzhou"])
def test_the_examples_are_right_and_become_what_they_expect(city: str) -> None:
    assert run("check", EXAMPLES / city).stdout.startswith("ok: ")
    assert "0 failed" in run("test", EXAMPLES / city).stdout
    report = as_json("check", EXAMPLES / city)
    assert (report["ok"], report["errors"]) == (True, [])
    assert all(test["passed"] for test in as_json("test", EXAMPLES / city))


def test_every_mistake_is_told_at_once_with_its_place_and_mend(beijing: Path) -> None:
    spoil(beijing, "flows.yaml", "prompt: main_menu", "prompt: main_meny")
    spoil(beijing, "flows.yaml", "queue: english}", "queue: englisch}")
    spoil(beijing, "city.yaml", "Asia/Shanghai", "Asia/Shangai")
    report = as_json("check", beijing, code=2)
    assert report["ok"] is False
    assert {Path(error["file"]).name for error in report["errors"]} == {"flows.yaml", "city.yaml"}
    assert len(report["errors"]) >= 3
    assert all(error["line"] > 1 and error["column"] > 1 and error["mend"] for error in report["errors"])
    said = run("check", beijing, code=2)
    assert f"{beijing}/flows.yaml:" in said.stderr
    assert 'did you mean "main_menu"?' in said.stderr


def test_warnings_stand_apart_and_refuse_nothing(beijing: Path) -> None:
    spoil(beijing, "prompts.yaml", "zh: 中国电信请按1", "zh: " + "中国电信请按1，" * 15)
    report = as_json("check", beijing)
    assert report["ok"] is True
    assert [each["text"] for each in report["warnings"] if "speaks for about" in each["text"]]
    assert ": warning: " in run("check", beijing).stderr


def test_a_walk_tells_each_step_and_where_it_ends(beijing: Path) -> None:
    said = run("walk", beijing, "--line", "citizen", "--at", "2026-10-01 08:00", "--keys", "2,1").stdout
    assert "rule open: the flow citizen" in said
    assert "→ hotline water" in said
    walked = as_json("walk", beijing, "--line", "citizen", "--caller", "13800138000", "--keys", "2,1")
    assert walked["ending"]["hotline"] == "water"
    assert walked["keys"] == ["2", "1"]
    assert [step["text"] for step in walked["steps"] if step["what"] == "hears"] == ["2", "1"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--line", "citizenn"), 1, "There is no line"),
        ((), 2, "--line: one of citizen, enterprise, english"),
        (("--line", "citizen", "--at", "tomorrow"), 2, "--at: must be a day and a time"),
        (("--line", "citizen", "--keys", "2,x"), 2, "--keys 2,x: only 0 to 9"),
        (("--line", "citizen", "--answer", "done"), 2, "--answer done: must be NODE=VALUE"),
        (("--line", "citizen", "--notice", "warm"), 2, "--notice warm: allowed: first_cold_day"),
    ],
)
def test_a_walk_that_can_not_be_is_explained(beijing: Path, words: tuple[str, ...], code: int, said: str) -> None:
    assert said in run("walk", beijing, *words, code=code).stderr


def test_a_walk_becomes_an_expectation_that_fails_once_the_menu_changes(beijing: Path) -> None:
    file = beijing / "tests" / "mine.yaml"
    run("walk", beijing, "--line", "citizen", "--at", "2026-10-01 08:00", "--keys", "2,1", "--expect", file)
    assert "pass" in run("walk", beijing, "--line", "citizen", "--keys", "2,1", "--expect", file).stdout
    spoil(beijing, "flows.yaml", '"1": water', '"1": gas')
    spoil(beijing, "flows.yaml", '"2": gas', '"2": water')
    said = run("test", beijing, code=1).stdout
    assert "FAIL  citizen 2,1 → hotline" in said
    assert "        - water\n        + gas" in said
    (failed,) = [each for each in as_json("test", beijing, code=1) if each["file"] == str(file)]
    assert failed["differences"] == [{"what": "hotline", "expected": "water", "found": "gas"}]


def test_expectation_files_with_mistakes_are_explained(beijing: Path) -> None:
    shutil.rmtree(beijing / "tests")
    assert "there are no expectation files" in run("test", beijing, code=2).stderr
    (beijing / "tests").mkdir()
    file = beijing / "tests" / "mine.yaml"
    file.write_text("tests:\n  - {name: x, line: citicen, expect: {outcome: queue, hotlin: gas}}\n", encoding="utf-8")
    assert 'mine.yaml:2:55: the key "hotlin" is unknown here' in run("test", beijing, code=2).stderr
    file.write_text("tests:\n  - {name: x, line: citicen, expect: {outcome: queue}}\n", encoding="utf-8")
    assert 'mine.yaml:2:21: there is no line "citicen"' in run("test", beijing, code=2).stderr
    for text in ("", "- a\n", "tests: []\n", "tests: [{name: x, expect: {}}]\n", "tests: [1\n"):
        file.write_text(text, encoding="utf-8")
        assert "mine.yaml:" in run("test", beijing, code=2).stderr


def test_a_picture_is_written_or_printed(beijing: Path, tmp_path: Path) -> None:
    run("draw", beijing, "-o", tmp_path / "flow.svg", "--line", "enterprise")
    picture = (tmp_path / "flow.svg").read_text(encoding="utf-8")
    ElementTree.fromstring(picture)
    assert "企业热线" in picture
    assert "Enterprise line" in run("draw", beijing, "--language", "en").stdout
    assert as_json("draw", beijing, "--line", "english")["lines"] == ["english"]
    run("draw", beijing, "--line", "nobody", code=1)


def test_a_difference_is_told_in_words(beijing: Path) -> None:
    assert "nothing changes for callers" in run("diff", EXAMPLES / "beijing", beijing).stdout
    spoil(beijing, "hotlines.yaml", '"96777"', '"96778"')
    assert "the hotline gas: number 96778 (was 96777)" in run("diff", EXAMPLES / "beijing", beijing).stdout
    (change,) = as_json("diff", EXAMPLES / "beijing", beijing)["changes"]
    assert (change["area"], change["subject"]) == ("hotline", "gas")
    spoil(beijing, "hotlines.yaml", '"96778"', "none")
    run("diff", EXAMPLES / "beijing", beijing, code=2)


def test_schemas_are_written_for_editors(tmp_path: Path) -> None:
    run("schema", "--write", tmp_path / "schemas")
    assert {path.name for path in (tmp_path / "schemas").iterdir()} >= {"flows.json", "city.json", "tests.json"}
    assert json.loads(run("schema", "flows.yaml").stdout)["title"] == "flows.yaml"
    run("schema", "flow", code=2)
