"""Where the plots of benches go: docs/plots, one SVG each, drawn by hotline.charts."""

from __future__ import annotations

from pathlib import Path

PLOTS = Path(__file__).parents[1] / "docs" / "plots"


def plot_path(name: str) -> Path:
    """Return the file of a bench's plot."""
    PLOTS.mkdir(exist_ok=True)
    return PLOTS / f"{name}.svg"
