"""Line charts as SVG: text stays text, colours that most eyes tell apart, the same data give the same file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#000000")
"Okabe and Ito's palette."

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "hotline",
    "font.family": "sans-serif",
    "font.size": 11.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "legend.frameon": False,
}


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a chart."""

    label: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] | None = None
    "Lower ends of the intervals, drawn as bars."
    high: Sequence[float] | None = None
    marker: str = ""
    dashed: bool = False


def draw_lines(
    path: Path,
    title: str,
    x_label: str,
    y_label: str,
    series: Sequence[Series],
    *,
    marks: Mapping[str, float] | None = None,
    percent: bool = False,
    whole_x: bool = False,
    log_x: bool = False,
    log_y: bool = False,
) -> None:
    """Write a chart; labels carry their units. `marks` are levels by label; `percent` shows 0.8 as 80 %."""
    import matplotlib  # half a second of imports that nothing else needs
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(8.0, 4.5), layout="constrained")
        axes = figure.subplots()
        for colour, each in zip(_colours(len(series)), series, strict=True):
            style: dict[str, Any] = {"color": colour, "marker": each.marker, "linestyle": "--" if each.dashed else "-"}
            if each.low is None or each.high is None:
                axes.plot(each.x, each.y, label=each.label, linewidth=1.8, **style)
                continue
            below = [y - low for y, low in zip(each.y, each.low, strict=True)]
            above = [high - y for y, high in zip(each.y, each.high, strict=True)]
            axes.errorbar(each.x, each.y, yerr=[below, above], label=each.label, capsize=3, linewidth=1.8, **style)
        for label, level in (marks or {}).items():
            axes.axhline(level, color="#666666", linewidth=1.0, linestyle=":", label=label)
        axes.set_title(title, loc="left")
        axes.set_xlabel(x_label)
        axes.set_ylabel(y_label)
        if percent:
            axes.yaxis.set_major_formatter(PercentFormatter(xmax=1.0))
        if log_x:
            axes.set_xscale("log")
        if log_y:
            axes.set_yscale("log")
        if whole_x:
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend()
        figure.savefig(path, format="svg", metadata={"Date": None})


def _colours(count: int) -> list[str]:
    return [COLOURS[index % len(COLOURS)] for index in range(count)]
