"""Writes a city as large as they come, for benchmarks and tests: lines, sub-flows, and every kind of node."""

from __future__ import annotations

from pathlib import Path

QUEUES = ("general", "enterprise", "social_security")
HOTLINES = ("water", "gas", "heating", "power")


CITY = """city:
  id: large
  name: {zh: 大城市, en: Large city}
  timezone: Asia/Shanghai
  languages: [zh, en]
  default_language: zh
trunks:
  - {id: carrier, address: "127.0.0.1:20900", inbound_from: [127.0.0.1]}
hours:
  office: {workdays: ["08:30-12:00", "13:30-17:30"], days: {sat: ["09:00-12:00"]}}
"""


def write_large_city(folder: Path, example: Path, flows: int = 60, nodes: int = 1000) -> int:
    """Write a city into a folder, with what the example has besides menus; return the number of its nodes.

    Each line has a flow of its own and two sub-flows; every menu has its prompts in two languages.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("queues", "operators", "hotlines"):
        (folder / f"{name}.yaml").write_bytes((example / f"{name}.yaml").read_bytes())
    sizes = [nodes // flows + (1 if index < nodes % flows else 0) for index in range(flows)]
    written = [_flow(index, size) for index, size in enumerate(sizes)]
    (folder / "flows.yaml").write_text("flows:\n" + "".join(written), encoding="utf-8")
    prompts = (example / "prompts.yaml").read_text(encoding="utf-8")
    own = [_prompt(f"f{index}_{number}") for index, size in enumerate(sizes) for number in range(size)]
    (folder / "prompts.yaml").write_text(prompts + "".join(own), encoding="utf-8")
    lines = "".join(_line(index) for index in range(0, flows, 3))
    (folder / "city.yaml").write_text(f"{CITY}lines:\n{lines}", encoding="utf-8")
    return sum(sizes)


def _line(index: int) -> str:
    name = f"{{zh: 热线{index}, en: Line {index}}}"
    return f'  - {{id: line_{index}, name: {name}, dnis: ["9{index:04d}"], flow: flow_{index}, hours: office}}\n'


def _prompt(name: str) -> str:
    zh, en = "咨询请按1，投诉请按2，人工请按0，或稍候。", "Advice 1, complaints 2, a person 0, or wait."
    return f"  {name}:\n    zh: {zh}\n    en: {en}\n"


def _flow(index: int, size: int) -> str:
    """Return a flow: a greeting, its sub-flows or its way back, and menus side by side with what they lead to."""
    is_first = index % 3 == 0
    fixed = [
        f"greeting: {{kind: say, prompt: f{index}_0, next: main}}",
        f"person: {{kind: queue, queue: {QUEUES[index % 3]}}}",
    ]
    if is_first:
        fixed += [f"sub_{n}: {{kind: flow, flow: flow_{index + n}, next: person}}" for n in (1, 2)]
    else:
        fixed.append("back: {kind: return}")
    spare = size - len(fixed) - 1
    nodes = [_node(index, number, is_last=number == spare - 1) for number in range(spare)]
    leads = [f"n{number}" for number in range(spare) if number % 7 == 0][:6]
    ways = ["sub_1", "sub_2", *leads] if is_first else ["back", *leads]
    keys = ", ".join(f'"{key}": {target}' for key, target in enumerate(ways[:8], 1))
    fixed.append(f"main: {{kind: menu, prompt: f{index}_1, keys: {{{keys}}}, timeout_seconds: 3, attempts: 2}}")
    body = "".join(f"      {node}\n" for node in [*fixed, *nodes])
    return f"  flow_{index}:\n    start: greeting\n    person: person\n    nodes:\n{body}"


def _node(index: int, number: int, *, is_last: bool) -> str:
    """Return one node of a chain of seven kinds, which ends at a person or at a hotline."""
    following = "person" if is_last else f"n{number + 1}"
    prompt = f"f{index}_{number + 2}"
    kinds = (
        f'kind: menu, prompt: {prompt}, keys: {{"1": {following}, "2": person}}',
        f"kind: collect, prompt: {prompt}, into: number_{number}, max_digits: 8, next: {following}",
        f"kind: set, topic: topic_{number}, priority: 5, next: {following}",
        f"kind: choose, by: hours, cases: {{open: {following}, closed: person}}, otherwise: person",
        f"kind: say, prompt: {prompt}, next: {following}",
        f"kind: message, prompt: {prompt}, next: {following}",
        f"kind: transfer, hotline: {HOTLINES[number % 4]}",
    )
    return f"n{number}: {{{kinds[number % 7]}}}"
