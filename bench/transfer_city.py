"""The city of the transfer benchmark: hotlines of every kind, a menu with a key for each, many operators."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hotline.actors.target_scenario import Answers, Behaviour, NoAnswer, Refuses, Silent

LINE = "12345"
"""Straight to an operator."""

MENU_LINE = "12346"
"""A menu whose keys 1 to 7 lead to the hotlines."""

HOTLINES: dict[str, tuple[str, Behaviour]] = {
    "water": ("96111", Answers(0.3, 6.0)),
    "gas": ("96112", Refuses(486)),
    "heating": ("96113", NoAnswer()),
    "power": ("96114", Refuses(603)),
    "bus": ("96115", Refuses(404)),
    "subway": ("96116", Refuses(503)),
    "post": ("96117", Silent()),
}
"""Hotline to its number and what becomes of a call there."""

KEYS = {hotline_id: f"{index:02d}" for index, hotline_id in enumerate(HOTLINES, 1)}
RING_SECONDS = 3

_CITY = """\
city:
  id: bench
  name: {{zh: 测试市}}
  timezone: Asia/Shanghai
  languages: [zh]
  default_language: zh

figures: {{service_level_seconds: 15, short_abandon_seconds: 2}}
limits: {{ring_seconds: 15, max_wait_seconds: 60, missed_in_a_row: 3}}
# every hotline that fails does so every time: none is marked down, and no operator is held back
transfer: {{per_operator_minute: 1000, per_operator_hour: 10000, failures_in_a_row: 100}}
recording: {{operators: true, hotlines: true, keep_days: 1}}

trunks:
  - {{id: carrier, address: "{target}", inbound_from: [127.0.0.1]}}

lines:
  - {{id: citizen, name: {{zh: 直达}}, dnis: ["12345"], flow: straight}}
  - {{id: menu, name: {{zh: 菜单}}, dnis: ["12346"], flow: menu}}
"""

_FLOWS = """\
flows:
  straight:
    start: person
    nodes:
      person: {kind: queue, queue: general}
  menu:
    start: main
    nodes:
      main: {kind: menu, prompt: main_menu, keys: {KEYS}, no_input: person}
NODES
      person: {kind: queue, queue: general}
"""


def operators(first: int, count: int) -> list[str]:
    """Return so many operators' numbers from the first on."""
    return [str(first + index) for index in range(count)]


@dataclass(frozen=True, slots=True)
class TransferCity:
    """Where its phones and hotlines are."""

    operators: tuple[str, ...]
    phones_address: str
    target_address: str

    def write(self, folder: Path, prompts: str) -> Path:
        """Write the configuration and return its folder."""
        folder.mkdir(parents=True, exist_ok=True)
        keys = ", ".join(f'"{index}": to_{hotline_id}' for index, hotline_id in enumerate(HOTLINES, 1))
        nodes = "\n".join(f"      to_{h}: {{kind: transfer, hotline: {h}}}" for h in HOTLINES)
        people = "".join(
            f'  - {{id: "{number}", name: 话务员{number}, skills: {{zh: 5}},'
            f' contact: "sip:{number}@{self.phones_address}"}}\n'
            for number in self.operators
        )
        lines = "".join(
            f'  - {{id: {h}, name: {{zh: 测试{KEYS[h]}}}, number: "{number}", key: "{KEYS[h]}"}}\n'
            for h, (number, _) in HOTLINES.items()
        )
        files = {
            "city": _CITY.format(target=self.target_address),
            "flows": _FLOWS.replace("KEYS", f"{keys}").replace("NODES", nodes),
            "prompts": prompts,
            "queues": "queues:\n  - {id: general, name: {zh: 综合}, skills: {zh: 1}, wrap_up_seconds: 0}\n",
            "hotlines": _HOTLINES + lines,
            "operators": f"skills: [zh]\noperators:\n{people}",
        }
        for name, text in files.items():
            (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        return folder


_HOTLINES = f"""\
example: true
defaults: {{trunk: carrier, on_failure: general, record: true, ring_seconds: {RING_SECONDS}}}
hotlines:
"""
