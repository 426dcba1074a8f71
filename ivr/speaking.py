"""Numbers, digits, times and money inside prompts: what is said, in which sound files, and what the city must build.

A prompt's text may hold values: `您的受理编号是{case_id:digits}，请记下。` It is spoken as its fixed parts, each a
sound file of its own (`case_number__1`), with the values between them, each a sequence of pieces (`num_3`, `unit_wan`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import ModuleType

from ivr import speaking_en, speaking_zh
from ivr.model import SystemPrompt
from ivr.speaking_words import PAUSE, CantSay, Kind, Spoken, Value, Vocabulary

__all__ = ["PAUSE", "CantSay", "Kind", "PromptBook", "Sound", "Spoken", "Value", "speak", "split_prompt"]

_LANGUAGES: Mapping[str, ModuleType] = {"zh": speaking_zh, "en": speaking_en}

DEFAULT_KINDS = {
    "case_id": Kind.DIGITS,
    "caller": Kind.TELEPHONE,
    "queue_position": Kind.NUMBER,
    "wait_minutes": Kind.NUMBER,
    "time": Kind.TIME,
    "date": Kind.DATE,
    "money": Kind.MONEY,
}
"""How a value is said where the text does not say it: {case_id}."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_INSIDE = re.compile(r"([a-z][a-z0-9_]{0,39})(?::([a-z]+))?")
_WORD = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A value inside a text."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Sound:
    """A sound file that the city needs."""

    language: str
    name: str
    "File name without suffix."
    text: str
    "What is said; silence where empty."
    is_piece: bool
    "Part of a sequence: no pause after it."


def speak(kind: Kind, value: Value, language: str) -> Spoken:
    """Return a value as it is said. Raises CantSay for a value that is not of this kind, or an unknown language."""
    module = _LANGUAGES.get(language)
    if module is None:
        raise CantSay(f"there are no spoken numbers in the language {language!r}")
    vocabulary: Vocabulary = module.VOCABULARY
    return vocabulary.spoken(module.pieces(Kind(kind), value))


def split_prompt(text: str, language: str) -> tuple[str | Placeholder, ...]:
    """Return a prompt's text as fixed parts and values. Raises ValueError with a sentence for an admin."""
    parts: list[str | Placeholder] = []
    end = 0
    for match in _PLACEHOLDER.finditer(text):
        before, after = text[end : match.start()], text[match.end() :]
        parts += [before] if before else []
        parts.append(_placeholder(match[1], language, text[: match.start()], after))
        end = match.end()
    parts += [text[end:]] if text[end:] else []
    if any(isinstance(part, str) and ("{" in part or "}" in part) for part in parts):
        raise ValueError("a { or } stands alone; values are written as {name:kind}")
    return tuple(parts)


def _placeholder(inside: str, language: str, before: str, after: str) -> Placeholder:
    match = _INSIDE.fullmatch(inside)
    kinds = ", ".join(Kind)
    if match is None:
        raise ValueError(f"{{{inside}}} is no value; write {{name:kind}}, where kind is one of {kinds}")
    name, word = match[1], match[2]
    if word is None and name not in DEFAULT_KINDS:
        raise ValueError(f"{{{name}}} needs a kind, such as {{{name}:digits}}; kinds: {kinds}")
    if word is not None and word not in set(Kind):
        raise ValueError(f"{{{inside}}}: there is no kind {word!r}; kinds: {kinds}")
    if language not in _LANGUAGES:
        raise ValueError(f"values can be spoken in {', '.join(_LANGUAGES)} only, not in {language}")
    kind = Kind(word) if word else DEFAULT_KINDS[name]
    if kind is Kind.NUMBER and language == "zh" and not before.endswith("第"):
        kind = Kind.COUNT if after.startswith(speaking_zh.MEASURE_WORDS) else kind
    return Placeholder(name, kind)


@dataclass(frozen=True, slots=True)
class PromptBook:
    """The texts of a city's prompts, and the sound files that each is spoken with."""

    prompts: Mapping[str, Mapping[str, str]]
    "Prompt to language to text."
    _split: dict[tuple[str, str], tuple[tuple[str, str | Placeholder], ...] | None] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    "Prompt and language to its parts, each with its file; None for a prompt without values."

    def __post_init__(self) -> None:
        """Split every text once. Raises ValueError where one can't be."""
        for name, texts in self.prompts.items():
            for language, text in texts.items():
                self._split[name, language] = _parts_of(name, text, language)

    def files(self, prompt: str, language: str, values: Mapping[str, Value] | None = None) -> tuple[str, ...]:
        """Return the sound files that speak the prompt, in order.

        Nothing is spoken where a value is missing or is none of its kind: better silence than half a sentence.
        """
        parts = self._split.get((prompt, language))
        if parts is None:
            return (prompt,)
        files: list[str] = []
        for file, part in parts:
            if isinstance(part, str):
                files.append(file)
                continue
            spoken = _say(part, values or {}, language)
            if spoken is None:
                return ()
            files += spoken.pieces
        return tuple(files)

    def text(self, prompt: str, language: str, values: Mapping[str, Value] | None = None) -> str:
        """Return the prompt as text with its values as they are said; a value that is missing stays as {name}."""
        parts = self._split.get((prompt, language))
        if parts is None:
            return self.prompts[prompt][language]
        words = []
        for _, part in parts:
            spoken = None if isinstance(part, str) else _say(part, values or {}, language)
            words.append(part if isinstance(part, str) else spoken.text if spoken else f"{{{part.name}}}")
        return "".join(words)

    def placeholders(self, prompt: str) -> frozenset[str]:
        """Return the names of the values that the prompt speaks, in any language."""
        found = (self._split.get((prompt, language)) or () for language in self.prompts[prompt])
        return frozenset(part.name for parts in found for _, part in parts if isinstance(part, Placeholder))

    def sounds(self) -> Iterator[Sound]:
        """Yield every sound file: prompts without values whole, the fixed parts of the others, and their pieces.

        A prompt of the city that is called like a piece replaces it.
        """
        pieces: dict[tuple[str, str], str] = {}
        for (prompt, language), parts in self._split.items():
            if parts is None:
                yield Sound(language, prompt, self.prompts[prompt][language], False)
                continue
            for file, part in parts:
                if isinstance(part, str):
                    yield Sound(language, file, part, True)
                else:
                    texts = _LANGUAGES[language].texts_of(part.kind)
                    pieces |= {(language, name): text for name, text in texts.items()}
        for (language, name), text in pieces.items():
            if name not in self.prompts:
                yield Sound(language, name, text, True)


def _parts_of(name: str, text: str, language: str) -> tuple[tuple[str, str | Placeholder], ...] | None:
    # {name} of connecting_hotline is filled for each hotline when the city is loaded
    if name == SystemPrompt.CONNECTING_HOTLINE or not {"{", "}"} & set(text):
        return None
    parts = [part for part in split_prompt(text, language) if not isinstance(part, str) or _WORD.search(part)]
    named: list[tuple[str, str | Placeholder]] = []
    for part in parts:
        number = 1 + sum(isinstance(earlier, str) for _, earlier in named)
        named.append((f"{name}__{number}" if isinstance(part, str) else "", part))
    return tuple(named)


def _say(part: Placeholder, values: Mapping[str, Value], language: str) -> Spoken | None:
    try:
        return speak(part.kind, values[part.name], language)
    except (CantSay, KeyError):
        return None
