"""Collects what is wrong with a configuration, and words it the same everywhere."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from calls.errors import ConfigurationError

MAX_TEXT = 400
"Characters of one problem: a file of garbage must not fill the terminal."


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong, and where."""

    file: str
    line: int
    column: int
    text: str
    "What is wrong, and after the first semicolon what mends it."
    is_warning: bool = False
    "The configuration works, but an admin should look at this."

    @property
    def mend(self) -> str:
        """What to do about it, "" where the text says no more than what is wrong."""
        return self.text.partition("; ")[2]

    def __str__(self) -> str:
        kind = "warning: " if self.is_warning else ""
        return f"{self.file}:{self.line}:{self.column}: {kind}{self.text}"


class Problems:
    """All problems of all files, each once: errors, with which nothing starts, and warnings apart from them."""

    def __init__(self) -> None:
        self._found: set[Problem] = set()

    def __len__(self) -> int:
        return len(self.errors)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What must be mended, in the order of the files."""
        return tuple(sorted(problem for problem in self._found if not problem.is_warning))

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What an admin should look at, in the order of the files."""
        return tuple(sorted(problem for problem in self._found if problem.is_warning))

    def add(self, file: str, line: int, column: int, text: str) -> None:
        """Remember an error."""
        self._found.add(Problem(printable(file), line, column, _shortened(printable(text))))

    def warn(self, file: str, line: int, column: int, text: str) -> None:
        """Remember a warning."""
        self._found.add(Problem(printable(file), line, column, _shortened(printable(text)), is_warning=True))

    def lines(self) -> list[str]:
        """Return the errors in the order of the files."""
        return [str(problem) for problem in self.errors]

    def raise_if_any(self) -> None:
        """Raise ConfigurationError with every error, where there is one."""
        if lines := self.lines():
            raise ConfigurationError(lines)

    @staticmethod
    def did_you_mean(word: str, allowed: Iterable[str], question: str = "did you mean ") -> str:
        """Return "; did you mean ...?" where something allowed is written much like the word, else nothing."""
        close = difflib.get_close_matches(word[:80], list(allowed), n=1, cutoff=0.6)
        return f"; {question}{quoted(close[0])}?" if close else ""


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 1] + "…"


def printable(text: str) -> str:
    """Return the text on one line, with control characters and lone surrogates written as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def quoted(value: object) -> str:
    """Return the value in quotes, shortened."""
    text = str(value)
    return f'"{text if len(text) <= 60 else text[:59] + "…"}"'


def listed(allowed: Iterable[str], limit: int = 14) -> str:
    """Return the allowed words in one line, the first ones where there are many."""
    words = list(allowed)
    if not words:
        return "none yet"
    more = f", … ({len(words)} in all)" if len(words) > limit else ""
    return ", ".join(words[:limit]) + more
