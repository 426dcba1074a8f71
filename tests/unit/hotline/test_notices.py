"""Notices that are switched on by command: their end, their file, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from calls.errors import ConfigurationError, NotFound
from hotline.config import City, load_city
from hotline.notices import MAX_NOTICES, NoticeStore, is_spoken, notice_of, speak_notice, until_of

BEIJING = Path(__file__).parents[3] / "examples" / "beijing"
ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
"10:00 in the city."

VALUES: dict[str, Any] = {
    "id": "cold",
    "lines": ["citizen"],
    "mode": "before",
    "text": {"zh": "今天供暖来电较多。", "en": "Many calls about heating today."},
    "until": "2026-11-22 18:00:00+08:00",
}


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(BEIJING)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("18:00", "2026-11-22T18:00:00+08:00"),
        ("9:30", "2026-11-23T09:30:00+08:00"),
        ("10:00", "2026-11-23T10:00:00+08:00"),
        ("+2h", "2026-11-22T12:00:00+08:00"),
        ("+45m", "2026-11-22T10:45:00+08:00"),
        ("+1d", "2026-11-23T10:00:00+08:00"),
        ("2026-12-01 08:00", "2026-12-01T08:00:00+08:00"),
        ("2026-12-01T00:00:00+00:00", "2026-12-01T00:00:00+00:00"),
    ],
)
def test_an_end_as_people_say_it(text: str, end: str) -> None:
    assert until_of(text, NOW, ZONE) == datetime.fromisoformat(end)


@pytest.mark.parametrize("text", ["", "soon", "25:00", "+2w", "2026-13-01"])
def test_what_is_no_end(text: str) -> None:
    with pytest.raises(ConfigurationError, match="--until"):
        until_of(text, NOW, ZONE)


def test_notices_outlive_the_service_and_end_by_themselves(tmp_path: Path, city: City) -> None:
    store = NoticeStore(tmp_path / "notices.json")
    store.put(notice_of(VALUES, city, NOW), "admin", NOW, ZONE)
    later = {**VALUES, "id": "later", "until": "2026-11-23 18:00:00+08:00"}
    store.put(notice_of(later, city, NOW), "admin", NOW + timedelta(seconds=1), ZONE)
    again = NoticeStore(tmp_path / "notices.json")
    assert again.stored == store.stored
    assert [notice.notice_id for notice in again.current(NOW, ZONE)] == ["later", "cold"]
    assert again.current(NOW, ZONE)[1].is_on("citizen", NOW, ZONE)
    evening = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
    assert [notice.notice_id for notice in again.current(evening, ZONE)] == ["later"]
    assert again.remove("later").by == "admin"
    with pytest.raises(NotFound, match="No notice 'later'"):
        again.remove("later")
    assert list(NoticeStore(tmp_path / "notices.json").stored) == ["cold"]
    assert list(tmp_path.iterdir()) == [tmp_path / "notices.json"]


@pytest.mark.parametrize("content", ["{", "[1]", '[{"id": "x"}]', "null", '{"a": 1}'])
def test_a_damaged_file_is_put_aside(tmp_path: Path, content: str) -> None:
    path = tmp_path / "notices.json"
    path.write_text(content, encoding="utf-8")
    assert NoticeStore(path).stored == {}
    assert (tmp_path / "notices.damaged").read_text(encoding="utf-8") == content


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"lines": ["citizens"]}, "no line 'citizens'"),
        ({"mode": "instead", "then": "nowhere"}, "no flow 'nowhere'"),
        ({"text": {"zh": "只有中文"}}, "no text in the language en"),
        ({"text": None, "prompt": "nothing"}, "no prompt 'nothing'"),
        ({"text": {"zh": "{case_id}", "en": "x"}}, "can't speak values"),
        ({"until": "2026-11-22 09:00:00+08:00"}, "over already"),
        ({"mode": "during"}, "mode"),
        ({"id": "../../etc"}, "id"),
        ({"text": {"zh": "一\n二", "en": "x"}}, "text"),
        ({"prompt": "closed"}, "either prompt or text"),
    ],
)
def test_what_is_refused(city: City, change: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        notice_of({key: value for key, value in (VALUES | change).items() if value is not None}, city, NOW)


def test_there_is_a_bound(tmp_path: Path, city: City) -> None:
    store = NoticeStore(tmp_path / "notices.json")
    for number in range(MAX_NOTICES):
        store.put(notice_of({**VALUES, "id": f"n{number}"}, city, NOW), "admin", NOW, ZONE)
    with pytest.raises(ConfigurationError, match="switch one off"):
        store.put(notice_of(VALUES, city, NOW), "admin", NOW, ZONE)
    assert store.free_id() == "notice1"


def test_a_notice_is_spoken_whole_or_not_at_all(tmp_path: Path, city: City) -> None:
    notice = notice_of(VALUES, city, NOW)
    assert not is_spoken(notice, city, tmp_path)
    with pytest.raises(ConfigurationError, match="en: "):
        speak_notice(notice, city, tmp_path, {"en": tmp_path / "absent.wav"})
    assert not list(tmp_path.rglob("*.alaw"))
    speak_notice(notice, city, tmp_path)
    assert is_spoken(notice, city, tmp_path)
    assert (tmp_path / "zh" / "notice_cold.alaw").stat().st_size > 8000
