"""Axes that the plot kinds share: two panels, bins for what lies outside, ticks in plain text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle, StepPatch
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator
from matplotlib.transforms import ScaledTranslation
from numpy.typing import NDArray

from calobench.report.figures.quick_axes import QuickAxes
from calobench.report.figures.style import GEANT4, INK, MODEL, MUTED
from calobench.report.figures.ticks import LogTicks, Thousands, power_of_ten

__all__ = [
    "Array",
    "Bins",
    "Canvas",
    "add_axes",
    "draw_legend",
    "draw_line",
    "draw_steps",
    "log_axis",
    "panels",
    "second_axis",
    "shade",
    "stacked_panels",
    "with_unit",
]

Array = NDArray[np.float64]
Canvas = Figure | SubFigure
"""What can be drawn in: a figure of its own, or a part of one."""

# Of figures with axes: width, and the margins, which hold ticks and titles.
_WIDTH_IN = 5.0
_LEFT_PT, _RIGHT_PT, _FOOT_PT, _GAP_PT = 64.0, 10.0, 42.0, 7.0


def with_unit(label: str, unit: str) -> str:
    """Label of an axis, as in the field: ``depth z [mm]``."""
    return f"{label} [{unit}]" if unit else label


def add_axes(figure: Canvas, where: tuple[float, float, float, float], **settings: Any) -> Axes:
    """Axes at (left, bottom, width, height) of the figure, with ticks on all sides."""
    return figure.add_axes(where, axes_class=QuickAxes, **settings)


def panels(
    figure: Canvas | None = None, *, height: float = 4.3, head: float = 25.0
) -> tuple[Canvas, Axes, Axes]:
    """A figure with the main panel and, below it, the ratio panel.

    Args:
        figure: to draw in; None for a new one of the usual width.
        height: of a new one, inches.
        head: room above the main panel, pt.
    """
    figure, (main, ratio) = stacked_panels((2.6, 1.0), figure, height=height, head=head)
    return figure, main, ratio


def stacked_panels(
    shares: Sequence[float],
    figure: Canvas | None = None,
    *,
    height: float = 4.3,
    head: float = 25.0,
) -> tuple[Canvas, list[Axes]]:
    """Panels above each other, with one horizontal axis.

    Args:
        shares: of the height, from the top.
        figure: to draw in; None for a new one of the usual width.
        height: of a new one, inches.
        head: room above the first panel, pt.
    """
    figure = figure or Figure(figsize=(_WIDTH_IN, height))
    width, tall = _size_pt(figure)
    free = tall - head - _FOOT_PT - _GAP_PT * (len(shares) - 1)
    top = tall - head
    drawn: list[Axes] = []
    for share in shares:
        high = free * share / sum(shares)
        where = (
            _LEFT_PT / width,
            (top - high) / tall,
            1 - (_LEFT_PT + _RIGHT_PT) / width,
            high / tall,
        )
        axes = add_axes(figure, where, sharex=drawn[0] if drawn else None)
        axes.yaxis.set_major_locator(
            MaxNLocator(max(2, round(high / 35)), steps=[1, 2, 2.5, 5, 10], prune="lower")
        )
        drawn.append(axes)
        top -= high + _GAP_PT
    for axes in drawn[:-1]:
        axes.tick_params(labelbottom=False)
    return figure, drawn


def _size_pt(figure: Canvas) -> tuple[float, float]:
    point = 72 / figure.get_figure(root=True).dpi
    return figure.bbox.width * point, figure.bbox.height * point


def second_axis(axes: Axes, unit: float, title: str) -> None:
    """The same axis in another unit, above the panel; call it when the limits are set.

    Args:
        axes: the topmost panel.
        unit: in units of the axis below.
        title: with the unit's symbol.
    """
    low, high = (limit / unit for limit in axes.get_xlim())
    ticks = [t for t in MaxNLocator(6).tick_values(low, high) if low <= t <= high]
    axes.tick_params(axis="x", top=False)
    where = axes.get_xaxis_transform()
    above = ScaledTranslation(0, 5 / 72, _root(axes).dpi_scale_trans)
    words: dict[str, Any] = {"va": "bottom", "fontsize": 11, "color": MUTED}
    for tick, label in zip(ticks, Thousands().format_ticks(ticks), strict=True):
        # At the left end stands the title.
        if tick - low < 0.04 * (high - low):
            continue
        axes.text(tick * unit, 1, label, ha="center", transform=where + above, **words)
        mark = np.full(2, tick * unit), np.array([1.0, 0.97])
        draw_line(axes, *mark, color=INK, linewidth=0.8, transform=where)
    axes.text(0, 1, f"{title}  ", ha="right", transform=axes.transAxes + above, **words)


def _root(axes: Axes) -> Figure:
    figure = axes.get_figure(root=True)
    if figure is None:
        raise ValueError("the axes are in no figure")
    return figure


def log_axis(axes: Axes, which: str) -> None:
    """Make the axis logarithmic: ticks at powers of ten, at 1, 2 and 5 times them where those are few."""
    (axes.set_xscale if which == "x" else axes.set_yscale)("log")
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(LogTicks())
    axis.set_major_formatter(FuncFormatter(lambda value, _: power_of_ten(value)))
    axis.set_minor_locator(NullLocator())


def draw_steps(axes: Axes, values: Array, edges: Array, **settings: Any) -> None:
    """Draw a histogram as :meth:`Axes.stairs` does, without its search for the limits of the axes."""
    settings = {"fill": False, **settings}
    fixed = {"baseline": settings.pop("baseline", 0)}
    axes.add_artist(StepPatch(values, edges, **fixed, **settings))


def draw_line(axes: Axes, x: Array, y: Array, **settings: Any) -> None:
    """Draw a line or points as :meth:`Axes.plot` does, in limits that are set elsewhere."""
    axes.add_artist(Line2D(x, y, **settings))


def shade(axes: Axes, left: float, right: float, **settings: Any) -> None:
    """Shade what lies between two values of x, in limits that are set elsewhere."""
    box = Rectangle(
        (left, 0), right - left, 1, transform=axes.get_xaxis_transform(), linewidth=0, **settings
    )
    axes.add_artist(box)


def draw_legend(figure: Canvas, *, spread: bool = False) -> None:
    """Above the main panel, where no data can lie; coloured signs, for boxes take longer than the data."""
    wide, tall = _size_pt(figure)
    entries = [("■", "Geant4", GEANT4), ("●", "model", MODEL)]
    entries += [("--", "shower to shower", MUTED)] if spread else []
    x = 1 - _RIGHT_PT / wide
    style: dict[str, Any] = {"ha": "right", "va": "top", "fontsize": 11}
    # The colour of a model may be too pale for words.
    for sign, word, colour in reversed(entries):
        figure.text(x, 1 - 5 / tall, word, color=INK, **style)
        x -= (6.9 * len(word) + 4) / wide
        figure.text(x, 1 - 5 / tall, sign, color=colour, **style)
        x -= 20 / wide


class Bins:
    """Bins of an axis, with an extra one at an end where something lies outside.

    Attributes:
        edges: of all bins drawn.
        log: whether the axis is logarithmic.
    """

    def __init__(self, edges: Array, *, flow: bool, under: bool, over: bool, log: bool) -> None:
        positive = bool(edges[0] > 0)
        self.log = log and positive
        self.under = flow and under
        self.over = flow and over
        self._keep = slice(int(flow and not under), -1 if flow and not over else None)
        self.edges = self._extend(edges)

    def _extend(self, edges: Array) -> Array:
        scaled = np.log(edges) if self.log else edges
        extra = 0.05 * (scaled[-1] - scaled[0])
        low = [scaled[0] - extra] if self.under else []
        high = [scaled[-1] + extra] if self.over else []
        extended = np.concatenate([low, scaled, high])
        return np.exp(extended) if self.log else extended

    @property
    def centres(self) -> Array:
        """Of the bins, in the middle of what is drawn."""
        low, high = self.edges[:-1], self.edges[1:]
        return np.sqrt(low * high) if self.log else 0.5 * (low + high)

    def select(self, values: Array) -> Array:
        """Of all stored bins those that are drawn."""
        return values[self._keep]

    def mark(self, main: Axes, ratio: Axes) -> None:
        """Set the limits and shade the bins of what lies outside, with a word and an arrow."""
        if self.log:
            log_axis(main, "x")
        else:
            main.xaxis.set_major_locator(MaxNLocator(5))
        main.set_xlim(float(self.edges[0]), float(self.edges[-1]))
        ends = [(0, 1, "◂ under")] if self.under else []
        ends += [(-2, -1, "over ▸")] if self.over else []
        for low, high, word in ends:
            left, right = float(self.edges[low]), float(self.edges[high])
            for axes in (main, ratio):
                shade(axes, left, right, color=INK, alpha=0.08)
            centre = self.centres[0 if low == 0 else -1]
            main.text(
                centre, 0.97, word, rotation=90, ha="center", va="top", fontsize=11, color=MUTED,
                transform=main.get_xaxis_transform(),
            )  # fmt: skip
