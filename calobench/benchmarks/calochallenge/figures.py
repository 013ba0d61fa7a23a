"""Separation power layer by layer, beside its statistical floor."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from calobench.benchmarks.calochallenge.record import SeparationRow
from calobench.report.figures.axes import add_axes, log_axis
from calobench.report.figures.style import GEANT4, INK, MODEL

__all__ = ["draw_layers"]


def draw_layers(row: SeparationRow) -> Figure:
    """Points: as published; line: floor of each layer. Separation times 1000, logarithmic."""
    points = [score for score in row.histograms if score.as_published]
    layer = np.array([score.member for score in points], dtype=np.float64)
    value = 1e3 * np.array([score.as_published for score in points], dtype=np.float64)
    floor = 1e3 * np.array([score.floor or np.nan for score in points], dtype=np.float64)
    figure = Figure(figsize=(5.0, 3.2))
    axes = add_axes(figure, (0.17, 0.2, 0.79, 0.74))
    axes.plot(layer, floor, color=GEANT4, linewidth=1.6, drawstyle="steps-mid")
    axes.plot(layer, value, "o", color=MODEL)
    seen = np.concatenate([value, floor[np.isfinite(floor)]])
    if seen.size:
        # Whole decades, so that two of them at least have a label.
        low, high = np.floor(np.log10(0.8 * seen.min())), np.ceil(np.log10(1.2 * seen.max()))
        axes.set_ylim(10.0**low, 10.0**high)
    log_axis(axes, "y")
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    axes.set_xlabel("layer", loc="right", color=INK)
    axes.set_ylabel("separation × 1000", loc="top", color=INK)
    return figure
