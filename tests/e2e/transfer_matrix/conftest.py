"""The matrix's own town."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from hotline.config import load_city
from hotline.prompts import build_prompts
from tests.e2e.town import Town, open_town
from tests.e2e.transfer_matrix.cases import NUMBERS, matrix_city

OpenMatrix = Callable[[], AbstractAsyncContextManager[Town]]


@pytest.fixture(scope="session")
def spoken_matrix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The matrix city's prompts, spoken once."""
    folder = tmp_path_factory.mktemp("matrix-prompts")
    build_prompts(load_city(matrix_city(tmp_path_factory.mktemp("matrix") / "city")), folder)
    return folder


@pytest.fixture
def matrix(tmp_path: Path, spoken_matrix: Path) -> OpenMatrix:
    """Return what opens a town with a hotline for every outcome."""
    return lambda: open_town(tmp_path, spoken_matrix, numbers=NUMBERS, config=matrix_city(tmp_path / "city"))
