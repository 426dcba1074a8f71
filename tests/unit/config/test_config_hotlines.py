"""An entry of hotlines.yaml that means something else than it says is refused, with its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hotline.config.load import examine_city, load_city
from hotline.plans import definitions

Edit = Callable[[str, str, str], None]

NUMBER = ', number: "96777"'
MISTAKES = [
    (NUMBER, f', aliases: ["96116"]{NUMBER}', "belongs to water already"),
    (NUMBER, f', alternates: ["96777"]{NUMBER}', "nobody is sent round twice"),
    (NUMBER, f', alternates: ["9&7"]{NUMBER}', "must be 2 to 20 digits"),
    (NUMBER, f', alternates: [{{number: "123", trunk: moon}}]{NUMBER}', 'no trunk "moon"'),
    (NUMBER, f", hours: nights{NUMBER}", 'no opening hours "nights"'),
    (NUMBER, f", whisper: psst{NUMBER}", 'no prompt "psst"'),
    (NUMBER, f", at_once: 0{NUMBER}", "at_once must be at least 1"),
    (NUMBER, f", kind: service_line{NUMBER}", "kind"),
    ('"96777"', '"119"', "add 'kind: emergency'"),
    ("kind: emergency, ", "kind: emergency, hours: enterprise, ", "an emergency line is always open"),
    ("on_failure: returned", "on_failure: {queue: returned, flow: sorry}", 'no flow "sorry"'),
    ("on_failure: returned", "on_failure: {queue: nowhere}", 'no queue "nowhere"'),
    ("on_failure: returned", "on_failure: {flow: leave_word}", "queue"),
    ("example: true", "example: true\nservice_away: moon", 'no hotline "moon"'),
]


@pytest.mark.parametrize(("old", "new", "said"), MISTAKES)
def test_a_mistake_is_told(beijing: Path, edit: Edit, old: str, new: str, said: str) -> None:
    edit("hotlines.yaml", old, new)
    errors = [str(error) for error in examine_city(beijing).errors]
    assert [error for error in errors if "hotlines.yaml:" in error and said in error], errors


def test_a_caller_key_that_no_menu_has_is_a_warning(beijing: Path, edit: Edit) -> None:
    edit("hotlines.yaml", 'ivr_key: "2", words: [煤气', 'ivr_key: "9", words: [煤气')
    (warning,) = [w.text for w in examine_city(beijing).warnings if "hotlines.yaml" in w.file]
    assert warning == 'no menu in flows.yaml leads to gas by the key "9"; they lead there by 2'


def test_a_flow_after_a_failure_is_used_and_proved(beijing: Path, edit: Edit) -> None:
    edit("hotlines.yaml", "on_failure: returned", "on_failure: {queue: returned, priority: 5, flow: leave_word}")
    city = load_city(beijing)
    rule = city.hotlines.by_id("gas").on_failure
    assert (rule.queue, rule.priority, rule.flow) == ("returned", 5, "leave_word")
    assert not examine_city(beijing).warnings


def test_emergency_lines_of_the_example_stand_under_nobodys_hours(beijing: Path, edit: Edit) -> None:
    edit("hotlines.yaml", "defaults:\n", "defaults:\n  hours: enterprise\n")
    city = load_city(beijing)
    emergencies = [each for each in city.hotlines if each.is_emergency]
    assert {each.number for each in emergencies} == {"110", "119", "120", "122"}
    assert {each.hours for each in emergencies} == {None}
    assert city.hotlines.by_id("gas").hours == "enterprise"
    assert definitions(city, beijing).transfer == city.transfer
