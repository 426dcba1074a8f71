"""A copy of the example city that a test may spoil."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from calls.errors import ConfigurationError
from hotline.config import City, load_city

BEIJING = Path(__file__).parents[3] / "examples" / "beijing"


@pytest.fixture
def beijing(tmp_path: Path) -> Path:
    """Return a folder with the example's files."""
    folder = tmp_path / "beijing"
    shutil.copytree(BEIJING, folder)
    return folder


@pytest.fixture
def edit(beijing: Path) -> Callable[[str, str, str], None]:
    """Return a function that replaces a text of one file, which must be there."""

    def replace(file: str, old: str, new: str) -> None:
        path = beijing / file
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace


@pytest.fixture
def problems(beijing: Path) -> Callable[[], list[str]]:
    """Return a function that loads the folder and gives its problems, without the folder's name."""

    def load() -> list[str]:
        try:
            city = load_city(beijing)
        except ConfigurationError as error:
            return [line.removeprefix(f"{beijing}/") for line in error.problems]
        assert isinstance(city, City)
        return []

    return load
