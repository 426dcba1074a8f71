"""A city that differs from the small one in a few entries of city.yaml."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

CITY = Path(__file__).parent / "city"
MENU_CITY = Path(__file__).parent / "ivr_city"


def changed_city(folder: Path, changes: Mapping[str, Any], city: Path = CITY) -> Path:
    """Copy the city and change entries of sections of its city.yaml; return the folder."""
    shutil.copytree(city, folder)
    yaml, path = YAML(), folder / "city.yaml"
    document = yaml.load(path)
    for section, entries in changes.items():
        document.setdefault(section, {}).update(entries)
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(document, file)
    return folder
