"""What the page of the menus shows: the figures of the day, the drawn flow, the configuration that is live."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from calls.errors import NotFound
from calls.menu_figures import MenuDay
from calls.ports import Clock
from hotline.menu_life import MenuLife
from hotline.menu_report import picture_figures, rows_of
from ivr.drawing import draw

PICTURE_SECONDS = 2.0
"""How long a picture is shown again: however many look on, it is drawn once."""

MAX_PICTURES = 100


@dataclass(slots=True)
class MenuPages:
    """Answers the page of the menus."""

    menus: MenuLife
    day: MenuDay
    clock: Clock
    _drawn: dict[tuple[str, str, str], tuple[float, str]] = field(init=False, default_factory=dict)

    def overview(self) -> dict[str, Any]:
        """Return everything but the pictures, JSON-ready."""
        now, city = self.clock(), self.menus.prepared.city
        figures = self.day.move_to(now)
        lines = []
        for line in city.lines.values():
            tally = figures.lines.get(line.line_id)
            lines.append(
                {
                    "line": line.line_id,
                    "name": dict(line.name),
                    "numbers": list(line.numbers),
                    "calls": tally.calls if tally else 0,
                    "rules": dict(tally.rules) if tally else {},
                }
            )
        return {
            "at": now.isoformat(timespec="milliseconds"),
            "day": self.day.day,
            "utc_offset_seconds": int(_offset(now.astimezone(city.zone))),
            "city_name": dict(city.name),
            "configuration": self.menus.reloader.last.as_dict(),
            "notices": self.menus.notice_rows(now),
            "lines": lines,
            "nodes": rows_of(figures),
        }

    async def picture(self, line: str, language: str) -> str:
        """Return the drawn flow of a line with the drop-off of each node. Raises NotFound for an unknown line."""
        city = self.menus.prepared.city
        if line not in city.lines or language not in city.languages:
            raise NotFound(f"There is no line {line!r} in {language!r}.")
        key = (city.version, line, language)
        drawn = self._drawn.get(key)
        if drawn is None or time.monotonic() - drawn[0] > PICTURE_SECONDS:
            figures = picture_figures(self.day.move_to(self.clock()), line)
            svg = await asyncio.to_thread(draw, city, line, language=language, figures=figures)
            if len(self._drawn) >= MAX_PICTURES:
                self._drawn.clear()
            drawn = self._drawn[key] = (time.monotonic(), svg)
        return drawn[1]


def _offset(local: datetime) -> float:
    offset = local.utcoffset()
    return offset.total_seconds() if offset is not None else 0.0
