"""Words pydantic's errors for an admin: where, what is wrong, what is allowed, did you mean."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from acd.desks import PAUSE_KEY_PATTERN
from acd.expression import RequirementError
from acd.pins import PIN_PATTERN
from calls import patterns
from hotline.config.city import ADDRESS_PATTERN, TIMEZONE_PATTERN, URL_PATTERN, VOICE_PATTERN
from hotline.config.positions import Document, Keys
from hotline.config.problems import Problems, listed, quoted

_PATTERN_WORDS = {
    patterns.ID_PATTERN: "must be a small letter, then small letters, digits or _ (at most 40), such as gas_repairs",
    patterns.NUMBER_PATTERN: "must be 2 to 20 digits without spaces or hyphens (a + may stand in front), such as 96777",
    patterns.NUMBER_RANGE_PATTERN: "must be 2 to 20 digits, with a * at the end for every number that begins so",
    patterns.TABLE_PATTERN: "must be a file beside flows.yaml, such as districts.csv",
    patterns.LIST_FILE_PATTERN: "must be a file beside city.yaml, such as enterprises.txt",
    patterns.URL_TEMPLATE_PATTERN: "must be an address such as http://127.0.0.1:8080/cases?number={caller}",
    patterns.OPERATOR_ID_PATTERN: "must be 2 to 8 digits, such as 1001",
    patterns.SHARED_PHONE_PATTERN: 'must be 1 to 8 digits in quotation marks, such as "7"',
    patterns.LANGUAGE_PATTERN: "must be a language's two or three small letters, such as zh or en",
    patterns.MENU_KEY_PATTERN: "must be one key of a telephone: a digit, * or # (the last two in quotes)",
    patterns.HOTLINE_KEY_PATTERN: "must be exactly two digits, such as '02'",
    patterns.NAME_PATTERN: 'must be 1 to 80 characters on one line, without " < > ; \\ $ { } [ ]',
    patterns.TEXT_PATTERN: "must be 1 to 1000 characters on one line",
    ADDRESS_PATTERN: "must be host:port, such as 192.0.2.10:5060",
    URL_PATTERN: "must be an address that begins with http:// or https://",
    VOICE_PATTERN: "must be a voice's name: letters, digits and _ + . -",
    TIMEZONE_PATTERN: "must be a time zone such as Asia/Shanghai",
    PIN_PATTERN: "must be what `hotline operators pin` prints, or 4 to 12 digits in quotation marks",
    PAUSE_KEY_PATTERN: 'must be one or two digits in quotation marks, such as "1"',
    patterns.SIP_URI_PATTERN: "must be a SIP address such as sip:1001@192.0.2.7:5060",
}
_TYPE_WORDS = {
    "string_type": "must be a text",
    "string_unicode": "must be a text of valid Unicode characters",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "is too large a number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "tuple_type": "must be a list: [a, b] or one '- ' line for each item",
    "list_type": "must be a list: [a, b] or one '- ' line for each item",
    "dict_type": "must be a mapping: indented lines of 'key: value'",
    "mapping_type": "must be a mapping: indented lines of 'key: value'",
    "model_type": "must be a mapping: indented lines of 'key: value'",
    "model_attributes_type": "must be a mapping: indented lines of 'key: value'",
}
_BOUND_WORDS = {"greater_than_equal": "at least {ge}", "less_than_equal": "at most {le}"}


def explain(document: Document, model: type[BaseModel], error: ValidationError, problems: Problems) -> None:
    """Add a problem for each of the errors, at the key or value that it is about."""
    details = error.errors(include_url=False)
    wrong_inside = {detail["loc"][:length] for detail in details for length in range(len(detail["loc"]))}
    for detail in details:
        if detail["type"] == "too_short" and detail["loc"] in wrong_inside:
            continue  # pydantic does not count items that are wrong themselves
        keys, about_key = _keys_of(document.data, detail["loc"])
        if detail["type"] == "union_tag_invalid":
            keys = (*keys, "kind")
        text, about_key = _words(model, detail, keys, about_key)
        place = document.place_of_key(keys) if about_key else document.place(keys)
        inside = detail.get("ctx", {}).get("error")
        if isinstance(inside, RequirementError):
            place = document.place_inside(keys, inside.position)
        problems.add(document.file, place.line, place.column, text)


def _keys_of(data: Any, loc: tuple[int | str, ...]) -> tuple[Keys, bool]:
    """Return the way in the file that pydantic's `loc` means; its union tags and field aliases are no part of it."""
    keys: Keys = ()
    for step in loc:
        if step == "[key]":
            return keys, True
        inside = step in data if isinstance(data, dict) else isinstance(data, list) and step in range(len(data))
        if inside:
            data = data[step]
            keys = (*keys, step)
    return keys, False


def _words(model: type[BaseModel], detail: ErrorDetails, keys: Keys, about_key: bool) -> tuple[str, bool]:
    kind, value, context = detail["type"], detail["input"], detail.get("ctx", {})
    name = next((key for key in reversed(keys) if isinstance(key, str)), "this file")
    if kind == "missing":
        return _missing_words(model, detail["loc"]), False
    if kind == "extra_forbidden":
        return _extra_words(model, detail["loc"]), True
    if kind == "union_tag_not_found":
        return f"kind is missing; {_kinds(model, detail['loc'])}", False
    if kind == "union_tag_invalid":
        allowed = [word.strip(" '") for word in str(context["expected_tags"]).split(",")]
        wrong = context["tag"]
        if wrong == "None":
            return f"kind has no value; allowed: {listed(allowed)}", False
        hint = Problems.did_you_mean(wrong, allowed)
        return f"kind {quoted(wrong)} is unknown; allowed: {listed(allowed)}{hint}", False
    if value is None and kind in _TYPE_WORDS:
        return f"{name} has no value; it {_TYPE_WORDS[kind]}", True
    if about_key:
        return f"the key {quoted(name)} {_rule(kind, context, value, detail['msg'])}", True
    shown = f" (it is {quoted(value)})" if isinstance(value, str | int | float) else ""
    return f"{name} {_rule(kind, context, value, detail['msg'])}{shown}", False


def _rule(kind: str, context: Mapping[str, Any], value: Any, message: str) -> str:
    if kind == "string_pattern_mismatch":
        return _PATTERN_WORDS.get(str(context["pattern"]), f"must match {context['pattern']}")
    if kind in _BOUND_WORDS:
        return f"must be {_BOUND_WORDS[kind].format(**context)}"
    if kind in ("int_parsing", "float_parsing") and isinstance(value, str) and ":" in value:
        return f"{_TYPE_WORDS[kind]}; write minutes and seconds as seconds, 1:30 as 90"
    if kind in _TYPE_WORDS:
        return _TYPE_WORDS[kind]
    if kind == "too_short":
        return "must not be empty"
    if kind == "too_long":
        return f"must have at most {context['max_length']} parts"
    if kind == "string_too_long":
        return f"must have at most {context['max_length']} characters"
    if kind == "literal_error":
        return f"must be {context['expected']}".replace("'", "")
    if kind == "value_error":
        return str(context["error"])
    return f"is wrong: {message}"


def _missing_words(model: type[BaseModel], loc: tuple[int | str, ...]) -> str:
    name = str(loc[-1])
    parent = _model_at(model, loc[:-1])
    description = next(
        (info.description for field, info in parent.model_fields.items() if _key_of(parent, field) == name), None
    )
    return f"{name} is missing" + (f"; {name}: {description}" if description else "")


def _extra_words(model: type[BaseModel], loc: tuple[int | str, ...]) -> str:
    name = str(loc[-1])
    parent = _model_at(model, loc[:-1])
    allowed = [_key_of(parent, field) for field in parent.model_fields]
    return (
        f"the key {quoted(name)} is unknown here; allowed: {listed(allowed, 20)}{Problems.did_you_mean(name, allowed)}"
    )


def _key_of(model: type[BaseModel], field: str) -> str:
    alias = model.model_fields[field].validation_alias
    return alias if isinstance(alias, str) else field


def _kinds(model: type[BaseModel], loc: tuple[int | str, ...]) -> str:
    members = _members(_annotation_at(model, loc))
    return f"allowed: {listed(str(member.model_fields['kind'].default) for member in members)}"


def _model_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> type[BaseModel]:
    found = _members(_annotation_at(model, loc))
    return found[0]


def _annotation_at(model: type[BaseModel], loc: tuple[int | str, ...]) -> Any:
    current: Any = model
    for step in loc:
        current = _step(current, step)
    return current


def _step(annotation: Any, step: int | str) -> Any:
    members = _members(annotation)
    if len(members) > 1:  # a union: the step is the tag of one member
        return next(member for member in members if member.model_fields["kind"].default == step)
    if members:
        fields = members[0].model_fields
        return next(info.annotation for field, info in fields.items() if step in (field, _key_of(members[0], field)))
    plain = _plain(annotation)
    arguments = get_args(plain)
    return arguments[0] if get_origin(plain) is tuple else arguments[1]


def _members(annotation: Any) -> list[type[BaseModel]]:
    """Return the models that the annotation allows: one, those of a union, or none."""
    plain = _plain(annotation)
    if get_origin(plain) in (Union, UnionType):
        return [member for each in get_args(plain) for member in _members(each)]
    return [plain] if isinstance(plain, type) and issubclass(plain, BaseModel) else []


def _plain(annotation: Any) -> Any:
    """Return the annotation without Annotated and without None."""
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, UnionType):
        others = [each for each in get_args(annotation) if each is not NoneType]
        if len(others) == 1:
            return _plain(others[0])
    return annotation
