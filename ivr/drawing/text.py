"""How wide a text is, and where it breaks. Without a font at hand: estimates, wide enough for the usual ones."""

from __future__ import annotations

import unicodedata

WIDE, NARROW, UPPER, THIN = 1.0, 0.56, 0.68, 0.32


def width_of(text: str, size: float) -> float:
    """Return the width of a text on one line, in pixels."""
    return sum(map(_em, text)) * size


def _em(char: str) -> float:
    if unicodedata.east_asian_width(char) in "WF":
        return WIDE
    if char in " .,:;'|!ijl()[]":
        return THIN
    return UPPER if char.isupper() or char in "mwMW@%" else NARROW


def wrapped(text: str, size: float, width: float, lines: int) -> list[str]:
    """Return the text in at most so many lines of this width; what does not fit ends in an ellipsis."""
    found: list[str] = []
    rest = text.strip()
    while rest and len(found) < lines:
        fits = _fitting(rest, size, width)
        if fits < len(rest) and len(found) == lines - 1:
            fits = max(1, _fitting(rest, size, width - size))
            found.append(rest[:fits].rstrip() + "…")
            break
        cut = _good_break(rest, fits)
        found.append(rest[:cut].strip())
        rest = rest[cut:].strip()
    return found


def _fitting(text: str, size: float, width: float) -> int:
    used = 0.0
    for index, char in enumerate(text):
        used += _em(char) * size
        if used > width:
            return max(index, 1)
    return len(text)


def _good_break(text: str, fits: int) -> int:
    """Break at a space where a word would be torn, and before no closing mark."""
    if fits >= len(text):
        return fits
    if text[fits] in "，。；：、！？,.;:!?）)":
        fits = max(1, fits - 1)
    if not (_may_part(text[fits - 1]) or _may_part(text[fits])):
        space = text.rfind(" ", 0, fits)
        if space > fits // 2:
            return space + 1
    return fits


def _may_part(char: str) -> bool:
    return char == " " or unicodedata.east_asian_width(char) in "WF"
