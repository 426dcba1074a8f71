"""Mandarin: numbers, digits, times, dates and money as they are said, each as pieces that a voice can record."""

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

_DIGITS = "零一二三四五六七八九"
_SIGNS = {"*": "word_star", "#": "word_hash", "+": "word_plus"}

# 一百, 三千 are pieces of their own and not 一 + 百: a speaker changes the tone of 一 there, and it sounds whole
_NUMBERS = {
    **{f"num_{n}": word for n, word in enumerate(_DIGITS)},
    "num_10": "十",
    "num_liang": "两",
    **{f"tens_{n}": f"{_DIGITS[n]}十" for n in range(1, 10)},
    **{f"hundred_{n}": f"{_DIGITS[n]}百" for n in range(1, 10)},
    **{f"thousand_{n}": f"{_DIGITS[n]}千" for n in range(1, 10)},
    "thousand_liang": "两千",
    "unit_wan": "万",
    "unit_yi": "亿",
    "word_point": "点",
    "word_minus": "负",
}
_ONE_BY_ONE = {
    **{f"num_{n}": word for n, word in enumerate(_DIGITS)},
    "num_yao": "幺",
    "word_star": "星号",
    "word_hash": "井号",
    "word_plus": "加",
    PAUSE: "",
}
_LENGTHS = {"unit_hours": "小时", "unit_minutes": "分钟", "unit_seconds": "秒"}
_OF_KIND: dict[Kind, dict[str, str]] = {
    Kind.DIGITS: _ONE_BY_ONE,
    Kind.TELEPHONE: _ONE_BY_ONE,
    Kind.ORDINAL: {"word_di": "第"},
    Kind.POSITION: {"word_di": "第", "unit_wei": "位"},
    Kind.TIME: {"unit_dian": "点", "unit_fen": "分"},
    Kind.DATE: {"unit_nian": "年", "unit_yue": "月", "unit_ri": "日"},
    Kind.MONEY: {"unit_yuan": "元", "unit_jiao": "角", "unit_fen": "分"},
    Kind.MINUTES: _LENGTHS,
    Kind.DURATION: _LENGTHS,
}

VOCABULARY = Vocabulary(_NUMBERS | _ONE_BY_ONE | {k: v for words in _OF_KIND.values() for k, v in words.items()}, "")

MEASURE_WORDS = (
    "分钟",
    "小时",
    "位",
    "个",
    "人",
    "名",
    "元",
    "块",
    "天",
    "周",
    "年",
    "秒",
    "次",
    "条",
    "项",
    "件",
    "点",
)
"""What follows a number that counts things: 两 before each of them."""


def texts_of(kind: Kind) -> dict[str, str]:
    """Return the pieces that values of this kind may need, with their texts."""
    own = _OF_KIND.get(kind, {})
    return dict(own) if own is _ONE_BY_ONE else _NUMBERS | own


def pieces(kind: Kind, value: Value) -> Iterator[str]:
    """Yield the pieces of a value. Raises CantSay for a value that is not of this kind."""
    match kind:
        case Kind.NUMBER:
            yield from _number(value)
        case Kind.COUNT:
            yield from _count(value)
        case Kind.DIGITS | Kind.TELEPHONE:
            yield from _one_by_one(to_digits(value), telephone=kind is Kind.TELEPHONE)
        case Kind.ORDINAL:
            yield from ("word_di", *_cardinal(to_whole(value, 1)))
        case Kind.POSITION:
            yield from ("word_di", *_cardinal(to_whole(value, 1)), "unit_wei")
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


def _count(value: Value) -> Iterator[str]:
    if to_number(value) == 2:
        yield "num_liang"
    else:
        yield from _number(value)


def _cardinal(number: int) -> list[str]:
    """Return a whole number: groups of four digits, one 零 for any gap between them."""
    said: list[str] = []
    gap = False
    for unit, size in (("unit_yi", 10**8), ("unit_wan", 10**4), ("", 1)):
        section = number // size % 10**4
        if not section:
            gap = bool(said)
            continue
        if said and (gap or section < 1000):
            said.append("num_0")
        if section == 2 and unit and not said:
            said.append("num_liang")  # 两万, 两亿, but 一亿零二万
        else:
            said += _section(section, first=not said)
        if unit:
            said.append(unit)
        gap = False
    return said or ["num_0"]


def _section(section: int, *, first: bool) -> list[str]:
    """Return a number below 10,000; `first` where nothing is said before it: 十 and 两千 stand only there."""
    thousands, hundreds, tens, ones = (section // size % 10 for size in (1000, 100, 10, 1))
    said: list[str] = []
    if thousands:
        said.append("thousand_liang" if thousands == 2 and first else f"thousand_{thousands}")
    if hundreds:
        said.append(f"hundred_{hundreds}")
    elif said and (tens or ones):
        said.append("num_0")
    if tens:
        said.append("num_10" if tens == 1 and first and not said else f"tens_{tens}")
    elif ones and said and said[-1] != "num_0":
        said.append("num_0")
    if ones:
        said.append(f"num_{ones}")
    return said


def _one_by_one(digits: str, *, telephone: bool) -> Iterator[str]:
    for index, group in enumerate(grouped(digits, telephone=telephone)):
        if index:
            yield PAUSE
        for digit in group:
            yield "num_yao" if digit == "1" and telephone else _SIGNS.get(digit, f"num_{digit}")


def _time(hour: int, minute: int) -> Iterator[str]:
    yield from _count(hour)
    yield "unit_dian"
    if minute:
        if minute < 10:
            yield "num_0"
        yield from _cardinal(minute)
        yield "unit_fen"


def _date(year: int | None, month: int, day: int) -> Iterator[str]:
    if year is not None:
        yield from (f"num_{digit}" for digit in f"{year:04d}")
        yield "unit_nian"
    yield from (*_cardinal(month), "unit_yue", *_cardinal(day), "unit_ri")


def _money(fen: int) -> Iterator[str]:
    parts = [("unit_yuan", fen // 100), ("unit_jiao", fen // 10 % 10), ("unit_fen", fen % 10)]
    if not fen:
        yield from ("num_0", "unit_yuan")
    before = ""
    for unit, amount in parts:
        if not amount:
            continue
        if before == "unit_yuan" and unit == "unit_fen":
            yield "num_0"  # 一百元零五分
        yield from _cardinal(amount) if before else _count(amount)
        yield unit
        before = unit


def _length(seconds: int, smallest: str) -> Iterator[str]:
    parts = [("unit_hours", seconds // 3600), ("unit_minutes", seconds // 60 % 60), ("unit_seconds", seconds % 60)]
    if not seconds:
        yield from ("num_0", smallest)
    for unit, amount in parts:
        if amount:
            yield from (*_count(amount), unit)
