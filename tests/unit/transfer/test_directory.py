"""An entry of the directory: short and long forms, numbers in order, and who is meant by what."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from transfer.directory import Hotline, HotlineDirectory, Line


def hotline(**more: Any) -> Hotline:
    values = {"id": "gas", "name": {"zh": "燃气集团", "en": "the Gas company"}, "number": "96777", "trunk": "carrier"}
    return Hotline.model_validate({**values, "key": "02", "on_failure": "returned", **more}, by_alias=True)


def test_short_and_long_forms_mean_the_same() -> None:
    short = hotline(alternates=["64290000"], on_failure="returned")
    long = hotline(alternates=[{"number": "64290000"}], on_failure={"queue": "returned"})
    assert short == long
    assert short.lines == (Line("96777", "carrier"), Line("64290000", "carrier"))
    assert (short.on_failure.queue, short.on_failure.priority, short.on_failure.flow) == ("returned", None, None)


def test_each_number_is_dialled_on_its_own_trunk_and_none_twice() -> None:
    entry = hotline(alternates=["96777", {"number": "96777", "trunk": "backup"}, {"number": "1234"}])
    assert entry.lines == (Line("96777", "carrier"), Line("96777", "backup"), Line("1234", "carrier"))
    assert entry.longest_ring_seconds == 3 * entry.ring_seconds


@pytest.mark.parametrize(
    "number", ["", "1", "96777&PJSIP/evil", "96777,60", "${SHELL(x)}", "96\r\n777", "9" * 10_000, "sip:a@b"]
)
def test_nothing_but_a_number_is_a_number(number: str) -> None:
    for key, value in (("number", number), ("alternates", [number]), ("aliases", [number])):
        with pytest.raises(ValidationError):
            hotline(**{key: value})


def test_a_hotline_is_found_by_what_people_call_it() -> None:
    gas = hotline(words=["煤气", "Gas leak"])
    water = hotline(id="water", name={"zh": "自来水", "en": "Water"}, number="96116", key="01")
    directory = HotlineDirectory((gas, water))
    assert directory.by_words("煤气") == directory.by_words("GAS") == directory.by_words("燃气") == (gas,)
    assert directory.by_words("water") == (water,)
    assert directory.by_words("  ") == directory.by_words("月亮") == ()


def test_retired_and_other_numbers_mean_it_and_a_first_number_counts_more() -> None:
    gas = hotline(aliases=["96333"], alternates=["96116", "64290000"])
    water = hotline(id="water", number="96116", key="01")
    directory = HotlineDirectory((gas, water))
    meant = {n: h.hotline_id for n in ("96333", "64290000", "96116") if (h := directory.meant_by(n))}
    assert meant == {"96333": "gas", "64290000": "gas", "96116": "water"}
    assert directory.meant_by("110") is None
