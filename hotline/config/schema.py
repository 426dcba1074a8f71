"""JSON Schema of each file of a configuration: what editors complete, explain and underline while an admin writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from hotline.config.files import FILES
from ivr.expect import ExpectationFile

SCHEMA_DIALECT = "http://json-schema.org/draft-07/schema#"
"What editors understand best."

FILLED_IN = {"MenuNode": ("no_input",), "CollectNode": ("no_input",), "Hotline": ("trunk", "on_failure")}
"Keys that a model needs and an admin may leave out, since something around them fills them in."

LEFT_OUT = frozenset({"discriminator", "title", "format"})
"format: a day and a time are written as people write them, without a T between."

TESTS = "tests"

MODELS: Mapping[str, type[BaseModel]] = {**FILES, TESTS: ExpectationFile}
"Name to model: the files of a configuration, and its expectation files (tests/*.yaml)."


def schema_of(name: str) -> dict[str, Any]:
    """Return the schema of a file: flows, city, ..., or tests."""
    schema = MODELS[name].model_json_schema(by_alias=True, mode="validation")
    for title, definition in schema.get("$defs", {}).items():
        required = [key for key in definition.get("required", ()) if key not in FILLED_IN.get(title, ())]
        # without its kind a node would be any of them
        kind = ["kind"] if "const" in definition.get("properties", {}).get("kind", {}) else []
        definition["required"] = [*kind, *required]
    simple: dict[str, Any] = _simplified(schema)
    simple["$schema"] = SCHEMA_DIALECT
    simple["title"] = f"{name}/*.yaml" if name == TESTS else f"{name}.yaml"
    return simple


def _simplified(value: Any) -> Any:
    """Return the schema without what draft 7 and editors don't know, or what an admin never writes."""
    if isinstance(value, list):
        return [_simplified(each) for each in value]
    if not isinstance(value, dict):
        return value.replace("#/$defs/", "#/definitions/") if isinstance(value, str) else value
    value = _without_null(value)
    found = {key: _simplified(each) for key, each in value.items() if key not in LEFT_OUT}
    if isinstance(value.get("title"), dict):
        found["title"] = _simplified(value["title"])  # a key of that name, and no title
    if "$defs" in found:
        found["definitions"] = found.pop("$defs")
    if found.get("default", "") is None:
        del found["default"]
    if "patternProperties" in found:
        found["additionalProperties"] = False
    return found


def _without_null(value: dict[str, Any]) -> dict[str, Any]:
    """Leaving a key out is how an admin says nothing: null is no choice to offer."""
    choices = [each for each in value.get("anyOf", ()) if each != {"type": "null"}]
    if len(choices) == 1:
        return {**choices[0], **{key: each for key, each in value.items() if key != "anyOf"}}
    return {**value, "anyOf": choices} if choices else value
