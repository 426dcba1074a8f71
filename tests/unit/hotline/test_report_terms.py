"""What reports read of a configuration is what the whole configuration says; what is not plain is left to it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from calls.errors import ConfigurationError
from hotline.config import load_city
from hotline.report_terms import load_terms, terms_of

BEIJING = Path(__file__).parents[3] / "examples" / "beijing"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a copy of the example configuration."""
    return Path(shutil.copytree(BEIJING, tmp_path / "city"))


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_two_files_say_what_the_whole_configuration_says(folder: Path) -> None:
    whole = terms_of(load_city(folder))
    for name in ("flows.yaml", "queues.yaml", "prompts.yaml", "operators.yaml"):
        (folder / name).unlink()
    assert load_terms(folder) == whole
    assert list(whole.hotlines)[:2] == ["water", "gas"]


def test_a_default_is_the_whole_configurations(folder: Path) -> None:
    change(folder / "city.yaml", "  short_abandon_seconds: 5 ", "  #")
    assert load_terms(folder) == terms_of(load_city(folder))


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("city.yaml", "Asia/Shanghai", "Asia/Shanghia", "city.yaml:13:13"),
        ("city.yaml", "[zh, en]", "[zh, en, fr]", "fr"),
        ("city.yaml", "zh: 北京市民服务热线", 'zh: "a\\tb"', "city.yaml:12:14"),
        ("city.yaml", "languages: [zh, en]", "languages: &all [zh, en]\n  all: *all", "references"),
        ("hotlines.yaml", "{id: gas,", "{id: water,", "hotlines.yaml"),
        ("hotlines.yaml", "en: the gas company", "e: the gas company", "hotlines.yaml"),
    ],
)
def test_mistakes_are_worded_by_the_whole_configuration(folder: Path, file: str, old: str, new: str, said: str) -> None:
    change(folder / file, old, new)
    with pytest.raises(ConfigurationError) as refused:
        load_terms(folder)
    assert said in "\n".join(refused.value.problems)


def test_a_missing_file_is_told(folder: Path) -> None:
    (folder / "hotlines.yaml").unlink()
    with pytest.raises(ConfigurationError, match=r"hotlines\.yaml"):
        load_terms(folder)
