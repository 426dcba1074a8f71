"""Checks that a city that calls citizens back has what it needs for that."""

from __future__ import annotations

from collections.abc import Mapping

from acd.callback_policy import CallbackPrompt
from hotline.config.positions import Document
from hotline.config.problems import Problems


def check_callbacks(documents: Mapping[str, Document], problems: Problems) -> None:
    """Add a problem for each prompt that is missing, and for each part that stands without a trunk to call on."""
    city, queues = documents["city"], documents["queues"]
    section = city.get("callbacks")
    section = section if isinstance(section, dict) else {}
    if "trunk" in section:
        _check_prompts(documents["prompts"], problems)
        return
    for index, queue in enumerate(_items(queues.get("queues"))):
        if isinstance(queue, dict) and queue.get("callback") in (True, "true", "yes"):
            place = queues.place_of_key(("queues", index, "callback"))
            text = "nobody can be called back without a trunk; add callbacks: {trunk: ...} to city.yaml"
            problems.add(queues.file, place.line, place.column, text)
    missed = city.get("missed")
    if isinstance(missed, dict) and missed.get("offer_when_idle") in (True, "true", "yes"):
        place = city.place_of_key(("missed", "offer_when_idle"))
        text = "nobody can be called without a trunk; add callbacks: {trunk: ..., queue: ...}"
        problems.add(city.file, place.line, place.column, text)


def _check_prompts(document: Document, problems: Problems) -> None:
    prompts = document.get("prompts")
    if not isinstance(prompts, dict):
        return
    place = document.place_of_key(("prompts",))
    for name in CallbackPrompt:
        if name not in prompts:
            hint = problems.did_you_mean(name, [word for word in prompts if word not in set(CallbackPrompt)])
            text = f"the prompt {name} is missing; citizens hear it who are called back{hint}"
            problems.add(document.file, place.line, place.column, text)


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []
