"""Figures of several models over Geant4: the main panel, and the ratio of each to it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from calobench.report.comparison.charts import Array, Chart, Curves, Points, Series, ratio_of
from calobench.report.comparison.pictures_drawing import draw_picture
from calobench.report.figures.axes import add_axes, log_axis, paper_panels
from calobench.report.figures.style import GEANT4, INK, MUTED

__all__ = ["draw"]

Text = Callable[[str], str]

# With more models error bars beside each other would be a thicket: lines alone are drawn.
_MAX_WITH_BARS = 4
_HALF_RANGES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
# Decades that a logarithmic axis shows at most; bins below are noise.
_DECADES = 6
_LEGEND_ROW = 0.085
_SHORT = {"Geant4": "G4"}


def draw(chart: Chart, *, geant4: str = GEANT4, text: Text = str) -> Figure:
    """The figure of a chart, within :func:`calobench.report.figures.style.plot_style`.

    Args:
        chart: what it shows.
        geant4: colour of Geant4.
        text: makes labels of axes, and names, ready for the font that is used.
    """
    if isinstance(chart, Curves):
        return _draw_curves(chart, geant4, text)
    if isinstance(chart, Points):
        return _draw_points(chart, geant4, text)
    return draw_picture(chart, text)


def _draw_curves(chart: Curves, geant4: str, text: Text) -> Figure:
    figure, main, ratio = paper_panels()
    first = chart.series[0]
    bars = len(chart.series) <= _MAX_WITH_BARS
    low, high = _limits(chart)
    if chart.y.log:
        log_axis(main, "y")
    main.set_ylim(low, _headroom(low, high, _legend_rows(chart), log=chart.y.log))

    def shown(values: Array) -> Array:
        # A step to minus infinity would leave the axis; it ends at its floor.
        return np.maximum(values, low)

    reference = first.reference
    bands = [(reference.error, 0.45)]
    if first.spread is not None:
        bands.insert(0, (first.spread, 0.13))
    for width, alpha in bands:
        main.stairs(
            shown(reference.value + width), first.edges, baseline=shown(reference.value - width),
            fill=True, color=geant4, alpha=alpha, linewidth=0,
        )  # fmt: skip
    baseline = low if chart.steps else None
    main.stairs(shown(reference.value), first.edges, color=geant4, linewidth=1.2, baseline=baseline)
    for index, one in enumerate(chart.series):
        x = _beside(one.edges, index, len(chart.series), log=_log_x(chart))
        look: dict[str, Any] = {"color": one.look.colour, "linestyle": one.look.dashes}
        if chart.steps:
            main.stairs(shown(one.model.value), one.edges, baseline=baseline, linewidth=1.4, **look)
        else:
            main.plot(x, one.model.value, linewidth=1.0, **look)
        drawn = one.model.value >= low
        if bars or not chart.steps:
            _bars(main, x[drawn], one.model.value[drawn], one.model.error[drawn], one)
    main.set_ylabel(text(chart.y.title))
    _draw_ratios(ratio, chart, geant4, bars=bars)
    if _log_x(chart):
        log_axis(main, "x")
    else:
        main.xaxis.set_major_locator(MaxNLocator(5))
    main.set_xlim(float(first.edges[0]), float(first.edges[-1]))
    _mark_outside(chart, main, ratio)
    ratio.set_xlabel(text(chart.x.title))
    _legend(main, chart, geant4, text)
    return figure


def _draw_ratios(axes: Axes, chart: Curves, geant4: str, *, bars: bool) -> None:
    ratios = [ratio_of(one.model, one.reference) for one in chart.series]
    half = _half_range([one.value for one in ratios], [one.error for one in ratios])
    axes.set_ylim(1 - half, 1 + half)
    first = chart.series[0]
    band = np.nan_to_num(ratio_of(first.reference, first.reference).error)
    axes.stairs(
        np.minimum(1 + band, 1 + half), first.edges, baseline=np.maximum(1 - band, 1 - half),
        fill=True, color=geant4, alpha=0.35, linewidth=0,
    )  # fmt: skip
    axes.axhline(1, color=INK, linewidth=0.8)
    for index, (one, ratio) in enumerate(zip(chart.series, ratios, strict=True)):
        x = _beside(one.edges, index, len(chart.series), log=_log_x(chart))
        inside = np.isfinite(ratio.value) & (np.abs(ratio.value - 1) <= half)
        if bars:
            _bars(axes, x[inside], ratio.value[inside], ratio.error[inside], one)
        else:
            level = np.where(
                np.isfinite(ratio.value), np.clip(ratio.value, 1 - half, 1 + half), np.nan
            )
            axes.stairs(
                level, one.edges, baseline=None, color=one.look.colour, linewidth=1.2,
                linestyle=one.look.dashes,
            )  # fmt: skip
        _arrows(axes, x, ratio.value, half, one.look.colour)
    axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
    axes.set_ylabel(f"model / {_SHORT.get(chart.reference, chart.reference)}", loc="center")


def _arrows(axes: Axes, x: Array, ratio: Array, half: float, colour: str) -> None:
    """Point to what is out of range."""
    for outside, marker, height in (
        (ratio > 1 + half, "^", 1 + 0.86 * half),
        (ratio < 1 - half, "v", 1 - 0.86 * half),
    ):
        if outside.any():
            at = np.full(int(outside.sum()), height)
            axes.plot(x[outside], at, marker, color=colour, markersize=4, linestyle="none")


def _bars(axes: Axes, x: Array, value: Array, error: Array, one: Series) -> None:
    """Points with vertical errors, all bars in one path."""
    gap = np.full_like(x, np.nan)
    ends = np.stack([value - error, value + error, gap], axis=1).ravel()
    axes.plot(np.repeat(x, 3), ends, color=one.look.colour, linewidth=0.9)
    axes.plot(x, value, one.look.marker, color=one.look.colour, linestyle="none", markersize=3.2)


def _beside(edges: Array, index: int, count: int, *, log: bool) -> Array:
    """Positions of the points of one of several models in their bins, so that none hides another."""
    place = 0.5 + (index - 0.5 * (count - 1)) * min(0.16, 0.6 / count)
    scaled = np.log(edges) if log else edges
    points = scaled[:-1] + place * np.diff(scaled)
    return np.exp(points) if log else points


def _log_x(chart: Curves) -> bool:
    return chart.x.log and all(one.edges[0] > 0 for one in chart.series)


def _limits(chart: Curves) -> tuple[float, float]:
    """Of the main panel, without room for the legend."""
    curves = [curve for one in chart.series for curve in (one.model, one.reference)]
    values = np.concatenate([curve.value for curve in curves])
    tops = np.concatenate([curve.value + curve.error for curve in curves])
    bottoms = np.concatenate([curve.value - curve.error for curve in curves])
    top = float(np.nanmax(tops)) if np.isfinite(tops).any() else 1.0
    bottom = float(np.nanmin(bottoms)) if np.isfinite(bottoms).any() else 0.0
    positive = values[values > 0]
    if chart.y.log and positive.size:
        low = max(0.4 * float(positive.min()), float(positive.max()) * 10.0**-_DECADES)
        # Less than a decade would show no labelled tick.
        return min(low, top / 5), 2 * top
    if chart.steps:
        bottom = min(bottom, 0.0)
        return (bottom, top + 0.05 * (top - bottom)) if top > bottom else (0.0, 1.0)
    margin = 0.15 * ((top - bottom) or abs(top) or 1.0)
    return bottom - margin, top + margin


def _headroom(low: float, high: float, rows: int, *, log: bool) -> float:
    """The upper limit with room for the rows of the legend."""
    part = _LEGEND_ROW * rows
    if log:
        return low * math.exp(math.log(high / low) / (1 - part))
    return low + (high - low) / (1 - part)


def _half_range(values: Sequence[Array], errors: Sequence[Array]) -> float:
    """The smallest range that shows the bins which are measured to better than 30 %."""
    value, error = np.concatenate(values), np.concatenate(errors)
    measured = np.isfinite(value) & (error < 0.3 * np.abs(value))
    if not measured.any():
        return 1.0
    reach = float(np.quantile(np.abs(value - 1)[measured] + error[measured], 0.95))
    return next((half for half in _HALF_RANGES if reach < 0.95 * half), 1.0)


def _mark_outside(chart: Curves, main: Axes, ratio: Axes) -> None:
    """Shade the bins of what lies outside the axis, with a word and an arrow."""
    edges = chart.series[0].edges
    ends = [(edges[0], edges[1], "◂ under")] if chart.under else []
    ends += [(edges[-2], edges[-1], "over ▸")] if chart.over else []
    for low, high, word in ends:
        for axes in (main, ratio):
            axes.axvspan(float(low), float(high), color=INK, alpha=0.08, linewidth=0)
        centre = math.sqrt(low * high) if _log_x(chart) else 0.5 * (low + high)
        main.text(
            centre, 0.03, word, rotation=90, ha="center", va="bottom", fontsize=9, color=MUTED,
            transform=main.get_xaxis_transform(), fontfamily="DejaVu Sans",
        )  # fmt: skip


def _legend_columns(chart: Curves) -> int:
    count = len(chart.series) + 1
    longest = max(len(one.name) for one in chart.series)
    if longest > 24:
        return 1
    return 2 if longest > 14 or count <= 4 else 3


def _legend_rows(chart: Curves) -> int:
    return math.ceil((len(chart.series) + 1) / _legend_columns(chart))


def _legend(axes: Axes, chart: Curves, geant4: str, text: Text) -> None:
    handles: list[Patch | Line2D] = [
        Patch(facecolor=geant4, alpha=0.5, edgecolor=geant4, label=chart.reference)
    ]
    handles += [
        Line2D(
            [], [], color=one.look.colour, linestyle=one.look.dashes, marker=one.look.marker,
            markersize=3.6, label=text(one.name),
        )
        for one in chart.series
    ]  # fmt: skip
    axes.legend(
        handles=handles, ncols=_legend_columns(chart), loc="upper right", borderpad=0.2,
        borderaxespad=0.4, columnspacing=1.2, handletextpad=0.5, handlelength=1.6,
        labelspacing=0.3, fontsize=10,
    )  # fmt: skip


def _draw_points(chart: Points, geant4: str, text: Text) -> Figure:
    figure = Figure(figsize=(5.0, 3.9))
    axes = add_axes(figure, (0.16, 0.16, 0.81, 0.76))
    for axis, which in ((chart.x, "x"), (chart.y, "y")):
        if axis.log:
            log_axis(axes, which)
    front = sorted((one for one in chart.points if one.best), key=lambda one: one.x[0])
    axes.step(
        [one.x[0] for one in front], [one.y[0] for one in front], where="post", color=MUTED,
        linewidth=1,
    )  # fmt: skip
    for one in chart.points:
        axes.errorbar(
            one.x[0], one.y[0], xerr=one.x[1], yerr=one.y[1], color=one.look.colour, elinewidth=1,
            marker=one.look.marker, markersize=6,
            markerfacecolor=one.look.colour if one.best else "none",
        )  # fmt: skip
    _widen(axes, chart)
    low, high = np.log10(axes.get_xlim()) if chart.x.log else np.array(axes.get_xlim())
    for one in chart.points:
        at = math.log10(one.x[0]) if chart.x.log else one.x[0]
        right = at < 0.5 * (low + high)
        axes.annotate(
            text(one.label), (one.x[0], one.y[0]), xytext=(7 if right else -7, 4),
            textcoords="offset points", ha="left" if right else "right", va="bottom", fontsize=10,
        )  # fmt: skip
    if chart.level is not None:
        axes.axhline(chart.level, color=INK, linewidth=0.8)
    for name, value in chart.lines:
        axes.axvline(value, color=geant4, linewidth=1.2, linestyle="--")
        axes.text(
            value, 0.97, f"{text(name)} ", ha="right", va="top", color=MUTED, fontsize=10,
            transform=axes.get_xaxis_transform(),
        )  # fmt: skip
    axes.set_xlabel(text(chart.x.title), loc="right")
    axes.set_ylabel(text(chart.y.title), loc="top")
    return figure


def _widen(axes: Axes, chart: Points) -> None:
    """Limits with room for the names, a quarter of the range or a factor of two; ticks to suit."""
    level = [] if chart.level is None else [chart.level]
    for values, axis, setter in (
        (
            [*(one.x[0] for one in chart.points), *(v for _, v in chart.lines)],
            chart.x,
            axes.set_xlim,
        ),
        ([*(one.y[0] for one in chart.points), *level], chart.y, axes.set_ylim),
    ):
        if axis.log:
            low, high = math.log10(min(values)), math.log10(max(values))
            room = max(0.25 * (high - low), 0.3)
            setter(10 ** (low - room), 10 ** (high + room))
        else:
            room = 0.25 * (max(values) - min(values)) or 0.5 * abs(max(values)) or 1.0
            setter(min(values) - room, max(values) + room)
