"""How long a prompt speaks: a recording is measured, a text is estimated the way espeak-ng speaks it."""

from __future__ import annotations

import re
import wave
from collections.abc import Mapping
from pathlib import Path

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]|[0-9]")
_LETTER = re.compile("[A-Za-z]")
_DIGIT = re.compile("[0-9]")
_PAUSE = re.compile("[，。；：、！？,.;:!?]")
_VALUE = re.compile(r"\{[^{}]*\}")

VALUE_SECONDS = 1.5
"A value that is put into a prompt: a number, a time."

ALAW_BYTES_PER_SECOND = 8000

# Fitted to what espeak-ng 1.51 makes of the 36 texts of examples/beijing: no text is more than half a second off.
ZH_RATE, ZH_SYLLABLE, ZH_LETTER, ZH_PAUSE = 205, 0.28, 0.02, 0.27
EN_RATE, EN_LETTER, EN_DIGIT, EN_PAUSE = 155, 0.073, 0.27, 0.35


def spoken_seconds(text: str, language: str, rates: Mapping[str, int]) -> float:
    """Return how long the speech engine takes for a text, in seconds."""
    values = len(_VALUE.findall(text))
    text = _VALUE.sub("", text)
    pauses = len(_PAUSE.findall(text))
    if language == "zh":
        seconds = ZH_SYLLABLE * len(_HAN.findall(text)) + ZH_LETTER * len(_LETTER.findall(text)) + ZH_PAUSE * pauses
        pace = ZH_RATE / rates.get(language, ZH_RATE)
    else:
        letters = sum(char.isalpha() for char in text)
        seconds = EN_LETTER * letters + EN_DIGIT * len(_DIGIT.findall(text)) + EN_PAUSE * pauses
        pace = EN_RATE / rates.get(language, EN_RATE)
    return seconds * pace + VALUE_SECONDS * values


def recorded_seconds(folder: Path, prompt: str, language: str) -> float | None:
    """Return how long the recording of a prompt plays; None where there is none, or none that can be measured."""
    path = folder / language / f"{prompt}.wav"
    try:
        with wave.open(str(path)) as sound:
            return float(sound.getnframes() / sound.getframerate())
    except (OSError, EOFError, wave.Error, ZeroDivisionError):
        pass
    try:
        return float(path.with_suffix(".alaw").stat().st_size / ALAW_BYTES_PER_SECOND)
    except OSError:
        return None
