"""Checks prompts.yaml: the prompts that the service speaks by itself, and the values inside texts."""

from __future__ import annotations

from typing import Any

from hotline.config.positions import Document
from hotline.config.problems import Problems
from ivr.model import SystemPrompt, WaitingPrompt
from ivr.speaking import PromptBook, split_prompt


def check_prompts(document: Document, problems: Problems) -> None:
    """Add a problem for each prompt that is missing and each text whose values can't be spoken."""
    prompts = document.get("prompts")
    if not isinstance(prompts, dict):
        return
    place = document.place_of_key(("prompts",))
    for name in SystemPrompt:
        if name not in prompts:
            hint = problems.did_you_mean(name, [word for word in prompts if word not in set(SystemPrompt)])
            text = f"the prompt {name} is missing; the service speaks it by itself{hint}"
            problems.add(document.file, place.line, place.column, text)
    for name, texts in prompts.items():
        for language, text in texts.items() if isinstance(texts, dict) else ():
            complaint = _complaint(name, language, text, prompts) if isinstance(text, str) else ""
            if complaint:
                at = document.place(("prompts", name, language))
                problems.add(document.file, at.line, at.column, complaint)


def check_waiting_prompts(prompts: Document, queues: Document, problems: Problems) -> None:
    """Add a problem for each queue that tells callers their place without a prompt for it."""
    known, written = prompts.get("prompts"), queues.get("queues")
    for index, queue in enumerate(written if isinstance(written, list) else ()):
        if not isinstance(queue, dict) or queue.get("announce_position") != "true" or not isinstance(known, dict):
            continue
        for name in WaitingPrompt:
            if name not in known:
                place = queues.place(("queues", index, "announce_position"))
                text = f"the prompt {name} is missing in prompts.yaml; it is spoken where announce_position is true"
                problems.add(queues.file, place.line, place.column, text)


def sound_names(prompts: dict[str, Any]) -> set[str]:
    """Return the sound files that the texts are spoken with besides those of whole prompts: parts and pieces."""
    names: set[str] = set()
    for name, texts in prompts.items():
        for language, text in texts.items() if isinstance(texts, dict) else ():
            try:
                names |= {sound.name for sound in PromptBook({name: {language: text}}).sounds()}
            except (TypeError, ValueError):
                continue  # a problem of its own
    return names


def _complaint(name: str, language: str, text: str, prompts: dict[str, Any]) -> str:
    is_pattern = name == SystemPrompt.CONNECTING_HOTLINE
    if is_pattern != ("{name}" in text) or (is_pattern and {"{", "}"} & set(text.replace("{name}", ""))):
        return "{name}, the hotline's name, must stand in connecting_hotline and nowhere else, without other { or }"
    if is_pattern:
        return ""
    try:
        parts = split_prompt(text, language)
    except ValueError as error:
        return str(error)
    taken = [f"{name}__{number}" for number in range(1, len(parts) + 1) if f"{name}__{number}" in prompts]
    return f"the name {taken[0]} is needed for a part of {name}; rename it" if taken and len(parts) > 1 else ""
