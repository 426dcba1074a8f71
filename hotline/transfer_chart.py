"""The connect rate of transfers as a drawing: SVG whose texts stay texts."""

from __future__ import annotations

import io
import logging
import warnings
from typing import Any

import matplotlib
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, MultipleLocator, PercentFormatter

from hotline.transfer_report import RATES, TransferReport, moments_of
from storage.transfer_report import DAY, DOOR, HOUR

TEXTS = {
    "zh": {
        "title": "{city}：一键转接接通率",
        "connect_rate": "接通率",
        "connect_rate_all": "接通率（不作剔除）",
        "attempts": "转接次数",
        HOUR: "小时",
        DAY: "日期",
    },
    "en": {
        "title": "{city}: connect rate of transfers",
        "connect_rate": "connect rate",
        "connect_rate_all": "connect rate, nothing left out",
        "attempts": "attempts",
        HOUR: "hour",
        DAY: "day",
    },
}
FONTS = ["Noto Sans CJK SC", "Noto Sans CJK JP", "Microsoft YaHei", "PingFang SC", "WenQuanYi Zen Hei", "DejaVu Sans"]
DATES: Any = {
    "formats": ["%Y", "%Y-%m", "%m-%d", "%H:%M", "%H:%M", "%S"],
    "zero_formats": ["", "%Y", "%Y-%m", "%m-%d", "%H:%M", "%H:%M"],
    "show_offset": False,
}
"""Figures, since names of months are no Chinese."""

LIMITS = ((0.90, "90 %", "#b3261e"), (0.95, "95 %", "#9a6700"))
"""Beijing's rule and GB/T 33358."""

RATE, RATE_ALL, BARS = "#0b57d0", "#6b7280", "#cbd5e1"
MARKED = 60
"Points up to which each is marked."


def draw(report: TransferReport) -> bytes:
    """Return the drawing as SVG."""
    # which of the fonts a machine has is the reader's affair: the texts stay texts
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    settings: Any = {
        "svg.fonttype": "none",
        "svg.hashsalt": "hotline",
        "text.parse_math": False,
        "font.family": "sans-serif",
        "font.sans-serif": FONTS,
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
    with matplotlib.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*[Gg]lyph.*")
        figure = _over_time(report) if report.by in (HOUR, DAY) else _side_by_side(report)
        content = io.BytesIO()
        figure.savefig(content, format="svg", metadata={"Date": None})
    return content.getvalue()


def _over_time(report: TransferReport) -> Figure:
    texts = TEXTS[report.language]
    figure = Figure(figsize=(11, 6), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    moments: Any = moments_of(report)
    style = "o-" if len(moments) <= MARKED else "-"
    for name, colour, width in (("connect_rate_all", RATE_ALL, 1.0), ("connect_rate", RATE, 1.6)):
        values = [row[name] if row[name] is not None else float("nan") for row in report.rows]
        above.plot(moments, values, style, color=colour, linewidth=width, markersize=3.5, label=texts[name])
    _limits(above, horizontal=True)
    above.set_ylim(_lowest(report), 1.005)
    above.yaxis.set_major_locator(MultipleLocator(0.05))
    above.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    width = 0.8 if report.by == DAY else 0.8 / 24
    if len(moments) > MARKED:
        below.fill_between(moments, [row["attempts"] for row in report.rows], step="mid", color=BARS)
    else:
        below.bar(moments, [row["attempts"] for row in report.rows], width=width, color=BARS)
    below.set_ylabel(texts["attempts"])
    below.set_ylim(bottom=0)
    below.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    locator = AutoDateLocator(minticks=4, maxticks=12)  # type: ignore[no-untyped-call]
    below.xaxis.set_major_locator(locator)
    below.xaxis.set_major_formatter(ConciseDateFormatter(locator, **DATES))  # type: ignore[no-untyped-call]
    _head(figure, above, report)
    return figure


def _side_by_side(report: TransferReport) -> Figure:
    texts = TEXTS[report.language]
    count = len(report.rows)
    figure = Figure(figsize=(11, 1.8 + 0.42 * count), layout="constrained")
    axes = figure.subplots()
    places = range(count)
    rates = [row["connect_rate"] or 0.0 for row in report.rows]
    everything = [row["connect_rate_all"] or 0.0 for row in report.rows]
    axes.hlines(places, 0, 1, color="#e5e7eb", linewidth=1)
    axes.plot(everything, places, "|", color=RATE_ALL, markersize=15, markeredgewidth=2.5, label=texts[RATES[1]])
    axes.plot(rates, places, "o", color=RATE, markersize=8, label=texts[RATES[0]])
    for place, row in zip(places, report.rows, strict=True):
        said = "—" if row["connect_rate"] is None else f"{row['connect_rate']:.2%}"
        axes.annotate(
            f"{said}   {row['answered']:,} / {row['rated']:,}",
            (1.0, place),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            annotation_clip=False,
        )
    axes.set_yticks(places, [_name(report, row) for row in report.rows])
    axes.invert_yaxis()
    axes.set_xlim(min(_lowest(report), 0.85), 1.0)
    axes.xaxis.set_major_locator(MultipleLocator(0.05))
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    _limits(axes, horizontal=False)
    _head(figure, axes, report)
    return figure


def _name(report: TransferReport, row: dict[str, Any]) -> str:
    return str(row[DOOR]) if report.by == DOOR else row["name"] or row["target"]


def _limits(axes: Any, *, horizontal: bool) -> None:
    for value, label, colour in LIMITS:
        line = axes.axhline if horizontal else axes.axvline
        line(value, color=colour, linewidth=1, linestyle="--", label=label)


def _lowest(report: TransferReport) -> float:
    """Return where the axis begins: 80 %, or lower where a figure is."""
    values = [row[name] for row in report.rows for name in RATES if row[name] is not None]
    return max(0.0, min([0.8, *(int(value * 20 - 0.5) / 20 for value in values)]))


def _head(figure: Figure, axes: Any, report: TransferReport) -> None:
    texts = TEXTS[report.language]
    figure.suptitle(texts["title"].format(city=report.city_name), fontsize=14, fontweight="bold")
    # the formula beside the figure
    said = [f"{texts[name]} = {formula}" for name, formula in report.formulas.items()]
    axes.set_title("\n".join(said), fontsize=9, loc="left", color="#4b5563")
    figure.legend(loc="outside lower left", ncols=4, frameon=False, fontsize=9)
