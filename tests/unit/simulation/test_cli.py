"""`hotline simulate` and `hotline staff`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from hotline.cli.main import app
from hotline.simulation.staffing import Demand, Goal, staffing

EXAMPLE = Path(__file__).parents[3] / "examples" / "simulations" / "hotline_day.yaml"


def test_simulate_prints_and_writes(tmp_path: Path) -> None:
    target = tmp_path / "figures.json"
    answer = CliRunner().invoke(app, ["simulate", str(EXAMPLE), "--json", str(target), "--replications", "2"])
    assert answer.exit_code == 0, answer.output
    assert "answered within 15 s / (offered - left within 5 s)" in answer.output
    written = json.loads(target.read_text(encoding="utf-8"))
    assert written["replications"] == 2
    assert set(written["types"]) == {"general", "enterprise"}
    total = written["total"]
    assert total["offered"]["mean"] == sum(
        total[name]["mean"] for name in ("answered", "abandoned", "blocked", "unresolved")
    )
    assert set(total) == set(written["formulas"])
    assert written["theory"] is None


def test_simulate_says_what_is_wrong(tmp_path: Path) -> None:
    scenario = tmp_path / "wrong.yaml"
    scenario.write_text("call_types: 3\n", encoding="utf-8")
    answer = CliRunner().invoke(app, ["simulate", str(scenario)])
    assert answer.exit_code == 2
    assert "wrong.yaml:1:13: call_types must be a list" in answer.output.replace("\n", "")


def test_staff_answers_for_machines_and_draws(tmp_path: Path) -> None:
    plot = tmp_path / "staff.svg"
    words = ["staff", "--calls-per-half-hour", "20", "--aht", "90", "--replications", "2"]
    answer = CliRunner().invoke(app, [*words, "--sl", "0.8/15", "--json", "--plot", str(plot)])
    assert answer.exit_code == 0, answer.output
    found = json.loads(answer.stdout)
    assert found["erlangs"] == 1.0
    assert found["operators"] == {"theory": 3, "simulation": 3}
    assert all(point["low"] <= point["simulation"] <= point["high"] for point in found["points"])
    root = ElementTree.parse(plot).getroot()
    texts = {"".join(each.itertext()).strip() for each in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"operators", "answered within 15 s", "Erlang C", "goal 80%"} <= texts


@pytest.mark.parametrize("sl", ["80/15", "0.8", "1/15", "0.8/0", "a/b"])
def test_staff_refuses_a_level_that_is_none(sl: str) -> None:
    answer = CliRunner().invoke(app, ["staff", "--calls-per-half-hour", "20", "--aht", "90", "--sl", sl])
    assert answer.exit_code == 2
    assert "0.8/15" in answer.output


def test_wrap_up_costs_no_more_than_its_part_of_the_handling_time() -> None:
    plain = Demand(20, 90, Goal(0.8, 15), replications=3, calls_counted=500)
    assert plain.fewest == 2
    with_notes = staffing(replace(plain, wrap_up_seconds=30, ring_seconds=3))
    assert with_notes.by_theory == 3
    assert with_notes.by_simulation in (3, 4)


def test_impatient_callers_need_fewer_operators() -> None:
    load = Demand(200, 180, Goal(0.9, 20), replications=2, calls_counted=500)
    found, endless = staffing(replace(load, patience_seconds=60)), staffing(load)
    assert found.by_theory < endless.by_theory
    assert abs(found.by_simulation - found.by_theory) <= 1
