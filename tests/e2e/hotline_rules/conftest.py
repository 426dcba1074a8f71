"""A city whose hotlines have other numbers, hours, limits and rules of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hotline.actors.target_scenario import Answers, Behaviour, NoAnswer, Refuses
from hotline.config import load_city
from hotline.prompts import build_prompts
from tests.e2e.overlay import changed_city
from tests.e2e.town import Town, open_town

OpenRules = Callable[[], AbstractAsyncContextManager[Town]]

HOTLINES = """
defaults: {trunk: carrier, on_failure: general}
hotlines:
  - {id: gas, number: "96001", key: "01", alternates: ["96011"], name: {zh: 甲, en: A}}
  - {id: closed, number: "96002", key: "02", hours: later, name: {zh: 乙, en: B}}
  - {id: narrow, number: "96003", key: "03", at_once: 1, name: {zh: 丙, en: C}}
  - {id: police, number: "110", key: "04", at_once: 1, kind: emergency, name: {zh: 丁, en: D}}
  - id: flowing
    number: "96005"
    key: "05"
    name: {zh: 戊, en: E}
    on_failure: {queue: general, flow: promise}
  - {id: whispered, number: "96006", key: "06", whisper: greeting, record: false, name: {zh: 己, en: F}}
  - {id: slow, number: "96008", key: "08", name: {zh: 辛, en: H}}
  - id: patient
    number: "96007"
    key: "07"
    name: {zh: 庚, en: G}
    on_failure: {queue: general, priority: 7}
"""

FLOWS = """
flows:
  citizen:
    start: main
    nodes:
      main:
        kind: menu
        prompt: main_menu
        keys: {"1": gas, "2": closed, "3": narrow, "4": police, "5": flowing, "6": whispered, "7": patient, "8": slow}
        no_input: person
      gas: {kind: transfer, hotline: gas}
      closed: {kind: transfer, hotline: closed}
      narrow: {kind: transfer, hotline: narrow}
      police: {kind: transfer, hotline: police}
      flowing: {kind: transfer, hotline: flowing}
      whispered: {kind: transfer, hotline: whispered}
      patient: {kind: transfer, hotline: patient}
      slow: {kind: transfer, hotline: slow}
      person: {kind: queue, queue: general}
  straight: {start: person, nodes: {person: {kind: queue, queue: general}}}
  promise:
    start: ask
    nodes:
      ask: {kind: call_back, prompt: please_wait, due_minutes: 10, next: bye}
      bye: {kind: hang_up, prompt: goodbye}
"""

NUMBERS: Mapping[str, Behaviour] = {
    "96001": Refuses(503),
    "96011": Answers(after_seconds=0.1),
    "96002": Answers(),
    "96003": NoAnswer(),
    "110": Answers(after_seconds=0.1),
    "96005": Refuses(486),
    "96006": Answers(after_seconds=0.1),
    "96007": Refuses(486),
    "96008": NoAnswer(rings=False),
}

QUEUES = "queues:\n  - {id: general, name: {zh: 综合, en: General}, skills: {zh: 1}}\n"
OPERATORS = 'skills: [zh]\noperators:\n  - {id: "1001", name: 王小明, skills: {zh: 5}}\n'


def rules_city(folder: Path) -> Path:
    """Write the city; the hours `later` begin in six hours, whatever the time is."""
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    span = f"{now + timedelta(hours=6):%H}:00-{now + timedelta(hours=7):%H}:00"
    rules = {"failures_in_a_row": 2, "probe_seconds": 60, "per_operator_minute": 2, "least_talk_seconds": 0}
    changed_city(folder, {"transfer": rules, "hours": {"later": {"every_day": [span]}}})
    texts = {"hotlines": HOTLINES, "flows": FLOWS, "queues": QUEUES, "operators": OPERATORS}
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def spoken_rules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The city's prompts, spoken once."""
    folder = tmp_path_factory.mktemp("rules-prompts")
    build_prompts(load_city(rules_city(tmp_path_factory.mktemp("rules") / "city")), folder)
    return folder


@pytest.fixture
def rules(tmp_path: Path, spoken_rules: Path) -> OpenRules:
    """Return what opens a town in that city."""
    return lambda: open_town(tmp_path, spoken_rules, numbers=NUMBERS, config=rules_city(tmp_path / "city"))
