"""ROC curves, maps of the mean shower and correlations as figures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from calobench.report.comparison.charts import Chart
from calobench.report.comparison.pictures import Maps, Matrix, Roc, Rocs
from calobench.report.figures.axes import add_axes
from calobench.report.figures.diverging import draw_ramp
from calobench.report.figures.events import draw_log_ramp
from calobench.report.figures.matrix import draw_layers, draw_triangles
from calobench.report.figures.mean_showers import (
    RATIO_REACH,
    fraction_pixels,
    fraction_scale,
    ratio_pixels,
)
from calobench.report.figures.style import INK, MUTED
from calobench.report.text import measured

__all__ = ["draw_picture"]

Text = Callable[[str], str]

_LEFT, _WIDTH = 0.13, 0.84
_MAP_IN, _TALL_IN = 1.3, 7.5


def draw_picture(chart: Chart, text: Text) -> Figure:
    """The figure of a chart without bins.

    Args:
        chart: :class:`Rocs`, :class:`Maps` or :class:`Matrix`.
        text: makes labels ready for the font that is used.

    Raises:
        TypeError: it is another.
    """
    if isinstance(chart, Rocs):
        return _draw_rocs(chart, text)
    if isinstance(chart, Maps):
        return _draw_maps(chart, text)
    if isinstance(chart, Matrix):
        return _draw_matrix(chart, text)
    raise TypeError(f"no drawing for {type(chart).__name__}")


def _draw_rocs(chart: Rocs, text: Text) -> Figure:
    figure = Figure(figsize=(5.0, 4.4))
    axes = add_axes(figure, (_LEFT, 0.14, _WIDTH, 0.78))
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.9, linestyle="--", label="guessing")
    for one in chart.curves:
        axes.plot(
            one.false, one.true, color=one.look.colour, linestyle=one.look.dashes, linewidth=1.5,
            label=_named(one, text),
        )  # fmt: skip
    axes.set_xlabel(text(chart.x.title))
    axes.set_ylabel(text(chart.y.title))
    axes.legend(loc="lower right", fontsize=10, labelspacing=0.3)
    return figure


def _named(one: Roc, text: Text) -> str:
    area = "" if one.area is None else f": AUC {measured(*one.area)}"
    return f"{text(one.name)}{area}"


def _draw_maps(chart: Maps, text: Text) -> Figure:
    figure = Figure(figsize=(5.0, _TALL_IN))
    scale = fraction_scale(chart.reference.value, chart.model.value)
    maps = (("Geant4", chart.reference), (chart.model_name, chart.model))
    bottom = _TALL_IN - 0.5
    for row, (name, image) in enumerate(maps):
        bottom -= _MAP_IN + (0.3 if row else 0.0)
        axes = _map(figure, bottom, chart, fraction_pixels(image.value, scale), text)
        _name(axes, text(name))
        axes.tick_params(labelbottom=row == len(maps) - 1)
    axes.set_xlabel(text(chart.x.title))
    bottom -= 0.75
    draw_log_ramp(
        figure, (_LEFT, bottom / _TALL_IN, _WIDTH, 0.1 / _TALL_IN), scale,
        "fraction of the visible energy",
    )  # fmt: skip
    bottom -= _MAP_IN + 0.85
    axes = _map(figure, bottom, chart, ratio_pixels(*chart.ratio), text)
    _name(axes, f"{text(chart.model_name)} / Geant4")
    axes.set_xlabel(text(chart.x.title))
    bottom -= 0.65
    where = (_LEFT, bottom / _TALL_IN, _WIDTH, 0.1 / _TALL_IN)
    draw_ramp(figure, where, RATIO_REACH, "model / Geant4 − 1")
    return figure


def _map(
    figure: Figure, bottom_in: float, chart: Maps, pixels: NDArray[np.uint8], text: Text
) -> Axes:
    axes = add_axes(figure, (_LEFT, bottom_in / _TALL_IN, _WIDTH, _MAP_IN / _TALL_IN))
    axes.imshow(
        pixels, extent=(chart.x_edges[0], chart.x_edges[-1], chart.y_edges[0], chart.y_edges[-1]),
        origin="lower", aspect="auto", interpolation="none",
    )  # fmt: skip
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.set_ylabel(text(chart.y.title))
    return axes


def _name(axes: Axes, words: str) -> None:
    """Above the panel, on the right."""
    axes.text(
        1, 1.02, words, ha="right", va="bottom", color=INK, fontsize=11, transform=axes.transAxes
    )


def _draw_matrix(chart: Matrix, text: Text) -> Figure:
    words = ("Geant4", text(chart.model_name), "Pearson r")
    if chart.layers:
        return draw_layers(chart.layers, chart.reference, chart.model, 1.0, words)
    return draw_triangles(chart.labels, chart.reference, chart.model, 1.0, words, text)
