"""What every scenario is given: prompts spoken once, and a town opened on demand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from hotline.actors.target_scenario import Behaviour
from hotline.config import load_city
from hotline.prompts import build_prompts
from tests.e2e.machine import Machine, switched_on
from tests.e2e.overlay import MENU_CITY, changed_city
from tests.e2e.town import CITY, Town, open_town

OpenTown = Callable[..., AbstractAsyncContextManager[Town]]
SwitchOn = Callable[..., AbstractAsyncContextManager[Machine]]


@pytest.fixture(scope="session")
def spoken_prompts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small city's prompts, spoken once for all scenarios."""
    folder = tmp_path_factory.mktemp("prompts")
    build_prompts(load_city(CITY), folder)
    return folder


@pytest.fixture(scope="session")
def spoken_menus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The prompts of the city of menus, spoken once for all scenarios."""
    folder = tmp_path_factory.mktemp("menu-prompts")
    build_prompts(load_city(MENU_CITY), folder)
    return folder


@pytest.fixture
def menu_town(tmp_path: Path, spoken_menus: Path) -> OpenTown:
    """Return what opens a town whose lines lead to one kind of node each.

    `changes` as for `town`; `replaced` are words of flows.yaml and what stands there instead; `files` are files that
    the city has besides.
    """

    def opens(
        changes: Mapping[str, Any] | None = None,
        replaced: Mapping[str, str] | None = None,
        files: Mapping[str, str] | None = None,
    ) -> AbstractAsyncContextManager[Town]:
        config = changed_city(tmp_path / "city", changes or {}, MENU_CITY)
        flows = (config / "flows.yaml").read_text(encoding="utf-8")
        for word, instead in (replaced or {}).items():
            assert word in flows
            flows = flows.replace(word, instead)
        (config / "flows.yaml").write_text(flows, encoding="utf-8")
        for name, text in (files or {}).items():
            (config / name).write_text(text, encoding="utf-8")
        return open_town(tmp_path, spoken_menus, config=config)

    return opens


@pytest.fixture
def town(tmp_path: Path, spoken_prompts: Path) -> OpenTown:
    """Return what opens the town of a scenario.

    `numbers` says how the hotlines behave, `changes` what is different in the city's files: section of city.yaml to
    its new entries; `queues` the same for queues.yaml, by queue; `files` what stands in whole files instead.
    """

    def opens(
        numbers: Mapping[str, Behaviour] | None = None,
        changes: Mapping[str, Mapping[str, Any]] | None = None,
        queues: Mapping[str, Mapping[str, Any]] | None = None,
        files: Mapping[str, str] | None = None,
    ) -> AbstractAsyncContextManager[Town]:
        changed = changes or queues or files
        config = changed_city(tmp_path / "city", changes or {}, queues=queues) if changed else CITY
        for name, text in (files or {}).items():
            (config / name).write_text(text, encoding="utf-8")
        return open_town(tmp_path, spoken_prompts, numbers=numbers, config=config)

    return opens


@pytest.fixture
def machine(tmp_path: Path, spoken_prompts: Path) -> SwitchOn:
    """Return what switches on a machine, whose service can be killed and started again.

    `changes` as for `town`; with any, also an empty one, the city is the scenario's own to edit, in `city`.
    """

    def switch_on(
        numbers: Mapping[str, Behaviour] | None = None, changes: Mapping[str, Mapping[str, Any]] | None = None
    ) -> AbstractAsyncContextManager[Machine]:
        config = CITY if changes is None else changed_city(tmp_path / "city", changes)
        return switched_on(tmp_path, spoken_prompts, numbers=numbers, config=config)

    return switch_on
