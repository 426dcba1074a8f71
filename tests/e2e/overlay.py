"""A city that differs from the small one in a few entries of city.yaml."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

CITY = Path(__file__).parent / "city"
MENU_CITY = Path(__file__).parent / "ivr_city"


def changed_city(
    folder: Path,
    changes: Mapping[str, Any],
    city: Path = CITY,
    *,
    queues: Mapping[str, Mapping[str, Any]] | None = None,
) -> Path:
    """Copy the city, change entries of sections of its city.yaml and of its queues; return the folder."""
    shutil.copytree(city, folder)
    yaml, path = YAML(), folder / "city.yaml"
    document = yaml.load(path)
    for section, entries in changes.items():
        document.setdefault(section, {}).update(entries)
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(document, file)
    if queues:
        path = folder / "queues.yaml"
        document = yaml.load(path)
        for queue in document["queues"]:
            queue.update(queues.get(queue["id"], {}))
        with path.open("w", encoding="utf-8") as file:
            yaml.dump(document, file)
    return folder
