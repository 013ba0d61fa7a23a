"""Axes that the plot kinds share: two panels, bins for what lies outside, ticks in plain text."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, FigureBase
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle, StepPatch
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullLocator
from numpy.typing import NDArray

from calobench.report.figures.quick_axes import QuickAxes
from calobench.report.figures.style import GEANT4, INK, MODEL, MUTED
from calobench.report.figures.ticks import LogTicks, power_of_ten

__all__ = [
    "Array",
    "Bins",
    "add_axes",
    "draw_legend",
    "draw_line",
    "draw_steps",
    "log_axis",
    "panels",
    "shade",
    "with_unit",
]

Array = NDArray[np.float64]


def with_unit(label: str, unit: str) -> str:
    """Label of an axis, as in the field: ``depth z [mm]``."""
    return f"{label} [{unit}]" if unit else label


def add_axes(figure: Figure, where: tuple[float, float, float, float], **settings: Any) -> Axes:
    """Axes at (left, bottom, width, height) of the figure, with ticks on all sides."""
    return figure.add_axes(where, axes_class=QuickAxes, **settings)


def panels() -> tuple[Figure, Axes, Axes]:
    """A figure with the main panel and, below it, the ratio panel."""
    figure = Figure(figsize=(5.0, 4.3))
    main = add_axes(figure, (0.18, 0.38, 0.79, 0.54))
    ratio = add_axes(figure, (0.18, 0.14, 0.79, 0.21), sharex=main)
    main.tick_params(labelbottom=False)
    main.yaxis.set_major_locator(MaxNLocator(6, prune="lower"))
    return figure, main, ratio


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


def draw_legend(figure: FigureBase, *, spread: bool = False) -> None:
    """Above the main panel, where no data can lie; coloured signs, for boxes take longer than the data."""
    entries = [("■ Geant4", GEANT4), ("● model", MODEL)]
    entries += [("-- shower to shower", MUTED)] if spread else []
    x = 0.97
    for word, colour in reversed(entries):
        figure.text(x, 0.935, word, color=colour, ha="right", va="bottom", fontsize=11)
        x -= 0.017 * len(word) + 0.045


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
                centre, 0.97, word, rotation=90, ha="center", va="top", fontsize=9.5, color=MUTED,
                transform=main.get_xaxis_transform(),
            )  # fmt: skip
