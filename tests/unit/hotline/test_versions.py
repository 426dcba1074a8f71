"""Versions of a configuration: kept whole, named by their contents, found again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from calls.errors import ConfigurationError, NotFound
from hotline.versions import Version, Versions, digest_of, fingerprint_of

AT = datetime(2026, 10, 1, 8, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    config = tmp_path / "config"
    (config / "prompts" / "zh").mkdir(parents=True)
    (config / "city.yaml").write_text("city: 1", encoding="utf-8")
    (config / "prompts" / "zh" / "greeting.wav").write_bytes(b"sound")
    return config


def keep(versions: Versions, folder: Path, note: str = "") -> Version:
    return versions.keep(versions.copy(folder), by="admin", at=AT, note=note, source=str(folder))


def test_versions_are_numbered_copies(tmp_path: Path, folder: Path) -> None:
    versions = Versions(tmp_path / "versions")
    assert versions.all() == []
    first = keep(versions, folder, "the first")
    (folder / "city.yaml").write_text("city: 2", encoding="utf-8")
    second = keep(versions, folder)
    assert versions.all() == [first, second]
    assert (first.number, second.number) == (1, 2)
    assert (first.folder / "city.yaml").read_text(encoding="utf-8") == "city: 1"
    assert (second.folder / "prompts/zh/greeting.wav").read_bytes() == b"sound"
    assert first.digest != second.digest == digest_of(folder) == digest_of(second.folder)
    assert versions.get(1).note == "the first"
    with pytest.raises(NotFound, match="no version 3"):
        versions.get(3)
    assert not list(versions.root.glob(".candidate-*"))


def test_what_did_not_change_takes_no_room(tmp_path: Path, folder: Path) -> None:
    versions = Versions(tmp_path / "versions")
    first, second = keep(versions, folder), keep(versions, folder)
    assert (first.folder / "city.yaml").samefile(second.folder / "city.yaml")
    assert not (folder / "city.yaml").samefile(second.folder / "city.yaml")


def test_editors_files_are_no_configuration(folder: Path) -> None:
    before = digest_of(folder), fingerprint_of(folder)
    for name in (".city.yaml.swp", "city.yaml~", "#city.yaml#", ".git/index"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("half", encoding="utf-8")
    assert (digest_of(folder), fingerprint_of(folder)) == before
    (folder / "notices.yaml").write_text("notices: []", encoding="utf-8")
    assert digest_of(folder) != before[0]
    assert fingerprint_of(folder) != before[1]


def test_the_live_version_is_remembered(tmp_path: Path, folder: Path) -> None:
    versions = Versions(tmp_path / "versions")
    assert versions.live() == (None, "")
    first = keep(versions, folder)
    versions.set_live(first, aside="abc")
    assert versions.live() == (first, "abc")
    (versions.root / "live.json").write_text("{", encoding="utf-8")
    assert versions.live() == (None, "")


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no such folder"):
        Versions(tmp_path / "versions").copy(tmp_path / "absent")
    assert not list((tmp_path / "versions").iterdir())
