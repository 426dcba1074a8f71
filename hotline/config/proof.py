"""Proves what callers will meet: every flow by itself, all flows together, the lines' hours, the length of menus."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from hotline.config.check_needs import check_steps
from hotline.config.depth import menu_depths
from hotline.config.files import FlowsFile, OperatorsFile, QueuesFile
from hotline.config.positions import Document, Keys
from hotline.config.problems import Problems
from hotline.config.proof_hours import check_hours
from hotline.config.proof_person import check_persons
from hotline.config.proof_values import check_values
from hotline.config.reach import check_flow, check_queues, next_queue
from hotline.config.whole import Whole
from ivr.model import Flow, FlowNode, MenuNode, ReturnNode
from ivr.speech_length import recorded_seconds, spoken_seconds

MAX_MENUS = 3
"Menus in a row that callers bear."

MAX_MENU_SECONDS = 20.0
"Seconds of speech that a menu may have before an admin is warned."


def prove(
    config_dir: Path, documents: Mapping[str, Document], models: Mapping[str, BaseModel | None], problems: Problems
) -> None:
    """Add everything that callers would suffer from although each name and value is right."""
    whole = Whole(_sound_flows(documents, models["flows"]), documents)
    for flow_id, flow in whole.flows.items():
        check_flow(documents["flows"], flow_id, flow, problems)
    check_persons(documents["flows"], whole, problems)
    _check_calls(documents["flows"], whole, problems)
    _check_depth(documents["flows"], whole, problems)
    _check_lengths(config_dir, documents, whole.flows, problems)
    check_values(documents, whole.flows, problems)
    check_hours(documents, problems)
    _check_queues(documents, models, problems)


def _sound_flows(documents: Mapping[str, Document], model: BaseModel | None) -> dict[str, Flow]:
    """Return the flows without a mistake inside; the others are proved once that is mended."""
    found: dict[str, Flow] = {}
    written = documents["flows"].get("flows")
    for flow_id, data in written.items() if isinstance(written, dict) else ():
        try:
            flow = model.flows[flow_id] if isinstance(model, FlowsFile) else _flow(data)
        except ValidationError:
            continue
        named = {flow.start, *(following for node in flow.nodes.values() for following in node.next_nodes())}
        if named <= set(flow.nodes):
            found[flow_id] = flow
    return found


def _flow(data: Any) -> Flow:
    return Flow.model_validate(data, by_alias=True, by_name=False)


def _check_calls(document: Document, whole: Whole, problems: Problems) -> None:
    """Flows that go through themselves, that never come back, that end a call by coming back, that no line leads to."""
    for way in whole.recursions:
        place = _place_of_call(document, whole, way[0], way[1])
        text = f"the flow {way[0]} goes through itself: {' → '.join(way)}; a call would never end; take one of them out"
        problems.add(document.file, place[0], place[1], text)
    for flow_id, flow in whole.flows.items():
        at: Keys = ("flows", flow_id)
        if flow_id not in whole.used_flows and whole.first_flows:
            place_of = document.place_of_key(at)
            text = f"no line leads to the flow {flow_id}; remove it, or name it in city.yaml"
            problems.warn(document.file, place_of.line, place_of.column, text)
        for node_id, node in flow.nodes.items():
            where = document.place_of_key((*at, "nodes", node_id))
            if isinstance(node, FlowNode) and node.flow in whole.flows and node.flow not in whole.returning:
                text = (
                    f"a dead end: the flow {node.flow} never comes back, so {node.next} never follows {node_id};"
                    f" end one way through {node.flow} with kind: return"
                )
                problems.warn(document.file, where.line, where.column, text)
            if isinstance(node, ReturnNode) and flow_id in whole.first_flows and flow_id not in whole.sites:
                text = f"a dead end: there is no flow to return to from {node_id}; lead to a queue or hang_up instead"
                problems.add(document.file, where.line, where.column, text)


def _place_of_call(document: Document, whole: Whole, caller: str, called: str) -> tuple[int, int]:
    nodes = whole.flows[caller].nodes
    node_id = next(each for each, node in nodes.items() if isinstance(node, FlowNode) and node.flow == called)
    place = document.place(("flows", caller, "nodes", node_id, "flow"))
    return place.line, place.column


def _check_depth(document: Document, whole: Whole, problems: Problems) -> None:
    if whole.recursions:
        return
    for flow_id, menus in menu_depths(whole).items():
        for node_id, depth in menus.items():
            if depth > MAX_MENUS:
                place = document.place_of_key(("flows", flow_id, "nodes", node_id))
                text = (
                    f"callers come to the menu {node_id} only through {depth - 1} others; {MAX_MENUS} menus in a row"
                    " are the most: lead to it from an earlier menu"
                )
                problems.add(document.file, place.line, place.column, text)


def _check_lengths(
    config_dir: Path, documents: Mapping[str, Document], flows: Mapping[str, Flow], problems: Problems
) -> None:
    rates = documents["city"].get("speech", "rates")
    paces = {each: int(rate[:4]) for each, rate in rates.items() if _is_pace(rate)} if isinstance(rates, dict) else {}
    for flow_id, flow in flows.items():
        for node_id, node in flow.nodes.items():
            if not isinstance(node, MenuNode):
                continue
            texts = documents["prompts"].get("prompts", node.prompt)
            for language, text in texts.items() if isinstance(texts, dict) else ():
                recorded = recorded_seconds(config_dir / "prompts", node.prompt, language)
                seconds = recorded or spoken_seconds(str(text or ""), language, paces)
                if seconds > MAX_MENU_SECONDS:
                    place = documents["flows"].place(("flows", flow_id, "nodes", node_id, "prompt"))
                    words = (
                        f"the menu {node_id} speaks for about {seconds:.0f} seconds in {language};"
                        f" callers listen for {MAX_MENU_SECONDS:.0f}: shorten {node.prompt} or make two menus of it"
                    )
                    problems.warn(documents["flows"].file, place.line, place.column, words)


def _is_pace(rate: Any) -> bool:
    return isinstance(rate, str) and rate.isascii() and rate.isdecimal() and int(rate[:4]) > 0


def _check_queues(
    documents: Mapping[str, Document], models: Mapping[str, BaseModel | None], problems: Problems
) -> None:
    queues, operators = models["queues"], models["operators"]
    if isinstance(queues, QueuesFile) and isinstance(operators, OperatorsFile):
        known = {queue.queue_id for queue in queues.queues}
        if len(known) == len(queues.queues) and all(next_queue(q) in (None, *known) for q in queues.queues):
            profiles = {operator.operator_id: operator for operator in operators.operators}
            check_queues(documents["queues"], queues.queues, profiles, problems)
            check_steps(documents["queues"], queues.queues, profiles, problems)
