"""Axes that the plot kinds share: two panels, bins for what lies outside, ticks in plain text."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.markers import TICKDOWN, TICKLEFT, TICKRIGHT, TICKUP
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator
from numpy.typing import NDArray

from calobench.report.figures.style import GEANT4, INK, MODEL, MUTED

__all__ = ["Array", "Bins", "draw_legend", "draw_minor_ticks", "log_axis", "panels", "with_unit"]

Array = NDArray[np.float64]

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def with_unit(label: str, unit: str) -> str:
    """Label of an axis, as in the field: ``depth z [mm]``."""
    return f"{label} [{unit}]" if unit else label


def panels() -> tuple[Figure, Axes, Axes]:
    """A figure with the main panel and, below it, the ratio panel."""
    figure = Figure(figsize=(5.0, 4.3))
    main = figure.add_axes((0.18, 0.38, 0.79, 0.54))
    ratio = figure.add_axes((0.18, 0.14, 0.79, 0.21), sharex=main)
    main.tick_params(labelbottom=False)
    main.yaxis.set_major_locator(MaxNLocator(6, prune="lower"))
    return figure, main, ratio


def log_axis(axes: Axes, which: str) -> None:
    """Make the axis logarithmic, its ticks labelled 10⁻³, 1, 10 ..."""
    (axes.set_xscale if which == "x" else axes.set_yscale)("log")
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(LogLocator(10, numticks=7))
    axis.set_major_formatter(FuncFormatter(lambda value, _: _power(value)))
    axis.set_minor_locator(NullLocator())


def draw_minor_ticks(*panels: Axes) -> None:
    """On all four sides, one artist a side. Call it when the limits are set."""
    style: dict[str, Any] = {
        "color": INK,
        "clip_on": False,
        "linestyle": "none",
        "markeredgewidth": 0.6,
    }
    for axes in panels:
        x, y = _minor(axes.xaxis, axes.get_xlim()), _minor(axes.yaxis, axes.get_ylim())
        limits = axes.axis()
        for end, across, along in ((0, TICKRIGHT, TICKUP), (1, TICKLEFT, TICKDOWN)):
            for place, marker, transform in (
                ((np.full_like(y, end), y), across, axes.get_yaxis_transform()),
                ((x, np.full_like(x, end)), along, axes.get_xaxis_transform()),
            ):
                axes.plot(*place, marker=marker, markersize=2.5, transform=transform, **style)
        axes.axis(limits)


def _minor(axis: Axis, limits: tuple[float, float]) -> Array:
    low, high = limits
    if axis.get_scale() == "log":
        decades = np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
        ticks = (10.0 ** decades[:, None] * np.arange(2, 10)).ravel()
    else:
        major = np.asarray(axis.get_majorticklocs(), dtype=np.float64)
        if len(major) < 2:
            return np.zeros(0)
        step = (major[1] - major[0]) / 5
        ticks = major[0] + step * np.arange(-5, 5 * len(major) + 1)
        on_major = np.isclose(ticks[:, None], major, atol=0.01 * step, rtol=0).any(axis=1)
        ticks = ticks[~on_major]
    return ticks[(ticks > low) & (ticks < high)]


def draw_legend(figure: Figure, *, spread: bool = False) -> None:
    """Above the main panel, where no data can lie."""
    handles: list[Patch | Line2D] = [
        Patch(facecolor=GEANT4, alpha=0.35, edgecolor=GEANT4, label="Geant4"),
        Line2D([], [], color=MODEL, marker="o", label="model"),
    ]
    if spread:
        handles.append(Line2D([], [], color=MUTED, linestyle="--", label="± shower spread"))
    figure.legend(
        handles=handles, ncols=3, loc="lower right", bbox_to_anchor=(0.975, 0.92),
        borderpad=0, borderaxespad=0.3, columnspacing=1.4, handletextpad=0.6,
    )  # fmt: skip


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
        ends = [(0, 1, "◂ under", "right")] if self.under else []
        ends += [(-2, -1, "over ▸", "left")] if self.over else []
        for low, high, word, _ in ends:
            for axes in (main, ratio):
                axes.axvspan(self.edges[low], self.edges[high], color=INK, alpha=0.08, linewidth=0)
            centre = self.centres[min(low, 0) if low == 0 else -1]
            main.text(
                centre, 0.97, word, rotation=90, ha="center", va="top", fontsize=9.5, color=MUTED,
                transform=main.get_xaxis_transform(),
            )  # fmt: skip


def _power(value: float) -> str:
    if value <= 0:
        return ""
    exponent = round(math.log10(value))
    return f"{value:g}" if -1 <= exponent <= 2 else f"10{str(exponent).translate(_SUPERSCRIPT)}"
