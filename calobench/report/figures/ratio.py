"""The ratio panel: model over Geant4, the error of each drawn on its own."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from matplotlib.ticker import FixedLocator

from calobench.report.figures.axes import Array, Panels, draw_line, draw_steps, height_pt
from calobench.report.figures.style import GEANT4, INK, MODEL

__all__ = ["Curve", "draw_error_bars", "draw_ratio"]

# A panel lower than this has room for two labels.
_LOW_PT = 43.2

_HALF_RANGES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


class Curve(NamedTuple):
    """Values of one sample, a bin each, and their errors."""

    value: Array
    error: Array

    def per(self, size: Array) -> Curve:
        """Values and errors divided by the sizes of their bins."""
        return Curve(self.value / size, self.error / size)

    @property
    def relative_error(self) -> Array:
        """Error over value, NaN where there is no value."""
        return _divide(self.error, np.abs(self.value))


def draw_ratio(
    axes: Panels,
    edges: Array,
    centres: Array,
    reference: Curve,
    model: Curve,
    *,
    label: str = "model / G4",
) -> None:
    """Points with the model's error, the band of Geant4's error; arrows point out of range."""
    band = np.nan_to_num(reference.relative_error, nan=0.0, posinf=0.0)
    ratio = _divide(model.value, reference.value)
    error = _divide(model.error, np.abs(reference.value))
    half = _half_range(ratio, error)
    axes.set_ylim(1 - half, 1 + half)
    draw_steps(axes,
        np.minimum(1 + band, 1 + half), edges, baseline=np.maximum(1 - band, 1 - half),
        fill=True, color=GEANT4, alpha=0.35, linewidth=0,
    )  # fmt: skip
    draw_line(axes, edges[[0, -1]], np.ones(2), color=INK, linewidth=0.8)
    inside = np.isfinite(ratio) & (np.abs(ratio - 1) <= half)
    draw_error_bars(axes, centres[inside], ratio[inside], error[inside])
    above, below = ratio > 1 + half, ratio < 1 - half
    for outside, marker, height in ((above, "^", 1 + 0.86 * half), (below, "v", 1 - 0.86 * half)):
        if outside.any():
            heights = np.full(outside.sum(), height)
            draw_line(
                axes, centres[outside], heights, marker=marker, color=MODEL, markersize=4.5,
                linestyle="none",
            )  # fmt: skip
    middle = [] if height_pt(axes) < _LOW_PT else [1.0]
    axes.yaxis.set_major_locator(FixedLocator([1 - half / 2, *middle, 1 + half / 2]))
    axes.set_ylabel(label, loc="center")


def draw_error_bars(axes: Panels, x: Array, value: Array, error: Array) -> None:
    """Points with vertical errors, all bars in one path."""
    gap = np.full_like(x, np.nan)
    bars = np.stack([value - error, value + error, gap], axis=1).ravel()
    draw_line(axes, np.repeat(x, 3), bars, color=MODEL, linewidth=1)
    draw_line(axes, x, value, marker="o", color=MODEL, linestyle="none")


def _half_range(ratio: Array, error: Array) -> float:
    """The smallest range that shows the bins which are measured to better than 30 %."""
    measured = np.isfinite(ratio) & (error < 0.3 * np.abs(ratio))
    if not measured.any():
        return 1.0
    reach = float(np.quantile(np.abs(ratio - 1)[measured] + error[measured], 0.95))
    return next((half for half in _HALF_RANGES if reach < 0.95 * half), 1.0)


def _divide(above: Array, below: Array) -> Array:
    out = np.full(np.shape(below), np.nan)
    with np.errstate(over="ignore", invalid="ignore"):
        np.divide(above, below, out=out, where=np.asarray(below) != 0)
    return out
