"""What callers would suffer from although every name is right: each proof, where it points and what mends it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from hotline.config import examine_city
from ivr.speech_length import spoken_seconds

Edit = Callable[[str, str, str], None]

PERSON = "person: {kind: queue, queue: english}"
MENU = "{kind: menu, prompt: main_menu, "

# Nodes of the flow english, whose start is `greeting`; where the problem stands; what is said.
ERRORS = {
    "a loop that keys lead round in": (
        f"""
        greeting: {{kind: say, prompt: greeting, next: main}}
        main: {MENU}keys: {{"1": greeting}}, no_input: main}}""",
        "greeting:",
        "a loop without an exit, a caller goes round for ever: greeting → main → greeting; lead",
    ),
    "silence goes round": (
        f"""
        greeting: {MENU}keys: {{"1": person}}, no_input: again}}
        again: {{kind: say, prompt: goodbye, next: greeting}}
        {PERSON}""",
        "greeting:",
        "a caller who presses nothing goes round for ever: greeting → again → greeting; lead",
    ),
    "neither 0 nor silence is a person": (
        f"""
        greeting: {MENU}keys: {{"1": person}}, no_input: bye}}
        bye: {{kind: hang_up, prompt: goodbye}}
        {PERSON}""",
        "greeting:",
        "at the menu greeting neither key 0 nor silence leads to a person; lead one",
    ),
    "a line without a person": (
        """
        greeting: {kind: say, prompt: greeting, next: end}
        end: {kind: hang_up, prompt: goodbye}""",
        "  english:",
        "no caller of the flow english can reach a person; lead to a queue",
    ),
    "recursion through another flow": (
        f"""
        greeting: {{kind: flow, flow: sub, next: person}}
        {PERSON}
  sub:
    start: first
    nodes:
        first: {{kind: flow, flow: english, next: back}}
        back: {{kind: return}}""",
        "flow: sub",
        "goes through itself: english → sub → english; a call would never end; take one",
    ),
    "a return without a flow to return to": (
        f"""
        greeting: {MENU}keys: {{"1": back}}, no_input: person}}
        back: {{kind: return}}
        {PERSON}""",
        "back: {kind",
        "a dead end: there is no flow to return to from back; lead",
    ),
    "a menu deeper than three": (
        f"""
        greeting: {MENU}keys: {{"1": menu_2}}, no_input: person}}
        menu_2: {MENU}keys: {{"1": menu_3}}, no_input: person}}
        menu_3: {MENU}keys: {{"1": menu_4}}, no_input: person}}
        menu_4: {MENU}keys: {{"1": greeting}}, no_input: person}}
        {PERSON}""",
        "menu_4: {kind",
        "callers come to the menu menu_4 only through 3 others; 3 menus",
    ),
    "a menu deeper than three, two of them in a sub-flow": (
        f"""
        greeting: {MENU}keys: {{"1": asking}}, no_input: person}}
        asking: {{kind: flow, flow: asking, next: menu_4}}
        menu_4: {MENU}keys: {{"1": greeting}}, no_input: person}}
        {PERSON}
  asking:
    start: menu_2
    nodes:
        menu_2: {MENU}keys: {{"1": menu_3, "0": person}}, no_input: person}}
        menu_3: {MENU}keys: {{"1": back, "0": person}}, no_input: person}}
        back: {{kind: return}}
        {PERSON}""",
        "menu_4: {kind",
        "callers come to the menu menu_4 only through 3 others; 3 menus",
    ),
    "a dead end": (
        f"""
        greeting: {{kind: say, prompt: greeting}}
        {PERSON}""",
        "greeting: {kind",
        "next is missing",
    ),
}

WARNINGS = {
    "silence that hangs up": (
        f"""
        greeting: {MENU}keys: {{"0": person}}, no_input: bye}}
        bye: {{kind: hang_up, prompt: goodbye}}
        {PERSON}""",
        "greeting:",
        "a caller who presses nothing at the menu greeting is hung up on",
    ),
    "a way on that no person is": (
        f"""
        greeting: {MENU}keys: {{"1": told}}, no_input: person}}
        told: {{kind: say, prompt: closed, next: bye}}
        bye: {{kind: hang_up, prompt: goodbye}}
        {PERSON}""",
        "told: {kind",
        "from told on no person can be reached any more; lead back",
    ),
    "hung up on without a word": (
        f"""
        greeting: {MENU}keys: {{"1": bye}}, no_input: person}}
        bye: {{kind: hang_up}}
        {PERSON}""",
        "bye:",
        "a caller is hung up on at bye without a word; add 'prompt: goodbye'",
    ),
    "a flow that no line leads to": (
        f"""
        greeting: {{kind: say, prompt: greeting, next: person}}
        {PERSON}
  spare:
    start: person
    nodes:
        {PERSON}""",
        "  spare:",
        "no line leads to the flow spare; remove it",
    ),
    "a sub-flow that never comes back": (
        f"""
        greeting: {{kind: flow, flow: sub, next: person}}
        {PERSON}
  sub:
    start: person
    nodes:
        {PERSON}""",
        "greeting:",
        "a dead end: the flow sub never comes back, so person never follows greeting; end one",
    ),
    "a choice that goes round in silence": (
        f"""
        greeting: {{kind: say, prompt: greeting, next: which}}
        which: {{kind: choose, by: hours, cases: {{open: person}}, otherwise: greeting}}
        {PERSON}""",
        "greeting:",
        "while which decides the same, a caller who presses nothing goes round: greeting → which → greeting; lead",
    ),
}

HOURS = "\nhours:\n"
OFFICE = HOURS + '  office: {workdays: ["08:30-17:30"]}\n'
ENGLISH = "    flow: english\n    language: en\n    after_call: satisfaction\n"


@pytest.fixture
def english(beijing: Path) -> Callable[[str], None]:
    """Return a function that writes the flow of the english line anew."""

    def write(nodes: str) -> None:
        path = beijing / "flows.yaml"
        before = path.read_text(encoding="utf-8").partition("  english:\n    start")[0]
        path.write_text(f"{before}  english:\n    start: greeting\n    nodes:{nodes}\n", encoding="utf-8")

    return write


@pytest.mark.parametrize("name", ERRORS)
def test_an_error_stands_where_it_is_and_says_what_mends_it(
    beijing: Path, english: Callable[[str], None], name: str
) -> None:
    nodes, at, said = ERRORS[name]
    english(nodes)
    examined = examine_city(beijing)
    found = [problem for problem in examined.errors if said in problem.text]
    assert found, [str(problem) for problem in (*examined.errors, *examined.warnings)]
    assert at in line_of(found[0].file, found[0].line)
    assert found[0].mend
    assert examined.city is None


@pytest.mark.parametrize("name", WARNINGS)
def test_a_warning_stands_where_it_is_and_refuses_nothing(
    beijing: Path, english: Callable[[str], None], name: str
) -> None:
    nodes, at, said = WARNINGS[name]
    english(nodes)
    examined = examine_city(beijing)
    assert examined.errors == ()
    found = [problem for problem in examined.warnings if said in problem.text]
    assert found, [str(problem) for problem in examined.warnings]
    assert at in line_of(found[0].file, found[0].line)
    assert ": warning: " in str(found[0])
    assert examined.city is not None


def line_of(file: str, line: int) -> str:
    return Path(file).read_text(encoding="utf-8").splitlines()[line - 1]


def test_a_menu_longer_than_twenty_seconds_is_a_warning(beijing: Path, edit: Edit) -> None:
    edit("prompts.yaml", "zh: 政策咨询请按1", "zh: " + "政策咨询请按1，" * 12)
    (warning,) = examine_city(beijing).warnings
    assert "the menu main speaks for about 3" in warning.text
    assert "prompt: enterprise_menu" in line_of(warning.file, warning.line)


def test_hours_that_never_open_are_an_error(beijing: Path, edit: Edit) -> None:
    edit("city.yaml", HOURS, HOURS + "  never: {workdays: [], rest_days: []}\n")
    edit("city.yaml", ENGLISH, ENGLISH + "    hours: never\n")
    (error,) = examine_city(beijing).errors
    assert "the hours never never open; write times" in error.text


def test_hours_that_lead_nowhere_are_warnings(beijing: Path, edit: Edit) -> None:
    edit("city.yaml", HOURS, OFFICE)
    edit("city.yaml", ENGLISH, ENGLISH + "    closed: citizen\n")
    assert [warning.text.partition(";")[0] for warning in examine_city(beijing).warnings] == [
        "no line and no node uses the hours office",
        "this line never closes, so nobody hears this flow",
    ]


@pytest.mark.parametrize("role", ["closed", "holiday", "after_call", "overflow"])
def test_out_of_hours_no_person_is_needed(beijing: Path, edit: Edit, role: str) -> None:
    edit("city.yaml", HOURS, OFFICE)
    edit("city.yaml", ENGLISH, f"    flow: english\n    language: en\n    hours: office\n    {role}: told\n")
    edit(
        "flows.yaml", "flows:\n", "flows:\n  told:\n    start: end\n    nodes: {end: {kind: hang_up, prompt: closed}}\n"
    )
    examined = examine_city(beijing)
    assert (examined.errors, examined.warnings) == ((), ())


def test_a_person_behind_a_sub_flow_is_a_person(beijing: Path, english: Callable[[str], None]) -> None:
    english(f"""
        greeting: {{kind: flow, flow: served, next: bye}}
        bye: {{kind: hang_up, prompt: goodbye}}
  served:
    start: ask
    nodes:
        ask: {MENU}keys: {{"1": back, "0": person}}, no_input: back}}
        back: {{kind: return}}
        {PERSON}""")
    assert examine_city(beijing).errors == ()


def test_a_menu_may_say_that_it_has_no_person(beijing: Path, english: Callable[[str], None]) -> None:
    english(f"""
        greeting: {MENU}person: none, keys: {{"1": bye, "2": person}}, no_input: bye}}
        bye: {{kind: hang_up, prompt: goodbye}}
        {PERSON}""")
    examined = examine_city(beijing)
    assert (examined.errors, examined.warnings) == ((), ())


def test_speech_is_estimated_as_it_is_spoken() -> None:
    # measured: espeak-ng 1.51 speaks them in 15.4 and 11.4 seconds
    zh = "自来水请按1，燃气按2，供热按3，供电按4，公交按5，地铁按6，有线电视按7，邮政按8，电信公司按9，人工按0。"
    en = "Water 1, gas 2, heating 3, power 4, bus 5, subway 6, cable television 7, post 8, telephone companies 9,"
    en += " a person 0."
    assert spoken_seconds(zh, "zh", {}) == pytest.approx(15.4, abs=0.6)
    assert spoken_seconds(en, "en", {}) == pytest.approx(11.4, abs=0.6)
    assert spoken_seconds(zh, "zh", {"zh": 410}) == pytest.approx(7.7, abs=0.3)
