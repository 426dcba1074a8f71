"""Checks that a city that calls citizens back has what it needs for that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from acd.callback_policy import CallbackPrompt
from hotline.config.positions import Document, Keys
from hotline.config.problems import Problems

YES = (True, "true", "yes")
"""How YAML and people say so."""


def check_callbacks(documents: Mapping[str, Document], problems: Problems) -> None:
    """Add a problem for each prompt that is missing, and for each part that stands without a trunk to call on."""
    city, queues = documents["city"], documents["queues"]
    section = city.get("callbacks")
    section = section if isinstance(section, dict) else {}
    if "trunk" in section:
        _check_prompts(documents["prompts"], problems)
        return
    for keys in _asking(queues):
        if queues.get(*keys) in YES:
            place = queues.place_of_key(keys)
            text = "nobody can be called back without a trunk; add callbacks: {trunk: ...} to city.yaml"
            problems.add(queues.file, place.line, place.column, text)
    missed = city.get("missed")
    if isinstance(missed, dict) and missed.get("offer_when_idle") in YES:
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


def _asking(queues: Document) -> Iterator[Keys]:
    """Yield each place where a queue may say that its callers can be called back."""
    rows = queues.get("queues")
    for index, queue in enumerate(rows if isinstance(rows, list) else []):
        if not isinstance(queue, dict):
            continue
        yield ("queues", index, "callback")
        overflow = queue.get("overflow")
        for rule in overflow if isinstance(overflow, dict) else ():
            yield ("queues", index, "overflow", rule, "callback")
