"""Proves that prompts can be spoken where they are: every value inside a text is known there.

A prompt with a value that is missing stays silent, and a menu that says nothing is the worst of all.
"""

from __future__ import annotations

from collections.abc import Mapping

from hotline.config.positions import Document
from hotline.config.problems import Problems, listed
from ivr.graph import prompts_of
from ivr.model import CALL_VARIABLES, CollectNode, Flow, FlowNode, LookUpNode, SetNode
from ivr.speaking import split_prompt

READ_BACK_VALUE = "digits"
"What the caller keyed in, while it is read back."


def check_values(documents: Mapping[str, Document], flows: Mapping[str, Flow], problems: Problems) -> None:
    """Add a problem for each prompt of a node that speaks a value which its flow does not know."""
    document = documents["flows"]
    spoken = _values_of(documents["prompts"])
    if not spoken:
        return
    for flow_id, flow in flows.items():
        known = variables_of(flow)
        for node_id, node in flow.nodes.items():
            for prompt in prompts_of(node):
                here = known
                if isinstance(node, CollectNode) and prompt == node.confirm_prompt:
                    here = known - {node.into} | {READ_BACK_VALUE}  # not yet confirmed, not yet known
                for name in sorted(spoken.get(prompt, frozenset()) - here):
                    place = document.place_of_key(("flows", flow_id, "nodes", node_id))
                    text = (
                        f"{node_id} speaks the prompt {prompt}, but nothing here fills in its value {{{name}}}: it"
                        f" would stay silent; known here: {listed(sorted(here))}"
                    )
                    problems.add(document.file, place.line, place.column, text)


def variables_of(flow: Flow) -> frozenset[str]:
    """Return the variables that prompts of this flow can speak."""
    found = {*CALL_VARIABLES, *flow.parameters}
    for node in flow.nodes.values():
        match node:
            case CollectNode() | LookUpNode():
                found.add(node.into)
            case SetNode():
                found.update(node.variables)
            case FlowNode():
                found.update(node.take)
    return frozenset(found)


def _values_of(document: Document) -> dict[str, frozenset[str]]:
    """Return prompt to the values in its texts; prompts without any are left out."""
    found: dict[str, frozenset[str]] = {}
    prompts = document.get("prompts")
    for name, texts in prompts.items() if isinstance(prompts, dict) else ():
        for language, text in texts.items() if isinstance(texts, dict) else ():
            if not isinstance(text, str) or "{" not in text:
                continue
            try:
                parts = split_prompt(text, language)
            except ValueError:
                continue  # a problem of its own
            values = {part.name for part in parts if not isinstance(part, str)}
            found[name] = found.get(name, frozenset()) | values
    return found
