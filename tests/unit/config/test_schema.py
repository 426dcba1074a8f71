"""What editors are told: every key with its words, and nothing that an admin can't write."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from hotline.config.schema import MODELS, schema_of
from ivr.model import Flow


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every mapping inside a schema."""
    if isinstance(value, dict):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(each)


@pytest.mark.parametrize("name", MODELS)
def test_a_schema_is_draft_7_and_has_words_for_every_key(name: str) -> None:
    schema = schema_of(name)
    text = json.dumps(schema)
    assert "$defs" not in text
    assert '"null"' not in text
    for definition in [schema, *schema.get("definitions", {}).values()]:
        for key, described in definition.get("properties", {}).items():
            # what only refers to a section has that section's words
            assert key == "kind" or "$ref" in described or described.get("description"), f"{name}: {key}"
    for part in parts(schema):
        reference = part.get("$ref")
        assert reference is None or reference.removeprefix("#/definitions/") in schema["definitions"]
        assert "patternProperties" not in part or part["additionalProperties"] is False


def test_each_kind_of_node_is_offered_and_must_say_what_it_is() -> None:
    definitions = schema_of("flows")["definitions"]
    nodes = definitions["Flow"]["properties"]["nodes"]["patternProperties"]
    (choices,) = [value["oneOf"] for value in nodes.values()]
    names = [choice["$ref"].removeprefix("#/definitions/") for choice in choices]
    kinds = [definitions[name]["properties"]["kind"]["const"] for name in names]
    assert len(kinds) == 15
    assert {"menu", "collect", "choose", "look_up", "survey", "return"} <= set(kinds)
    assert all(definitions[name]["required"][0] == "kind" for name in names)
    assert "with" in definitions["FlowNode"]["properties"]


def test_what_is_filled_in_may_be_left_out() -> None:
    assert "no_input" not in schema_of("flows")["definitions"]["MenuNode"]["required"]
    Flow.model_validate(
        {
            "start": "menu",
            "person": "person",
            "nodes": {
                "menu": {"kind": "menu", "prompt": "main", "keys": {"1": "person"}},
                "person": {"kind": "queue", "queue": "general"},
            },
        }
    )
    assert "trunk" not in schema_of("hotlines")["definitions"]["Hotline"]["required"]
