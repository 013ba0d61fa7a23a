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

from calobench.report.figures.panel import Box, Panel, PanelFigure
from calobench.report.figures.quick_axes import QuickAxes
from calobench.report.figures.style import GEANT4, INK, MODEL, MUTED
from calobench.report.figures.ticks import LogTicks, Thousands, power_of_ten

__all__ = [
    "Array",
    "Canvas",
    "Panels",
    "add_axes",
    "draw_legend",
    "draw_line",
    "draw_steps",
    "height_pt",
    "log_axis",
    "panels",
    "paper_panels",
    "second_axis",
    "shade",
    "stacked_panels",
    "with_unit",
    "write",
]

Array = NDArray[np.float64]
Canvas = Figure | SubFigure | PanelFigure
"""Canvas of a drawing: a figure of its own, or a part of one; panels that are written as SVG."""

Panels = Axes | Panel
"""Axes of matplotlib, or a panel that is written as SVG."""

# Of figures with axes: width, and the margins, which hold ticks and titles.
_WIDTH_IN = 5.0
_LEFT_PT, _RIGHT_PT, _FOOT_PT, _GAP_PT = 64.0, 10.0, 42.0, 7.0


def with_unit(label: str, unit: str) -> str:
    """Label of an axis, as in the field: ``depth z [mm]``."""
    return f"{label} [{unit}]" if unit else label


def add_axes(
    figure: Figure | SubFigure, where: tuple[float, float, float, float], **settings: Any
) -> Axes:
    """Axes at (left, bottom, width, height) of the figure, with ticks on all sides."""
    return figure.add_axes(where, axes_class=QuickAxes, **settings)


def panels(
    figure: Canvas | None = None, *, height: float = 4.3, head: float = 25.0
) -> tuple[Canvas, Panels, Panels]:
    """A figure with the main panel and, below it, the ratio panel.

    Args:
        figure: to draw in; None for a new one of the usual width, for a page.
        height: of a new one, inches.
        head: room above the main panel, pt.
    """
    figure, (main, ratio) = stacked_panels((2.6, 1.0), figure, height=height, head=head)
    return figure, main, ratio


def stacked_panels(
    parts: Sequence[float],
    figure: Canvas | None = None,
    *,
    height: float = 4.3,
    head: float = 25.0,
) -> tuple[Canvas, list[Panels]]:
    """Panels above each other, with one horizontal axis.

    Args:
        parts: of the height, from the top.
        figure: to draw in; None for a new one of the usual width, for a page.
        height: of a new one, inches.
        head: room above the first panel, pt.
    """
    if figure is None:
        figure = PanelFigure(72 * _WIDTH_IN, 72 * height)
    width, tall = _size_pt(figure)
    free = tall - head - _FOOT_PT - _GAP_PT * (len(parts) - 1)
    top = head
    drawn: list[Panels] = []
    for part in parts:
        high = free * part / sum(parts)
        box = Box(_LEFT_PT, top, width - _LEFT_PT - _RIGHT_PT, high)
        axes = _panel(figure, box, drawn[0] if drawn else None)
        axes.yaxis.set_major_locator(
            MaxNLocator(max(2, round(high / 35)), steps=[1, 2, 2.5, 5, 10], prune="lower")
        )
        drawn.append(axes)
        top += high + _GAP_PT
    for axes in drawn[:-1]:
        if isinstance(axes, Panel):
            axes.labels_below = False
        else:
            axes.tick_params(labelbottom=False)
    return figure, drawn


def _panel(figure: Canvas, box: Box, above: Panels | None) -> Panels:
    if isinstance(figure, PanelFigure):
        panel = Panel(box, above if isinstance(above, Panel) else None)
        figure.panels.append(panel)
        return panel
    width, tall = _size_pt(figure)
    bottom = tall - box.top - box.height
    where = (box.left / width, bottom / tall, box.width / width, box.height / tall)
    return add_axes(figure, where, sharex=above)


def paper_panels(height: float = 4.3) -> tuple[Figure, Axes, Axes]:
    """A figure for files with the main panel and, below it, the ratio panel; height in inches."""
    figure = Figure(figsize=(_WIDTH_IN, height))
    panels(figure)
    main, ratio = figure.axes
    return figure, main, ratio


def _size_pt(figure: Canvas) -> tuple[float, float]:
    if isinstance(figure, PanelFigure):
        return figure.width, figure.height
    point = 72 / figure.get_figure(root=True).dpi
    return figure.bbox.width * point, figure.bbox.height * point


def height_pt(axes: Panels) -> float:
    """Of a panel."""
    if isinstance(axes, Panel):
        return axes.box.height
    return float(axes.bbox.height) * 72 / _root(axes).dpi


def write(
    axes: Panels, x: float, y: float, words: str, *, data_x: bool, up_pt: float = 0.0,
    rotation: float = 0.0, **style: Any,
) -> None:  # fmt: skip
    """Words in a panel, or beside it.

    Args:
        axes: the panel.
        x: where, in parts of the panel, or a value of the axis.
        y: in parts of the panel, upwards.
        words: what is written.
        data_x: whether x is a value.
        up_pt: so much above.
        rotation: degrees, against the clock.
        style: ``ha``, ``va``, ``fontsize`` and ``color``.
    """
    if isinstance(axes, Panel):
        axes.put("words", x, y, words, data_x=data_x, up_pt=up_pt, rotation=rotation, **style)
        return
    at = axes.get_xaxis_transform() if data_x else axes.transAxes
    if up_pt:
        at = at + ScaledTranslation(0, up_pt / 72, _root(axes).dpi_scale_trans)
    axes.text(x, y, words, rotation=rotation, transform=at, **style)


def second_axis(axes: Panels, unit: float, title: str) -> None:
    """The same axis in another unit, above the panel; call it when the limits are set.

    Args:
        axes: the topmost panel.
        unit: in units of the axis below.
        title: with the unit's symbol.
    """
    low, high = (limit / unit for limit in axes.get_xlim())
    ticks = [t for t in MaxNLocator(6).tick_values(low, high) if low <= t <= high]
    if isinstance(axes, Panel):
        axes.ticks_above = False
    else:
        axes.tick_params(axis="x", top=False)
    words: dict[str, Any] = {"va": "bottom", "fontsize": 11, "color": MUTED, "up_pt": 5.0}
    for tick, label in zip(ticks, Thousands().format_ticks(ticks), strict=True):
        # At the left end stands the title.
        if tick - low < 0.04 * (high - low):
            continue
        write(axes, tick * unit, 1, label, ha="center", data_x=True, **words)
        _tick_above(axes, tick * unit)
    write(axes, 0, 1, f"{title}  ", ha="right", data_x=False, **words)


def _tick_above(axes: Panels, x: float) -> None:
    if isinstance(axes, Panel):
        axes.put("tick", x)
        return
    mark = np.full(2, x), np.array([1.0, 0.97])
    style: dict[str, Any] = {"color": INK, "linewidth": 0.8}
    draw_line(axes, *mark, transform=axes.get_xaxis_transform(), **style)


def _root(axes: Axes) -> Figure:
    figure = axes.get_figure(root=True)
    if figure is None:
        raise ValueError("the axes are in no figure")
    return figure


def log_axis(axes: Panels, which: str) -> None:
    """Make the axis logarithmic: ticks at powers of ten, at 1, 2 and 5 times them where those are few."""
    if isinstance(axes, Panel):
        axes.make_log(which)
        return
    (axes.set_xscale if which == "x" else axes.set_yscale)("log")
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_locator(LogTicks())
    axis.set_major_formatter(FuncFormatter(lambda value, _: power_of_ten(value)))
    axis.set_minor_locator(NullLocator())


def draw_steps(axes: Panels, values: Array, edges: Array, **settings: Any) -> None:
    """Draw a histogram as :meth:`Axes.stairs` does, without its search for the limits of the axes."""
    if isinstance(axes, Panel):
        axes.put("steps", values, edges, **settings)
        return
    settings = {"fill": False, **settings}
    fixed = {"baseline": settings.pop("baseline", 0)}
    axes.add_artist(StepPatch(values, edges, **fixed, **settings))


def draw_line(axes: Panels, x: Array, y: Array, **settings: Any) -> None:
    """Draw a line or points as :meth:`Axes.plot` does, in limits that are set elsewhere."""
    if isinstance(axes, Panel):
        axes.put("line", x, y, **settings)
        return
    axes.add_artist(Line2D(x, y, **settings))


def shade(axes: Panels, left: float, right: float, **settings: Any) -> None:
    """Shade what lies between two values of x, in limits that are set elsewhere."""
    if isinstance(axes, Panel):
        axes.put("shade", left, right, **settings)
        return
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
