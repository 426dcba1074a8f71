"""The picture: everything is in it, nothing lies over anything else, and no text of an admin becomes markup."""

from __future__ import annotations

import dataclasses
import random
from pathlib import Path
from xml.etree import ElementTree

import pytest

from hotline.config import City, load_city
from ivr.drawing import NodeFigures, draw
from ivr.drawing.text import width_of, wrapped
from ivr.model import Flow

BEIJING = Path(__file__).parents[3] / "examples" / "beijing"
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def beijing() -> City:
    return load_city(BEIJING)


def boxes_of(picture: str) -> dict[str, list[tuple[float, float, float, float]]]:
    """Return flow to the boxes drawn in its panel: left, top, right, bottom."""
    found: dict[str, list[tuple[float, float, float, float]]] = {}
    for panel in ElementTree.fromstring(picture).iter(f"{SVG}g"):
        if panel.get("class") != "flow":
            continue
        for node in panel.iter(f"{SVG}g"):
            if str(node.get("class")).startswith("node"):
                rect = node.find(f"{SVG}rect")
                assert rect is not None
                x, y, width, height = (float(rect.get(name, "0")) for name in ("x", "y", "width", "height"))
                found.setdefault(str(panel.get("id")), []).append((x, y, x + width, y + height))
    return found


def overlapping(boxes: list[tuple[float, float, float, float]]) -> list[tuple[int, int]]:
    return [
        (one, other)
        for one, (left, top, right, bottom) in enumerate(boxes)
        for other, (left_2, top_2, right_2, bottom_2) in enumerate(boxes)
        if one < other and left < right_2 and left_2 < right and top < bottom_2 and top_2 < bottom
    ]


def test_everything_that_an_admin_wrote_is_there(beijing: City) -> None:
    picture = draw(beijing)
    for words in (
        "北京市民服务热线",
        "12345 · 01012345",
        "全天 24 小时",
        "utilities",
        "燃气集团 96777",
        "综合咨询",
        "未按键",
    ):
        assert words in picture, words
    assert "Welcome to the Beijing" in draw(beijing, language="en")
    assert "utilities" not in draw(beijing, "enterprise")


def test_no_box_lies_over_another(beijing: City) -> None:
    panels = boxes_of(draw(beijing))
    assert set(panels) >= {"flow-citizen", "flow-enterprise", "flow-english"}
    for boxes in panels.values():
        assert not overlapping(boxes)


@pytest.mark.parametrize("seed", range(25))
def test_any_flow_can_be_drawn_without_overlaps(beijing: City, seed: int) -> None:
    chance = random.Random(seed)
    count = chance.randint(1, 40)
    names = [f"n{number}" for number in range(count)]
    nodes: dict[str, object] = {"person": {"kind": "queue", "queue": "general"}}
    for name in names:
        keys = {key: chance.choice([*names, "person"]) for key in chance.sample("123456789*#", chance.randint(1, 9))}
        menu = {"kind": "menu", "prompt": "main_menu", "keys": keys, "no_input": "person"}
        say = {"kind": "say", "prompt": "greeting", "next": chance.choice([*names, "person"])}
        nodes[name] = chance.choice([menu, say])
    flow = Flow.model_validate({"start": "n0", "nodes": nodes})
    picture = draw(dataclasses.replace(beijing, flows={**beijing.flows, "citizen": flow}), "citizen")
    assert not overlapping(boxes_of(picture)["flow-citizen"])


def test_figures_stand_at_their_nodes(beijing: City) -> None:
    figures = {("citizen", "main"): NodeFigures(1200, 60, {"1": 700, "no_input": 40})}
    picture = draw(beijing, "citizen", figures=figures)
    assert "进入 1,200" in picture
    assert "挂断 5.0%" in picture
    assert ">740<" in picture  # key 1, key 0 and silence lead to the same person
    assert "进入" not in draw(beijing, "citizen")


def test_text_never_becomes_markup(beijing: City) -> None:
    hostile = '<script>alert("1")</script>&\x01\ud800]]>'
    prompts = {**beijing.prompts, "main_menu": {"zh": hostile, "en": hostile}}
    picture = draw(dataclasses.replace(beijing, prompts=prompts))
    assert "<script" not in picture
    ElementTree.fromstring(picture.encode("utf-8"))


def test_lines_are_no_wider_than_their_box() -> None:
    for text in ("您好，这里是北京市一二三四五市民服务热线。" * 5, "Water 1, gas 2, heating 3 " * 9, "x" * 200):
        lines = wrapped(text, 13, 230, 4)
        assert len(lines) == 4
        assert lines[-1].endswith("…")
        assert all(width_of(line, 13) <= 230 for line in lines)
        assert not any(line[0] in "，。" for line in lines)
