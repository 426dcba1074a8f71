"""What a good configuration becomes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from calls.errors import NotFound
from hotline.config import load_city
from ivr.model import MenuNode, SystemPrompt, TransferNode

Edit = Callable[[str, str, str], None]


def test_the_example_city_is_whole(beijing: Path) -> None:
    city = load_city(beijing)
    assert city.city_id == "beijing"
    assert city.languages == ("zh", "en")
    assert city.zone.key == "Asia/Shanghai"
    assert sorted(city.operators) == [str(number) for number in range(1001, 1009)]
    assert len([each for each in city.hotlines if not each.is_emergency]) == 11
    assert city.hotlines_are_example
    assert set(SystemPrompt) <= set(city.prompts)
    assert city.trunks["carrier"].inbound_from == ("127.0.0.1",)


def test_a_dialled_number_finds_its_line(beijing: Path) -> None:
    city = load_city(beijing)
    line = city.line_for("12345")
    assert line is not None
    assert (line.line_id, line.flow, city.language_of(line)) == ("citizen", "citizen", "zh")
    assert city.line_for("999") is None
    english = city.lines["english"]
    assert city.language_of(english) == "en"


def test_silence_and_zero_are_a_person_in_every_menu(beijing: Path) -> None:
    city = load_city(beijing)
    for flow in city.flows.values():
        for node in flow.nodes.values():
            if isinstance(node, MenuNode):
                assert flow.nodes[node.no_input].kind == "queue"
                assert flow.nodes[node.keys["0"]].kind == "queue"


def test_every_hotline_is_reached_from_the_menu(beijing: Path) -> None:
    city = load_city(beijing)
    nodes = city.flows["citizen"].nodes.values()
    assert {node.hotline for node in nodes if isinstance(node, TransferNode)} == {
        hotline.hotline_id for hotline in city.hotlines if not hotline.is_emergency
    }


def test_hotlines_are_found_by_id_key_and_number(beijing: Path) -> None:
    hotlines = load_city(beijing).hotlines
    gas = hotlines.by_id("gas")
    assert hotlines.meant_by("**02") is gas
    assert hotlines.meant_by("96777") is gas
    assert "gas" in hotlines
    assert hotlines.meant_by("**99") is None
    with pytest.raises(NotFound, match="no hotline 'wind'"):
        hotlines.by_id("wind")


def test_times_come_from_the_limits_where_nothing_else_is_said(beijing: Path, edit: Edit) -> None:
    edit("city.yaml", "  ring_seconds: 15", "  ring_seconds: 12")
    edit("city.yaml", "hotline_ring_seconds: 20", "hotline_ring_seconds: 25")
    edit("queues.yaml", "skills: {en: 3}", "skills: {en: 3}\n    ring_seconds: 15")
    edit("hotlines.yaml", 'key: "02"}', 'key: "02", ring_seconds: 20}')
    city = load_city(beijing)
    assert city.queues["general"].ring_seconds == 12
    assert city.queues["english"].ring_seconds == 15
    assert city.hotlines.by_id("water").ring_seconds == 25
    assert city.hotlines.by_id("gas").ring_seconds == 20


def test_defaults_of_hotlines_hold_where_a_hotline_says_nothing_else(beijing: Path, edit: Edit) -> None:
    edit("hotlines.yaml", 'key: "02"}', 'key: "02", record: false, on_failure: general}')
    hotlines = load_city(beijing).hotlines
    assert (hotlines.by_id("gas").record, hotlines.by_id("gas").on_failure.queue) == (False, "general")
    assert (hotlines.by_id("water").record, hotlines.by_id("water").on_failure.queue) == (True, "returned")


def test_each_hotline_has_its_connecting_prompt(beijing: Path, edit: Edit) -> None:
    edit(
        "prompts.yaml", "  transfer_busy:", "  connecting_water: {zh: 马上转接水务。, en: Water now.}\n  transfer_busy:"
    )
    prompts = load_city(beijing).prompts
    assert prompts["connecting_gas"] == {
        "zh": "正在为您转接燃气集团，请稍候。",
        "en": "Connecting you to the gas company.",
    }
    assert prompts["connecting_water"]["en"] == "Water now."


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("hotlines.yaml", 'key: "02"', "key: 02"),
        ("hotlines.yaml", 'number: "96777"', "number: 0096777"),
        ("operators.yaml", 'id: "1001"', "id: 1001"),
        ("flows.yaml", '"1": person', "1: person"),
        ("flows.yaml", "timeout_seconds: 3", "timeout_seconds: '3'"),
        ("hotlines.yaml", "record: true", "record: yes"),
        ("city.yaml", "dnis: [", "dnis: [0011, "),
    ],
)
def test_what_yaml_would_misread_means_what_was_written(
    beijing: Path, edit: Edit, problems: Callable[[], list[str]], file: str, old: str, new: str
) -> None:
    edit(file, old, new)
    assert problems() == []


def test_leading_zeros_stay(beijing: Path, edit: Edit) -> None:
    edit("hotlines.yaml", 'number: "96777", key: "02"', "number: 0096777, key: 02")
    edit("city.yaml", "dnis: [", "dnis: [0011, ")
    city = load_city(beijing)
    assert (city.hotlines.by_id("gas").number, city.hotlines.by_id("gas").key) == ("0096777", "02")
    assert city.line_for("0011") is not None


def test_the_version_changes_with_the_files_and_with_nothing_else(beijing: Path, edit: Edit) -> None:
    before = load_city(beijing).version
    assert load_city(beijing).version == before
    edit("prompts.yaml", "再见", "再会")
    assert load_city(beijing).version != before


def test_music_classes_are_the_folders_beside_default(beijing: Path, edit: Edit) -> None:
    (beijing / "music" / "guzheng").mkdir(parents=True)
    edit("queues.yaml", "skills: {en: 3}", "skills: {en: 3}\n    music: guzheng")
    city = load_city(beijing)
    assert city.music == ("default", "guzheng")
    assert city.queues["english"].music == "guzheng"


def test_the_example_loads_in_time(beijing: Path) -> None:
    load_city(beijing)
    durations = []
    for _ in range(5):
        began = time.perf_counter()
        load_city(beijing)
        durations.append(time.perf_counter() - began)
    assert min(durations) < 0.15
