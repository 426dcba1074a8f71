"""Whatever an admin writes, the answer is soon a city or mistakes with positions; a city can be walked and drawn."""

from __future__ import annotations

import copy
import json
import os
import re
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hotline.config import City, examine_city
from hotline.config.compare import compare_cities
from hotline.config.positions import read_document
from hotline.config.problems import Problems
from ivr.callers import PastCalls
from ivr.drawing import draw
from ivr.rehearsal import Rehearsal
from ivr.rehearsal_model import Question, Visitor

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "200"))
"Cities that are tried. Always the same ones, unless the environment asks for a long run."

SAME = "FUZZ_EXAMPLES" not in os.environ

LONGEST_SECONDS = 20.0
"Seconds of CPU that one city may take; a twentieth of a second is usual. What hangs is ended by the timeout of pytest."

ROOT = Path(__file__).parents[2]
FOLDERS = [ROOT / "examples" / "beijing", ROOT / "examples" / "guangzhou", ROOT / "tests" / "e2e" / "ivr_city"]

KINDS = [
    *("say", "menu", "collect", "choose", "set_language", "set", "look_up", "call_back", "message", "survey", "flow"),
    *("return", "queue", "transfer", "hang_up", "goto", ""),
]

TRAPS: list[Any] = [
    *(
        "",
        " ",
        "0",
        "-1",
        "1e999",
        "nan",
        ".inf",
        "9" * 400,
        "1:30",
        "true",
        "null",
        "~",
        "*",
        "#",
        "&a",
        "${SHELL(id)}",
    ),
    *(
        "a,b",
        "a&b",
        '"',
        "'",
        "\\",
        "\n",
        "\r\nVERBOSE x",
        "\x00",
        "\x85",
        "\u2028",
        "\ud800",
        "﻿",
        "😀",
        "王小明",
        "x" * 10_000,
    ),
    *(
        "{case_id:digits}",
        "{",
        "}",
        "{}",
        "{caller",
        "{nothing:number}",
        "http://[",
        "http://x/{caller}",
        "file:///etc/passwd",
    ),
    *(
        "../../etc/passwd",
        "2026-02-30",
        "2026-10-01 25:00",
        "24:00-24:00",
        "08:30-08:30",
        "23:00-01:00",
        "none",
        "self",
    ),
    *(None, [], {}, [[]], {"": ""}, [None], {"a": {"a": {"a": {}}}}, ["a", "a"], 0, -1, 10**30, 1.5, True),
]

Tree = Any
Step = str | int


def load(folder: Path) -> dict[str, Tree]:
    """Return the trees of a city's files, and its companions as text."""
    return {path.name: read_document(path, Problems()).data for path in sorted(folder.glob("*.yaml"))}


TREES = {folder: load(folder) for folder in FOLDERS}
CITIES = {folder: examine_city(folder).city for folder in FOLDERS}


def places(tree: Tree, at: tuple[Step, ...] = ()) -> Iterator[tuple[Step, ...]]:
    """Yield the way to each part of a tree."""
    yield at
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for step, value in items:
        yield from places(value, (*at, step))


def part(tree: Tree, at: tuple[Step, ...]) -> Tree:
    for step in at:
        tree = tree[step]
    return tree


def mutate(trees: dict[str, Tree], chance: Random) -> None:
    """Change one thing in one file; flows.yaml as often as all others together."""
    name = "flows.yaml" if chance.random() < 0.5 else chance.choice(sorted(trees))
    tree = trees[name]
    ways = [way for way in places(tree) if way]
    if not ways:
        trees[name] = chance.choice(TRAPS)
        return
    way = chance.choice(ways)
    around, step = part(tree, way[:-1]), way[-1]
    other = copy.deepcopy(part(tree, chance.choice(ways)))
    match chance.randrange(9):
        case 0:
            del around[step]
        case 1:
            around[step] = chance.choice(TRAPS)
        case 2 | 3:
            around[step] = other
        case 4 if isinstance(around, dict):
            around[f"{step}{chance.choice(['x', '_2', '', ' '])}"] = around.pop(step)
        case 5 if isinstance(around, dict):
            around[chance.choice(["next", "person", "kind", "keys", "cases", "0", "*", "until", "hours"])] = other
        case 6 if isinstance(around, dict) and "kind" in around:
            around["kind"] = chance.choice(KINDS)
        case 7 if isinstance(around, list):
            around.append(other)
        case _:
            names = [each for each in ways if isinstance(part(tree, each), str)]
            around[step] = part(tree, chance.choice(names)) if names else other


def nudge(trees: dict[str, Tree], chance: Random) -> None:
    """Lead one way in flows.yaml elsewhere in its flow, or move a number: most of what comes out is a city."""
    tree = trees["flows.yaml"]
    ways = [way for way in places(tree) if len(way) > 3 and isinstance(part(tree, way), str)]
    way = chance.choice(ways)
    value = part(tree, way)
    if value.isdecimal():
        part(tree, way[:-1])[way[-1]] = str(chance.randint(0, 12))
        return
    alike = [each for each in ways if each[:2] == way[:2] and each[-1] == way[-1]]
    part(tree, way[:-1])[way[-1]] = part(tree, chance.choice(alike))


def write(folder: Path, source: Path, trees: dict[str, Tree]) -> None:
    """Write the trees as files: JSON is YAML. What stands beside them is copied as it is."""
    for path in source.glob("*.csv"):
        (folder / path.name).write_bytes(path.read_bytes())
    for name, tree in trees.items():
        text = json.dumps(tree, ensure_ascii=False, indent=1, allow_nan=False)
        (folder / name).write_bytes(text.encode("utf-8", "surrogatepass"))


def use(city: City, base: City | None, chance: Random) -> None:
    """Do with a city what an admin would, and what callers would."""
    ElementTree.fromstring(draw(city, figures={}))
    if base is not None:
        assert all(change.text for change in compare_cities(base, city))
    began = datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC"))

    def ear(question: Question) -> str:
        keys = "".join(chance.choice("0123456789*#") for _ in range(chance.randint(0, question.most_digits)))
        return chance.choice([*question.keys, keys]) if question.keys else keys

    for line in city.lines.values():
        caller = Visitor(
            line=line.line_id,
            at=began + timedelta(minutes=chance.randrange(0, 600_000)),
            number=chance.choice(["", "13800138000", "110", "${x}"]),
            dialled=chance.choice(line.numbers),
            past=chance.choice([PastCalls(), PastCalls(began, "en", True), PastCalls(began, "tlh", False)]),
        )
        rehearsal = Rehearsal(city, caller, ear)
        moments = list(rehearsal)
        assert len(moments) < 5000
        assert rehearsal.ending.outcome in ("queue", "hotline", "message", "call_back", "hang_up")


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=SAME,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(st.integers(0, 2**64 - 1))
def test_a_mutated_city_is_a_city_or_mistakes(seed: int) -> None:
    chance = Random(seed)
    source = chance.choice(FOLDERS)
    trees = copy.deepcopy(TREES[source])
    change = chance.choice([mutate, nudge])
    for _ in range(chance.choice([1, 1, 1, 2, 3, 8])):
        change(trees, chance)
    began = time.process_time()  # of this process alone: a busy machine is no defect
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder, source, trees)
        examined = examine_city(folder)
        assert (examined.city is None) == bool(examined.errors)
        for problem in (*examined.errors, *examined.warnings):
            assert re.fullmatch(r".+:\d+:\d+: .+", str(problem)), problem
            str(problem).encode("utf-8")
        if examined.city is not None:
            use(examined.city, CITIES[source], chance)
    assert time.process_time() - began < LONGEST_SECONDS
