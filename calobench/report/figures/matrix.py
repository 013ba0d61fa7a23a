"""Correlation matrices: two triangles in one square."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from calobench.report.figures.axes import Array, add_axes
from calobench.report.figures.diverging import colours, draw_ramp
from calobench.report.figures.style import INK, MUTED

__all__ = ["draw_layers", "draw_triangles"]

_CELL_PT = 12.5
_LABEL_PT, _FOOT_PT, _EDGE_PT = 128.0, 48.0, 20.0
_MAX_LABEL = 22


def draw_triangles(
    labels: Sequence[str],
    above: Array,
    below: Array,
    reach: float,
    words: tuple[str, str, str],
    text: Callable[[str], str] = str,
) -> Figure:
    """A square of named numbers.

    Args:
        labels: of the K numbers.
        above: for the triangle above the diagonal, by its rows, (K (K - 1) / 2,).
        below: for the one below it, mirrored, likewise.
        reach: largest value of the colour scale.
        words: what lies above, what below ('' for both if it is the same), and what the scale is.
        text: makes labels ready for the font that is used.
    """
    side = len(labels) * _CELL_PT
    width, height = side + _LABEL_PT + _EDGE_PT, side + _LABEL_PT + _FOOT_PT + _EDGE_PT
    figure = Figure(figsize=(width / 72, height / 72))
    bottom = _LABEL_PT + _FOOT_PT
    axes = add_axes(figure, (_LABEL_PT / width, bottom / height, side / width, side / height))
    axes.imshow(
        colours(_square(len(labels), above, below), reach), aspect="auto", interpolation="none"
    )
    names = [text(_shorten(label)) for label in labels]
    axes.tick_params(which="both", length=0, labelsize=8.5)
    axes.set_xticks(range(len(labels)), names, rotation=90)
    axes.set_yticks(range(len(labels)), names)
    axes.plot([-0.5, len(labels) - 0.5], [-0.5, len(labels) - 0.5], color=INK, linewidth=0.8)
    _name_triangles(figure, words[0], words[1])
    ramp = (_LABEL_PT / width, 33 / height, side / width, 8 / height)
    draw_ramp(figure, ramp, reach, words[2])
    return figure


def draw_layers(
    layers: Sequence[int], above: Array, below: Array, reach: float, words: tuple[str, str, str]
) -> Figure:
    """A square of layers, numbered along the shower; see :func:`draw_triangles`."""
    figure = Figure(figsize=(5.0, 5.9))
    axes = add_axes(figure, (0.13, 0.22, 0.84, 0.84 * 5.0 / 5.9))
    first, last = min(layers, default=0) - 0.5, max(layers, default=0) + 0.5
    axes.imshow(
        colours(_square(len(layers), above, below), reach), aspect="auto", interpolation="none",
        extent=(first, last, last, first),
    )  # fmt: skip
    axes.plot([first, last], [first, last], color=INK, linewidth=0.8)
    axes.set_xlabel("layer")
    axes.set_ylabel("layer")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(6, integer=True))
    _name_triangles(figure, words[0], words[1])
    draw_ramp(figure, (0.13, 0.08, 0.84, 0.02), reach, words[2])
    return figure


def _name_triangles(figure: Figure, above: str, below: str) -> None:
    if above:
        figure.text(0.99, 0.99, f"{above} ◥", ha="right", va="top", fontsize=10, color=MUTED)
        figure.text(0.01, 0.99, f"◣ {below}", ha="left", va="top", fontsize=10, color=MUTED)


def _square(size: int, above: Array, below: Array) -> Array:
    square = np.zeros((size, size))
    rows, columns = np.triu_indices(size, 1)
    square[rows, columns] = above
    square[columns, rows] = below
    return square


def _shorten(label: str) -> str:
    return label if len(label) <= _MAX_LABEL else f"{label[: _MAX_LABEL - 1]}…"
