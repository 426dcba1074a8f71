"""A city with one hotline for each way in which a transfer can go, and what must be on record of each."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML

from hotline.actors.target_scenario import Answers, Behaviour, NoAnswer, Refuses, Silent
from tests.e2e.overlay import changed_city

OPERATORS = ("1001", "1002", "1003", "1004", "1005")


@dataclass(frozen=True, slots=True)
class Case:
    """One hotline: how it behaves, and how the attempt must stand in the ledger."""

    hotline_id: str
    number: str
    behaviour: Behaviour
    outcome: str
    sip_status: int | None = None
    hangup_cause: int | None = None
    reason: str | None = None
    ended_by: str = "target"

    says: str = "transfer_failed"
    "The prompt that tells the caller how it went."

    at_once: bool = False
    "It fails before a word of being connected can be heard."

    hours: str | None = None
    "When it may be dialled; never now."

    @property
    def key(self) -> str:
        """Its key in the menu; operators press *10 and then this."""
        return self.number[-1]


CASES = (
    Case("answers", "96001", Answers(0.4), "answered", ended_by="caller"),
    Case("busy", "96002", Refuses(486, after_seconds=0.4), "busy", 486, 17, says="transfer_busy"),
    Case("declines", "96003", Refuses(603, after_seconds=0.4), "rejected", 603, 21),
    Case("unknown", "96004", Refuses(404), "unreachable", 404, 1, at_once=True),
    Case("broken", "96005", Refuses(503), "unreachable", 503, 34, at_once=True),
    Case("silent", "96006", Silent(), "unreachable", reason="trunk_silent", ended_by="service"),
    Case("hangs_up", "96007", Answers(0.4, talk_seconds=0.1), "failed", reason="hung_up_at_once"),
    Case("mute", "96008", Answers(0.4, speaks=False), "failed", reason="no_sound", ended_by="service"),
    Case("rings", "96009", NoAnswer(), "no_answer", ended_by="service", says="transfer_no_answer"),
    Case(
        "closed",
        "96000",
        NoAnswer(),
        "out_of_hours",
        ended_by="service",
        says="transfer_out_of_hours",
        at_once=True,
        hours="later",
    ),
)
BY_ID = {case.hotline_id: case for case in CASES}
NUMBERS = {case.number: case.behaviour for case in CASES}

_WORDS = {
    "connecting_hotline": "{name}转接",
    "transfer_busy": "忙",
    "transfer_no_answer": "无",
    "transfer_out_of_hours": "下",
    "transfer_failed": "未",
    "returning_to_operator": "回",
    "returning_to_queue": "转",
}
"""Short, so that all of it is heard soon; the hotline's name first, so that it is known at once which it is."""

_RULES = {
    "silent_trunk_seconds": 1,
    "dead_line_seconds": 1.5,
    "least_talk_seconds": 1,
    "failures_in_a_row": 100,
    "per_operator_minute": 100,
}


def matrix_city(folder: Path) -> Path:
    """Write the city: a menu with all hotlines, and for each operator a queue and a line of their own."""
    if folder.exists():
        shutil.rmtree(folder)
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    span = f"{now + timedelta(hours=6):%H}:00-{now + timedelta(hours=7):%H}:00"
    changed_city(folder, {"transfer": _RULES, "hours": {"later": {"every_day": [span]}}})
    yaml = YAML()
    prompts = yaml.load(folder / "prompts.yaml")
    for prompt, words in _WORDS.items():
        prompts["prompts"][prompt]["zh"] = words
    yaml.dump(prompts, folder / "prompts.yaml")
    city = yaml.load(folder / "city.yaml")
    for each in OPERATORS:
        name = {"zh": f"直达{each}", "en": f"To {each}"}
        city["lines"].append({"id": f"to{each}", "name": name, "dnis": [f"2{each}"], "flow": f"to{each}"})
    yaml.dump(city, folder / "city.yaml")
    (folder / "hotlines.yaml").write_text(_hotlines(), encoding="utf-8")
    (folder / "flows.yaml").write_text(_flows(), encoding="utf-8")
    (folder / "queues.yaml").write_text(_queues(), encoding="utf-8")
    (folder / "operators.yaml").write_text(_operators(), encoding="utf-8")
    return folder


def _hotlines() -> str:
    rows = ["hotlines:"]
    for case, name in zip(CASES, "甲乙丙丁戊己庚辛壬癸", strict=True):
        entry = f'id: {case.hotline_id}, name: {{zh: {name}, en: Line}}, number: "{case.number}", key: "0{case.key}"'
        hours = f", hours: {case.hours}" if case.hours else ""
        rows.append(f"  - {{{entry}, trunk: carrier, on_failure: general{hours}}}")
    return "\n".join(rows)


def _flows() -> str:
    keys = ", ".join(f'"{case.key}": {case.hotline_id}' for case in CASES)
    nodes = "".join(f"      {c.hotline_id}: {{kind: transfer, hotline: {c.hotline_id}}}\n" for c in CASES)
    straight = "".join(
        f"  to{each}: {{start: person, nodes: {{person: {{kind: queue, queue: q{each}}}}}}}\n" for each in OPERATORS
    )
    return (
        "flows:\n  citizen:\n    start: main\n    nodes:\n"
        f"      main: {{kind: menu, prompt: main_menu, keys: {{{keys}}}, no_input: person}}\n"
        f"      person: {{kind: queue, queue: general}}\n{nodes}"
        f"  straight: {{start: person, nodes: {{person: {{kind: queue, queue: general}}}}}}\n{straight}"
    )


def _queues() -> str:
    names = "name: {zh: 队列, en: Queue}, skills: {zh: 1}"
    return "\n".join(
        [
            "queues:",
            f"  - {{id: general, {names}, callback: true}}",
            *(f"  - {{id: q{each}, {names}}}" for each in OPERATORS),
        ]
    )


def _operators() -> str:
    rows = ["skills: [zh]", "operators:"]
    for each in OPERATORS:
        rows.append(f'  - {{id: "{each}", name: 话务员, skills: {{zh: 5}}, queues: [q{each}]}}')
    rows.append('  - {id: "1999", name: 无人, skills: {zh: 5}}')
    return "\n".join(rows)
