"""English: numbers, digits, times, dates and money as they are said, each as pieces that a voice can record."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.speaking_words import (
    PAUSE,
    Kind,
    Value,
    Vocabulary,
    grouped,
    to_date,
    to_digits,
    to_fen,
    to_number,
    to_time,
    to_whole,
)


def _words(text: str) -> list[str]:
    return text.split()


_UNDER_TWENTY = _words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = dict(zip(range(20, 100, 10), _words("twenty thirty forty fifty sixty seventy eighty ninety"), strict=True))
_ORDINALS = _words(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth"
)
_MONTHS = _words("January February March April May June July August September October November December")
_SIGNS = {"*": "word_star", "#": "word_hash", "+": "word_plus"}
_LARGE = (("unit_billion", 10**9), ("unit_million", 10**6), ("unit_thousand", 10**3))

_NUMBERS = {
    **{f"num_{n}": word for n, word in enumerate(_UNDER_TWENTY)},
    **{f"num_{n}": word for n, word in _TENS.items()},
    "unit_hundred": "hundred",
    "unit_thousand": "thousand",
    "unit_million": "million",
    "unit_billion": "billion",
    "word_and": "and",
    "word_point": "point",
    "word_minus": "minus",
}
_ONE_BY_ONE = {
    **{f"num_{n}": word for n, word in enumerate(_UNDER_TWENTY[:10])},
    "word_star": "star",
    "word_hash": "hash",
    "word_plus": "plus",
    PAUSE: "",
}
_ORDINAL = {
    **{f"ord_{n}": word for n, word in enumerate(_ORDINALS, start=1)},
    "ord_30": "thirtieth",
    "word_number": "number",
}
_LENGTHS = {
    "unit_hour": "hour",
    "unit_hours": "hours",
    "unit_minute": "minute",
    "unit_minutes": "minutes",
    "unit_second": "second",
    "unit_seconds": "seconds",
}
_OF_KIND: dict[Kind, dict[str, str]] = {
    Kind.DIGITS: _ONE_BY_ONE,
    Kind.TELEPHONE: _ONE_BY_ONE,
    Kind.ORDINAL: _ORDINAL,
    Kind.POSITION: {"word_number": "number"},
    Kind.TIME: {
        "word_oh": "oh",
        "word_am": "a.m.",
        "word_pm": "p.m.",
        "word_noon": "noon",
        "word_midnight": "midnight",
    },
    Kind.DATE: _ORDINAL | {f"month_{n}": word for n, word in enumerate(_MONTHS, start=1)} | {"word_oh": "oh"},
    Kind.MONEY: {"unit_yuan": "yuan", "unit_fen": "fen"},
    Kind.MINUTES: _LENGTHS,
    Kind.DURATION: _LENGTHS,
}

VOCABULARY = Vocabulary(_NUMBERS | _ONE_BY_ONE | {k: v for words in _OF_KIND.values() for k, v in words.items()}, " ")


def texts_of(kind: Kind) -> dict[str, str]:
    """Return the pieces that values of this kind may need, with their texts."""
    own = _OF_KIND.get(kind, {})
    return dict(own) if own is _ONE_BY_ONE else _NUMBERS | own


def pieces(kind: Kind, value: Value) -> Iterator[str]:
    """Yield the pieces of a value. Raises CantSay for a value that is not of this kind."""
    match kind:
        case Kind.NUMBER | Kind.COUNT:
            yield from _number(value)
        case Kind.DIGITS | Kind.TELEPHONE:
            yield from _one_by_one(to_digits(value), telephone=kind is Kind.TELEPHONE)
        case Kind.ORDINAL:
            yield from _ordinal(to_whole(value, 1))
        case Kind.POSITION:
            yield from ("word_number", *_cardinal(to_whole(value, 1)))
        case Kind.TIME:
            yield from _time(*to_time(value))
        case Kind.DATE:
            yield from _date(*to_date(value))
        case Kind.MONEY:
            yield from _money(to_fen(value))
        case Kind.MINUTES:
            yield from _length(to_whole(value) * 60, "unit_minutes")
        case Kind.DURATION:
            yield from _length(to_whole(value), "unit_seconds")


def _number(value: Value) -> Iterator[str]:
    number = to_number(value)
    if number < 0:
        yield "word_minus"
    whole, _, decimals = f"{abs(number):f}".partition(".")
    yield from _cardinal(int(whole))
    if decimals:
        yield "word_point"
        yield from (f"num_{digit}" for digit in decimals)


def _cardinal(number: int) -> Iterator[str]:
    """Yield a whole number, with "and" before what is below a hundred: one thousand and one."""
    rest = number
    for unit, size in _LARGE:
        if rest >= size:
            yield from (*_below_thousand(rest // size), unit)
            rest %= size
    if rest or not number:
        if number > rest and rest < 100:
            yield "word_and"
        yield from _below_thousand(rest)


def _below_thousand(number: int) -> Iterator[str]:
    hundreds, rest = divmod(number, 100)
    if hundreds:
        yield from (f"num_{hundreds}", "unit_hundred")
        if not rest:
            return
        yield "word_and"
    if rest < 20:
        yield f"num_{rest}"
    else:
        yield f"num_{rest // 10 * 10}"
        if rest % 10:
            yield f"num_{rest % 10}"


def _one_by_one(digits: str, *, telephone: bool) -> Iterator[str]:
    for index, group in enumerate(grouped(digits, telephone=telephone)):
        if index:
            yield PAUSE
        yield from (_SIGNS.get(digit, f"num_{digit}") for digit in group)


def _ordinal(number: int) -> Iterator[str]:
    """Yield first to thirty-first, and "number 32" from there on."""
    if number <= 20 or number == 30:
        yield f"ord_{number}"
    elif number < 32:
        yield from (f"num_{number // 10 * 10}", f"ord_{number % 10}")
    else:
        yield from ("word_number", *_cardinal(number))


def _time(hour: int, minute: int) -> Iterator[str]:
    if not minute and hour % 12 == 0:
        yield "word_noon" if hour == 12 else "word_midnight"
        return
    yield from _cardinal(hour % 12 or 12)
    if minute:
        if minute < 10:
            yield "word_oh"
        yield from _cardinal(minute)
    yield "word_am" if hour < 12 else "word_pm"


def _date(year: int | None, month: int, day: int) -> Iterator[str]:
    yield from (f"month_{month}", *_ordinal(day))
    if year is not None:
        yield from _year(year)


def _year(year: int) -> Iterator[str]:
    century, rest = divmod(year, 100)
    if (century % 10 == 0 and rest < 10) or century < 10:
        yield from _cardinal(year)  # two thousand and five
    elif rest == 0:
        yield from (*_below_thousand(century), "unit_hundred")
    else:
        yield from _below_thousand(century)
        if rest < 10:
            yield "word_oh"
        yield from _below_thousand(rest)


def _money(fen: int) -> Iterator[str]:
    yuan, rest = divmod(fen, 100)
    if yuan or not rest:
        yield from (*_cardinal(yuan), "unit_yuan")
    if rest:
        if yuan:
            yield "word_and"
        yield from (*_cardinal(rest), "unit_fen")


def _length(seconds: int, smallest: str) -> Iterator[str]:
    parts = [("unit_hour", seconds // 3600), ("unit_minute", seconds // 60 % 60), ("unit_second", seconds % 60)]
    if not seconds:
        yield from ("num_0", smallest)
    for unit, amount in parts:
        if amount:
            yield from (*_cardinal(amount), unit if amount == 1 else f"{unit}s")
