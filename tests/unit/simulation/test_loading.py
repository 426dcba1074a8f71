"""A scenario's file: what is read, and what is said where it is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from calls.errors import ConfigurationError
from hotline.simulation.load import load_scenario

EXAMPLES = Path(__file__).parents[3] / "examples" / "simulations"

PLAIN = """\
call_types:
  - id: gas
    arrivals: {kind: poisson, per_hour: 120}
    service: {kind: exponential, mean_seconds: 180}
operators:
  - {id: everyone, count: 8, skills: {gas: 3}}
duration_hours: 2
"""


def problems_of(folder: Path, text: str) -> list[str]:
    path = folder / "scenario.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as error:
        load_scenario(path)
    return [each.removeprefix(f"{path}:") for each in error.value.problems]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_examples_load(path: Path) -> None:
    assert load_scenario(path).name


def test_every_mistake_is_shown_where_it_stands(tmp_path: Path) -> None:
    text = PLAIN.replace("per_hour: 120", "per_hour: many").replace("count: 8", "cuont: 8")
    found = problems_of(tmp_path, text)
    assert found == [
        '3:41: per_hour must be a number (it is "many")',
        "6:5: count is missing; count: How many.",
        '6:20: the key "cuont" is unknown here; allowed: id, count, skills, queues, shifts; did you mean "count"?',
    ]


def test_a_kind_that_there_is_not(tmp_path: Path) -> None:
    found = problems_of(tmp_path, PLAIN.replace("kind: exponential", "kind: exponental"))
    assert len(found) == 1
    assert found[0].startswith(
        '4:21: kind "exponental" is unknown; allowed: exponential, lognormal, constant, recorded'
    )


def test_a_skill_that_nobody_has(tmp_path: Path) -> None:
    found = problems_of(tmp_path, PLAIN.replace("{gas: 3}", "{gass: 3}"))
    assert found == ['2:9: no operator has the skill "gas"; theirs: gass; did you mean "gass"?']


def test_a_level_that_nobody_has(tmp_path: Path) -> None:
    text = PLAIN.replace("    service:", "    skills: {gas: 4}\n    service:")
    assert problems_of(tmp_path, text) == ["4:13: no operators can serve gas; give one group all that it needs"]


def test_an_id_twice(tmp_path: Path) -> None:
    text = PLAIN.replace("duration", "  - {id: everyone, count: 1, skills: {gas: 3}}\nduration")
    assert problems_of(tmp_path, text) == ['7:10: the id "everyone" stands twice in operators']


def test_no_scenario_at_all(tmp_path: Path) -> None:
    assert problems_of(tmp_path, "hello: [1, 2]\n")[0].startswith("1:1: ")
    assert "this is no scenario" in problems_of(tmp_path, "- a\n")[0]
    with pytest.raises(ConfigurationError, match="the file is missing"):
        load_scenario(tmp_path / "other.yaml")


RECORDED = PLAIN.replace("{kind: exponential, mean_seconds: 180}", "{kind: recorded, file: talk.csv, column: talk}")


def test_recorded_times(tmp_path: Path) -> None:
    (tmp_path / "scenario.yaml").write_text(RECORDED, encoding="utf-8")
    (tmp_path / "talk.csv").write_text("id,talk\n1,100\n2,200.5\n", encoding="utf-8")
    service = load_scenario(tmp_path / "scenario.yaml").call_types[0].service
    assert service.values == (100.0, 200.5)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (None, "4:37: talk.csv can't be read"),
        ("id,talk_seconds\n", '4:37: talk.csv has no column "talk"; it has id, talk_seconds'),
        ("id,talk\n", "4:37: talk.csv holds no values"),
        ("id,talk\n1,-3\n", 'talk.csv:2:1: "-3" is no time; write seconds, 0 or more'),
        ("id,talk\n1,nan\n", 'talk.csv:2:1: "nan" is no time'),
        ("id,talk\n1\n", "talk.csv:2:1: "),
    ],
)
def test_recorded_times_that_are_wrong(tmp_path: Path, table: str | None, said: str) -> None:
    if table is not None:
        (tmp_path / "talk.csv").write_text(table, encoding="utf-8")
    found = problems_of(tmp_path, RECORDED)
    assert len(found) == 1
    assert said in found[0]


def test_recorded_times_need_one_source(tmp_path: Path) -> None:
    text = PLAIN.replace("{kind: exponential, mean_seconds: 180}", "{kind: recorded}")
    assert problems_of(tmp_path, text) == ["4:14: recorded times need either file or values"]


QUEUED = (
    PLAIN.replace("    service:", "    queue: gas_calls\n    service:")
    + """\
queues:
  - id: gas_calls
    needs: gas >= 2
    steps:
      - {for_seconds: 20, needs: gas >= 3}
      - {needs: anyone}
"""
)


def test_queues_in_the_words_of_queues_yaml(tmp_path: Path) -> None:
    (tmp_path / "scenario.yaml").write_text(QUEUED, encoding="utf-8")
    scenario = load_scenario(tmp_path / "scenario.yaml")
    assert [str(need) for need in scenario.needs_in_steps(scenario.call_types[0])] == ["gas >= 3", "anyone"]


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("queue: gas_calls", "queue: gascalls", '4:12: there is no queue "gascalls"; allowed: gas_calls; did you mean'),
        ("needs: gas >= 2", "needs: gas >=", "needs "),
        ("needs: gas >= 3", "needs: gaz >= 3", 'no operator has the skill "gaz"; theirs: gas; did you mean "gas"?'),
        ("{needs: anyone}", "{needs: gas, for_seconds: 3}", "must end with a step without for_seconds"),
    ],
)
def test_queues_that_are_wrong(tmp_path: Path, right: str, wrong: str, said: str) -> None:
    found = problems_of(tmp_path, QUEUED.replace(right, wrong))
    assert len(found) == 1
    assert said in found[0]
