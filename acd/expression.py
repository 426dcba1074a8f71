"""Reads what an admin writes as a need: skills with levels, `and`, `or`, `not`, parentheses, `anyone`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from acd.need_tree import COMPARE, EVERYBODY, Level, Node, Not, all_of, any_of

MAX_CHARACTERS = 500
"Of one expression."

MAX_LEVEL = 5
"The best that an operator can be."

MAX_DEPTH = 20
"Parentheses and `not` inside each other."

_WORDS = frozenset({"and", "or", "not", "anyone"})
_TOKEN = re.compile(r"\s*(?:(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<number>[0-9]+)|(?P<sign>>=|<=|==|>|<|\(|\)))")
_SKILL = re.compile("[a-z][a-z0-9_]{0,39}")


class RequirementError(ValueError):
    """The expression can't be read."""

    def __init__(self, position: int, problem: str) -> None:
        """`position` counts characters from 1."""
        super().__init__(f"{problem} (character {position})")
        self.position = position
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Token:
    """A word, a number or a sign of an expression."""

    kind: str
    text: str
    position: int
    "From 1."


def parsed(text: str) -> Node:
    """Return the tree of an expression; raise RequirementError."""
    return _Parser(text).parsed()


def skill_places(text: str) -> list[tuple[str, int]]:
    """Return each skill that a readable expression names and its position, from 1."""
    return [(t.text, t.position) for t in _split(text) if t.kind == "word" and t.text not in _WORDS]


def _split(text: str) -> list[Token]:
    if len(text) > MAX_CHARACTERS:
        raise RequirementError(MAX_CHARACTERS, f"the expression is longer than {MAX_CHARACTERS} characters")
    tokens, at, end = [], 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            wrong = len(text) - len(text[at:].lstrip())
            hint = "write == for equal; " if text[wrong] == "=" else ""
            problem = f'"{text[wrong]}" can\'t be read; {hint}allowed: skills, levels, and, or, not, ( ), >= > <= < =='
            raise RequirementError(wrong + 1, problem)
        kind = str(found.lastgroup)
        tokens.append(Token(kind, found[kind], found.start(kind) + 1))
        at = found.end()
    return tokens


class _Parser:
    """Reads `or` of `and` of `not` of skills, once, from left to right."""

    def __init__(self, text: str) -> None:
        self._tokens = _split(text)
        self._end = len(text.rstrip()) + 1
        self._next = 0
        self._depth = 0

    def parsed(self) -> Node:
        node = self._alternatives()
        if (rest := self._peek()) is not None:
            problem = f'"{rest.text}" is not expected here; join skills with "and" or "or"'
            raise RequirementError(rest.position, problem)
        return node

    def _alternatives(self) -> Node:
        parts = [self._together()]
        while self._take("or"):
            parts.append(self._together())
        return any_of(parts)

    def _together(self) -> Node:
        parts = [self._one()]
        while self._take("and"):
            parts.append(self._one())
        return all_of(parts)

    def _one(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise RequirementError(self._here(), f"more than {MAX_DEPTH} parentheses or nots inside each other")
        try:
            if self._take("not"):
                part = self._one()
                return part.part if isinstance(part, Not) else Not(part)
            if self._take("("):
                node = self._alternatives()
                if not self._take(")"):
                    raise RequirementError(self._here(), 'a ")" is missing')
                return node
            return EVERYBODY if self._take("anyone") else self._level()
        finally:
            self._depth -= 1

    def _level(self) -> Node:
        token = self._peek()
        if token is None or token.kind != "word" or token.text in _WORDS:
            raise RequirementError(self._here(), 'a skill is missing; write it as "gas" or "gas >= 3"')
        if _SKILL.fullmatch(token.text) is None:
            problem = f'"{token.text}" is no skill; it must be small letters, digits and _, at most 40'
            raise RequirementError(token.position, problem)
        self._next += 1
        sign = self._peek()
        if sign is None or sign.text not in COMPARE:
            return Level(token.text, ">=", 1)
        self._next += 1
        level = self._peek()
        if level is None or level.kind != "number" or int(level.text[:4]) > MAX_LEVEL:
            problem = f'after "{token.text} {sign.text}" must follow a level, 0 to {MAX_LEVEL}'
            raise RequirementError(self._here(), problem)
        self._next += 1
        return _normal(token.text, sign.text, int(level.text))

    def _peek(self) -> Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _take(self, text: str) -> bool:
        token = self._peek()
        if token is None or token.text != text:
            return False
        self._next += 1
        return True

    def _here(self) -> int:
        token = self._peek()
        return token.position if token is not None else self._end


def _normal(skill: str, sign: str, level: int) -> Node:
    """Return the one way in which this is said: levels are whole, so `> 2` is `>= 3`."""
    if sign in (">=", ">"):
        least = level + (sign == ">")
        return Level(skill, ">=", least) if least > 0 else EVERYBODY
    return Level(skill, "<", level + 1) if sign == "<=" else Level(skill, sign, level)
