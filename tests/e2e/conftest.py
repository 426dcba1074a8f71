"""What every scenario is given: prompts spoken once, and a town opened on demand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from hotline.actors.target_scenario import Behaviour
from hotline.config import load_city
from hotline.prompts import build_prompts
from tests.e2e.town import CITY, Town, open_town

OpenTown = Callable[..., AbstractAsyncContextManager[Town]]


@pytest.fixture(scope="session")
def spoken_prompts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small city's prompts, spoken once for all scenarios."""
    folder = tmp_path_factory.mktemp("prompts")
    build_prompts(load_city(CITY), folder)
    return folder


@pytest.fixture
def town(tmp_path: Path, spoken_prompts: Path) -> OpenTown:
    """Return what opens the town of a scenario; `numbers` says how the hotlines behave."""

    def opens(numbers: Mapping[str, Behaviour] | None = None) -> AbstractAsyncContextManager[Town]:
        return open_town(tmp_path, spoken_prompts, numbers=numbers)

    return opens
