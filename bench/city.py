"""The city that benchmarks call: one line with a greeting and a menu, one call queue, many operators."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

LINE = "12345"
"""The number that leads to the queue: greeting, menu, key 1, second menu, key 2, queue."""

SHORT_LINE = "12346"
"""Greeting, menu, key 1, queue."""

STRAIGHT_LINE = "12347"
"""The queue and nothing before it."""

GREETING, MENU, SECOND_MENU = "greeting", "main_menu", "second_menu"

_CITY = """\
city:
  id: bench
  name: {zh: 测试市}
  timezone: Asia/Shanghai
  languages: [zh]
  default_language: zh

figures: {service_level_seconds: 15, short_abandon_seconds: 2}
limits: {ring_seconds: 15, max_wait_seconds: 60, missed_in_a_row: 3}

trunks:
  - {id: carrier, address: "127.0.0.1:5999", inbound_from: [127.0.0.1]}

lines:
  - {id: long, name: {zh: 两级}, dnis: ["12345"], flow: long}
  - {id: short, name: {zh: 一级}, dnis: ["12346"], flow: short}
  - {id: straight, name: {zh: 直达}, dnis: ["12347"], flow: straight}
"""

_FLOWS = """\
flows:
  long:
    start: greeting
    nodes:
      greeting: {kind: say, prompt: greeting, next: main}
      main: {kind: menu, prompt: main_menu, keys: {"1": second}, no_input: person}
      second: {kind: menu, prompt: second_menu, keys: {"2": person}, no_input: person}
      person: {kind: queue, queue: general}
  short:
    start: greeting
    nodes:
      greeting: {kind: say, prompt: greeting, next: main}
      main: {kind: menu, prompt: main_menu, keys: {"1": person}, no_input: person}
      person: {kind: queue, queue: general}
  straight:
    start: person
    nodes:
      person: {kind: queue, queue: general}
"""

PROMPTS = """\
prompts:
  greeting: {zh: 您好}
  main_menu: {zh: 办理业务请按一，人工服务请按二，投诉建议请按三}
  second_menu: {zh: 人工服务请按二，返回上一级请按井号键}
  please_wait: {zh: 请稍候}
  all_busy_wait: {zh: 请继续等待}
  connecting_hotline: {zh: "转接{name}"}
  transfer_busy: {zh: 对方忙}
  transfer_no_answer: {zh: 无人接听}
  transfer_failed: {zh: 未接通}
  transfer_out_of_hours: {zh: 已下班}
  hotline_hard_to_reach: {zh: 难接通}
  returning_to_operator: {zh: 转回}
  returning_to_queue: {zh: 转人工}
  closed: {zh: 已下班}
  goodbye: {zh: 再见}
  unknown_line: {zh: 空号}
  emergency_please_wait: {zh: 请稍候}
  emergency_all_busy: {zh: 请再拨}
"""

_QUEUES = """\
queues:
  - {id: general, name: {zh: 综合}, skills: {zh: 1}, wrap_up_seconds: 0}
"""

_HOTLINES = """\
example: true
hotlines:
  - {id: gas, name: {zh: 燃气}, number: "96777", trunk: carrier, key: "02", on_failure: general}
"""


def numbers(operators: int) -> list[str]:
    """Return the operators' numbers, which are also the numbers of their phones."""
    return [str(2001 + index) for index in range(operators)]


@dataclass(frozen=True, slots=True)
class BenchCity:
    """How large the city is and where its phones are."""

    operators: int
    phones_address: str
    "Host and port at which all operators' phones answer."

    def write(self, folder: Path) -> Path:
        """Write the configuration and return its folder."""
        folder.mkdir(parents=True, exist_ok=True)
        rows = "".join(
            f'  - {{id: "{number}", name: 话务员{number}, skills: {{zh: 5}},'
            f' contact: "sip:{number}@{self.phones_address}"}}\n'
            for number in numbers(self.operators)
        )
        files = {
            "city": _CITY,
            "flows": _FLOWS,
            "prompts": PROMPTS,
            "queues": _QUEUES,
            "hotlines": _HOTLINES,
            "operators": f"skills: [zh]\noperators:\n{rows}",
        }
        for name, text in files.items():
            (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        return folder
