"""What an admin is told about needs, steps and operators' queues, and where it points."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from acd.requirement import Requirement
from acd.routing import QueueEntry
from hotline.config import load_city
from hotline.config.load import examine_city

Edit = Callable[[str, str, str], None]

HEAD = "    skills: {en: 3}\n"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("needs: zh and gsa >= 3", '33:19: there is no skill "gsa"; allowed: zh, en, gas,'),
        ('needs: "zh and gsa"', '33:20: there is no skill "gsa"'),
        ("needs: gas = 3", '33:16: needs "=" can\'t be read; write == for equal'),
        ("needs: gas and", '33:19: needs a skill is missing; write it as "gas" or "gas >= 3"'),
        ("steps: [{needs: gsa}]", '33:21: there is no skill "gsa"'),
        ("steps: [{needs: en}, {needs: anyone}]", "33:12: steps has a step without for_seconds that is not the last"),
        ("steps: [{needs: en, for_seconds: 9}]", "33:12: steps must end with a step without for_seconds"),
        ("steps: [{needs: gas >= 9}]", "33:28: needs after"),
        ("strategy: ring_all", "33:15: strategy must be longest_idle, least_occupied, best_skilled or fewest_calls"),
    ],
)
def test_a_mistake_points_at_its_very_place(
    edit: Edit, problems: Callable[[], list[str]], written: str, said: str
) -> None:
    edit("queues.yaml", HEAD, f"{HEAD}    {written}\n")
    assert any(problem.startswith(f"queues.yaml:{said}") for problem in problems())


def test_a_queue_that_is_not_there_is_found_in_both_ways_to_write_it(
    edit: Edit, problems: Callable[[], list[str]]
) -> None:
    edit("operators.yaml", "skills: {zh: 4, en: 5}", "skills: {zh: 4, en: 5}, queues: [genral, {id: englsh}]")
    assert [line.split("; allowed")[0].split(": ", 1)[1] for line in problems()] == [
        'there is no queue "genral"',
        'there is no queue "englsh"',
    ]


def test_a_step_for_which_there_is_nobody_is_a_warning(edit: Edit, beijing: Path) -> None:
    edit("queues.yaml", HEAD, f"{HEAD}    steps: [{{needs: gas >= 5, for_seconds: 9}}, {{needs: en}}]\n")
    examined = examine_city(beijing)
    assert examined.errors == ()
    (warning,) = [each for each in examined.warnings if "step" in each.text]
    assert (warning.line, warning.column) == (33, 21)
    assert "nobody can take a call of the queue english: it needs en >= 3 and gas >= 5" in warning.text


def test_rules_are_what_was_written(edit: Edit, beijing: Path) -> None:
    edit(
        "queues.yaml",
        HEAD,
        f"{HEAD}    needs: not gas\n    steps: [{{needs: zh, for_seconds: 9}}, {{needs: anyone}}]\n",
    )
    edit(
        "operators.yaml",
        "skills: {zh: 4, en: 5}",
        "skills: {zh: 4, en: 5}, queues: [general, {id: english, priority: 2, delay_seconds: 5}]",
    )
    city = load_city(beijing)
    rules = city.queues["english"].rules()
    assert [str(rules.need_in(step, Requirement.parse("heating"))) for step in (0, 1)] == [
        "en >= 3 and heating and not gas and zh",
        "anyone",
    ]
    operator = next(each for each in city.operators.values() if each.queues)
    assert operator.rules().queues == {"general": QueueEntry(), "english": QueueEntry(2, 5)}
