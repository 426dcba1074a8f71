"""Needs as expressions: read, written in one way, and matched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acd.expression import RequirementError
from acd.requirement import ANYONE, Requirement

CANONICAL = [
    ("gas >= 3 and zh", "gas >= 3 and zh"),
    ("zh and gas>2", "gas >= 3 and zh"),
    ("zh and zh >= 4 and zh", "zh >= 4"),
    ("a or b and not c", "a or b and not c"),
    ("(b or a) and c", "(a or b) and c"),
    ("not (a or b)", "not (a or b)"),
    ("not not a", "a"),
    ("gas <= 2", "gas < 3"),
    ("anyone and a", "a"),
    ("a or anyone", "anyone"),
    ("gas >= 0", "anyone"),
]

MATCHES = [
    ("gas >= 3 and zh", {"gas": 3, "zh": 1}, True),
    ("gas >= 3 and zh", {"gas": 2, "zh": 1}, False),
    ("gas >= 3 and (zh or en)", {"gas": 5, "en": 1}, True),
    ("not gas", {"zh": 1}, True),
    ("gas == 2", {"gas": 3}, False),
    ("gas < 1", {}, True),
    ("anyone", {}, True),
    ("not anyone", {"gas": 5}, False),
]

MISTAKES = [
    ("", 1, "a skill is missing"),
    ("gas >=", 7, "must follow a level, 0 to 5"),
    ("gas >= 9", 8, "must follow a level, 0 to 5"),
    ("gas = 3", 5, "write == for equal"),
    ("(gas", 5, 'a ")" is missing'),
    ("gas zh", 5, 'join skills with "and" or "or"'),
    ("Gas", 1, "is no skill"),
    ("gas)", 4, "is not expected here"),
    ("gas and 燃", 9, "can't be read"),
    ("(" * 30, 21, "more than 20"),
    ("x" * 600, 500, "longer than 500"),
]


@pytest.mark.parametrize(("text", "canonical"), CANONICAL)
def test_what_means_the_same_is_written_the_same(text: str, canonical: str) -> None:
    requirement = Requirement.parse(text)
    assert str(requirement) == canonical
    assert Requirement.parse(canonical) == requirement
    assert hash(Requirement.parse(canonical)) == hash(requirement)


@pytest.mark.parametrize(("text", "skills", "fits"), MATCHES)
def test_who_fits(text: str, skills: dict[str, int], fits: bool) -> None:
    assert Requirement.parse(text).fits(skills) is fits


@pytest.mark.parametrize(("text", "position", "problem"), MISTAKES)
def test_a_mistake_says_where_and_what_mends_it(text: str, position: int, problem: str) -> None:
    with pytest.raises(RequirementError) as caught:
        Requirement.parse(text)
    assert caught.value.position == position
    assert problem in str(caught.value)


def test_needs_add_up() -> None:
    both = Requirement.of_levels({"gas": 3}) & Requirement.parse("zh or en") & ANYONE
    assert str(both) == "(en or zh) and gas >= 3"
    assert both.skills == {"gas", "zh", "en"}


leaves = st.sampled_from(["a", "b >= 2", "c < 3", "a == 1", "anyone"])
trees = st.recursive(
    leaves,
    lambda part: st.one_of(
        st.tuples(part, st.sampled_from(["and", "or"]), part).map(lambda three: f"({' '.join(three)})"),
        part.map(lambda one: f"not ({one})"),
    ),
    max_leaves=6,
)


@given(trees, st.dictionaries(st.sampled_from("abc"), st.integers(1, 5)))
def test_the_canonical_form_means_what_was_written(text: str, skills: dict[str, int]) -> None:
    requirement = Requirement.parse(text)
    assert Requirement.parse(str(requirement)) == requirement
    names = {name: skills.get(name, 0) for name in "abc"}
    plain = eval(text.replace("anyone", "True"), {}, names)  # Python reads these words alike, a level of 0 as no
    assert requirement.fits(skills) is bool(plain)
