"""What is said for numbers, digits, times, dates and money: written examples in both languages."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal

import pytest

from ivr.speaking import PAUSE, CantSay, Kind, PromptBook, Value, speak, split_prompt

ZH: tuple[tuple[Kind, Value, str], ...] = (
    (Kind.NUMBER, 0, "零"),
    (Kind.NUMBER, 2, "二"),
    (Kind.NUMBER, 10, "十"),
    (Kind.NUMBER, 11, "十一"),
    (Kind.NUMBER, 20, "二十"),
    (Kind.NUMBER, 22, "二十二"),
    (Kind.NUMBER, 100, "一百"),
    (Kind.NUMBER, 101, "一百零一"),
    (Kind.NUMBER, 110, "一百一十"),
    (Kind.NUMBER, 111, "一百一十一"),
    (Kind.NUMBER, 222, "二百二十二"),
    (Kind.NUMBER, 1000, "一千"),
    (Kind.NUMBER, 1001, "一千零一"),
    (Kind.NUMBER, 1010, "一千零一十"),
    (Kind.NUMBER, 1100, "一千一百"),
    (Kind.NUMBER, 2000, "两千"),
    (Kind.NUMBER, 2222, "两千二百二十二"),
    (Kind.NUMBER, 10000, "一万"),
    (Kind.NUMBER, 10001, "一万零一"),
    (Kind.NUMBER, 10010, "一万零一十"),
    (Kind.NUMBER, 10100, "一万零一百"),
    (Kind.NUMBER, 12000, "一万二千"),
    (Kind.NUMBER, 20000, "两万"),
    (Kind.NUMBER, 100000, "十万"),
    (Kind.NUMBER, 100001, "十万零一"),
    (Kind.NUMBER, 110000, "十一万"),
    (Kind.NUMBER, 200300, "二十万零三百"),
    (Kind.NUMBER, 10001000, "一千万一千"),
    (Kind.NUMBER, 100000000, "一亿"),
    (Kind.NUMBER, 100000001, "一亿零一"),
    (Kind.NUMBER, 100010000, "一亿零一万"),
    (Kind.NUMBER, 120000300, "一亿二千万零三百"),
    (Kind.NUMBER, 200000000, "两亿"),
    (Kind.NUMBER, -7, "负七"),
    (Kind.NUMBER, Decimal("3.14"), "三点一四"),
    (Kind.NUMBER, "2.5", "二点五"),
    (Kind.NUMBER, "0.05", "零点零五"),
    (Kind.COUNT, 1, "一"),
    (Kind.COUNT, 2, "两"),
    (Kind.COUNT, 12, "十二"),
    (Kind.COUNT, 102, "一百零二"),
    (Kind.DIGITS, "12345", "一二三四五"),
    (Kind.DIGITS, "0", "零"),
    (Kind.DIGITS, "20261001", "二零二六一零零一"),
    (Kind.DIGITS, "*1#", "星号一井号"),
    (Kind.TELEPHONE, "12345", "幺二三四五"),
    (Kind.TELEPHONE, "13800138000", "幺三八零零幺三八零零零"),
    (Kind.TELEPHONE, "+86 10 1234", "加八六幺零幺二三四"),
    (Kind.ORDINAL, 1, "第一"),
    (Kind.ORDINAL, 2, "第二"),
    (Kind.ORDINAL, 12, "第十二"),
    (Kind.POSITION, 1, "第一位"),
    (Kind.POSITION, 2, "第二位"),
    (Kind.POSITION, 102, "第一百零二位"),
    (Kind.TIME, "00:00", "零点"),
    (Kind.TIME, "02:00", "两点"),
    (Kind.TIME, "2:02", "两点零二分"),
    (Kind.TIME, time(8, 30), "八点三十分"),
    (Kind.TIME, "12:30", "十二点三十分"),
    (Kind.TIME, datetime(2026, 10, 1, 14, 5), "十四点零五分"),
    (Kind.TIME, "22:10", "二十二点十分"),
    (Kind.TIME, "24:00", "二十四点"),
    (Kind.DATE, date(2026, 10, 1), "二零二六年十月一日"),
    (Kind.DATE, "2026-02-22", "二零二六年二月二十二日"),
    (Kind.DATE, "10-01", "十月一日"),
    (Kind.DATE, "02-29", "二月二十九日"),
    (Kind.MONEY, 0, "零元"),
    (Kind.MONEY, "0.05", "五分"),
    (Kind.MONEY, "0.20", "两角"),
    (Kind.MONEY, 1, "一元"),
    (Kind.MONEY, 2, "两元"),
    (Kind.MONEY, "2.50", "两元五角"),
    (Kind.MONEY, Decimal("3.14"), "三元一角四分"),
    (Kind.MONEY, "12.22", "十二元二角二分"),
    (Kind.MONEY, "100.05", "一百元零五分"),
    (Kind.MONEY, 10010, "一万零一十元"),
    (Kind.MINUTES, 0, "零分钟"),
    (Kind.MINUTES, 2, "两分钟"),
    (Kind.MINUTES, 120, "两小时"),
    (Kind.MINUTES, 150, "两小时三十分钟"),
    (Kind.DURATION, 0, "零秒"),
    (Kind.DURATION, 62, "一分钟两秒"),
    (Kind.DURATION, 3661, "一小时一分钟一秒"),
)

EN: tuple[tuple[Kind, Value, str], ...] = (
    (Kind.NUMBER, 0, "zero"),
    (Kind.NUMBER, 10, "ten"),
    (Kind.NUMBER, 11, "eleven"),
    (Kind.NUMBER, 20, "twenty"),
    (Kind.NUMBER, 21, "twenty one"),
    (Kind.NUMBER, 100, "one hundred"),
    (Kind.NUMBER, 101, "one hundred and one"),
    (Kind.NUMBER, 110, "one hundred and ten"),
    (Kind.NUMBER, 1000, "one thousand"),
    (Kind.NUMBER, 1001, "one thousand and one"),
    (Kind.NUMBER, 1100, "one thousand one hundred"),
    (Kind.NUMBER, 10000, "ten thousand"),
    (Kind.NUMBER, 10010, "ten thousand and ten"),
    (Kind.NUMBER, 123456, "one hundred and twenty three thousand four hundred and fifty six"),
    (Kind.NUMBER, 100000000, "one hundred million"),
    (Kind.NUMBER, 1000000002, "one billion and two"),
    (Kind.NUMBER, -7, "minus seven"),
    (Kind.NUMBER, "2.50", "two point five zero"),
    (Kind.COUNT, 2, "two"),
    (Kind.DIGITS, "12345", "one two three four five"),
    (Kind.DIGITS, "0#", "zero hash"),
    (Kind.TELEPHONE, "10010", "one zero zero one zero"),
    (Kind.ORDINAL, 1, "first"),
    (Kind.ORDINAL, 20, "twentieth"),
    (Kind.ORDINAL, 22, "twenty second"),
    (Kind.ORDINAL, 31, "thirty first"),
    (Kind.ORDINAL, 101, "number one hundred and one"),
    (Kind.POSITION, 2, "number two"),
    (Kind.TIME, "00:00", "midnight"),
    (Kind.TIME, "00:30", "twelve thirty a.m."),
    (Kind.TIME, "08:05", "eight oh five a.m."),
    (Kind.TIME, "12:00", "noon"),
    (Kind.TIME, "12:30", "twelve thirty p.m."),
    (Kind.TIME, "14:00", "two p.m."),
    (Kind.TIME, "24:00", "midnight"),
    (Kind.DATE, "2026-10-01", "October first twenty twenty six"),
    (Kind.DATE, "2005-02-22", "February twenty second two thousand and five"),
    (Kind.DATE, "2000-01-01", "January first two thousand"),
    (Kind.DATE, "1905-03-03", "March third nineteen oh five"),
    (Kind.DATE, "1900-03-30", "March thirtieth nineteen hundred"),
    (Kind.DATE, "10-01", "October first"),
    (Kind.MONEY, 0, "zero yuan"),
    (Kind.MONEY, "0.05", "five fen"),
    (Kind.MONEY, "2.50", "two yuan and fifty fen"),
    (Kind.MONEY, 10010, "ten thousand and ten yuan"),
    (Kind.MINUTES, 1, "one minute"),
    (Kind.MINUTES, 2, "two minutes"),
    (Kind.MINUTES, 150, "two hours thirty minutes"),
    (Kind.DURATION, 0, "zero seconds"),
    (Kind.DURATION, 62, "one minute two seconds"),
)


@pytest.mark.parametrize(("kind", "value", "text"), ZH)
def test_mandarin(kind: Kind, value: Value, text: str) -> None:
    assert speak(kind, value, "zh").text == text


@pytest.mark.parametrize(("kind", "value", "text"), EN)
def test_english(kind: Kind, value: Value, text: str) -> None:
    assert speak(kind, value, "en").text == text


@pytest.mark.parametrize(("language", "examples"), [("zh", ZH), ("en", EN)])
def test_a_prompt_asks_for_every_piece_that_its_values_need(
    language: str, examples: tuple[tuple[Kind, Value, str], ...]
) -> None:
    for kind, value, _ in examples:
        book = PromptBook({"p": {language: f"{{x:{kind}}}"}})
        built = {sound.name for sound in book.sounds()}
        assert set(book.files("p", language, {"x": value})) <= built


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.NUMBER, "many"),
        (Kind.NUMBER, "NaN"),
        (Kind.NUMBER, 10**12),
        (Kind.COUNT, ""),
        (Kind.DIGITS, ""),
        (Kind.DIGITS, "12a"),
        (Kind.DIGITS, "٣"),
        (Kind.DIGITS, "1" * 41),
        (Kind.ORDINAL, 0),
        (Kind.POSITION, "1.5"),
        (Kind.TIME, "24:01"),
        (Kind.TIME, "12:60"),
        (Kind.TIME, "noon"),
        (Kind.DATE, "2026-02-29"),
        (Kind.DATE, "yesterday"),
        (Kind.MONEY, "0.001"),
        (Kind.MONEY, -1),
        (Kind.MINUTES, -1),
    ],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_cant_be_said(kind: Kind, value: Value, language: str) -> None:
    with pytest.raises(CantSay):
        speak(kind, value, language)


def test_digits_come_in_the_groups_that_people_use() -> None:
    def groups(kind: Kind, digits: str) -> list[int]:
        said = " ".join(speak(kind, digits, "zh").pieces)
        return [len(group.split()) for group in said.split(PAUSE)]

    assert groups(Kind.TELEPHONE, "13800138000") == [3, 4, 4]
    assert groups(Kind.TELEPHONE, "01012345678") == [3, 4, 4]
    assert groups(Kind.TELEPHONE, "057112345678") == [4, 4, 4]
    assert groups(Kind.TELEPHONE, "12345") == [5]
    assert groups(Kind.DIGITS, "20261001123450007") == [4, 4, 4, 5]


def test_a_prompt_with_values_is_one_sequence_of_files() -> None:
    book = PromptBook(
        {
            "case": {"zh": "您的受理编号是{case_id}，请记下。", "en": "Your case number is {case_id:digits}."},
            "wait": {
                "zh": "您排在第{queue_position}位，大约需要{wait_minutes:number}分钟。",
                "en": "{wait_minutes:minutes}.",
            },
            "hello": {"zh": "您好。", "en": "Hello."},
        }
    )
    assert book.files("hello", "zh") == ("hello",)
    assert book.files("case", "zh", {"case_id": "12"}) == ("case__1", "num_1", "num_2", "case__2")
    assert book.files("case", "en", {"case_id": "12"}) == ("case__1", "num_1", "num_2")
    values = {"queue_position": 2, "wait_minutes": 2}
    assert book.files("wait", "zh", values) == ("wait__1", "num_2", "wait__2", "num_liang", "wait__3")
    assert book.text("wait", "zh", values) == "您排在第二位，大约需要两分钟。"
    assert book.text("case", "zh") == "您的受理编号是{case_id}，请记下。"
    assert book.placeholders("wait") == {"queue_position", "wait_minutes"}
    sounds = {(sound.language, sound.name): sound.text for sound in book.sounds()}
    assert sounds["zh", "case__2"] == "，请记下。"
    assert sounds["zh", "hello"] == "您好。"
    assert sounds["en", PAUSE] == ""
    assert ("en", "hundred_1") not in sounds


@pytest.mark.parametrize("values", [{}, {"case_id": "no digits"}])
def test_half_a_sentence_is_never_spoken(values: dict[str, Value]) -> None:
    assert PromptBook({"case": {"zh": "编号{case_id}。"}}).files("case", "zh", values) == ()


def test_the_citys_own_text_replaces_a_piece() -> None:
    book = PromptBook({"case": {"zh": "{case_id}"}, "num_0": {"zh": "洞"}})
    assert [sound.text for sound in book.sounds() if sound.name == "num_0"] == ["洞"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{x}", "needs a kind"),
        ("{x:roman}", "no kind 'roman'"),
        ("{X:digits}", "is no value"),
        ("{}", "is no value"),
        ("a } b", "stands alone"),
        ("{x:digits", "stands alone"),
        ("{{x:digits}}", "stands alone"),
    ],
)
def test_a_wrong_value_in_a_text_is_explained(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        split_prompt(text, "zh")


def test_a_language_without_numbers_says_so() -> None:
    with pytest.raises(ValueError, match="in zh, en only"):
        split_prompt("{case_id}", "ug")


def test_the_hotlines_name_is_filled_elsewhere() -> None:
    book = PromptBook({"connecting_hotline": {"zh": "转接{name}"}})
    assert book.files("connecting_hotline", "zh") == ("connecting_hotline",)
