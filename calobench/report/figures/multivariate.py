"""Weights of the classifier, and the scale on which Geant4 statistics are read."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from calobench.report.figures.axes import (
    Array,
    add_axes,
    draw_legend,
    draw_line,
    draw_steps,
    log_axis,
)
from calobench.report.figures.bins import Bins
from calobench.report.figures.ratio import draw_error_bars
from calobench.report.figures.style import GEANT4, INK, MODEL, MUTED
from calobench.report.roc import roc_points
from calobench.results.multivariate import ClassifierRecord, EquivalentStatistics

__all__ = ["draw_equivalent", "draw_roc", "draw_weights"]

_AREA = (0.17, 0.17, 0.8, 0.71)


def draw_weights(record: ClassifierRecord) -> Figure:
    """Fraction of showers per bin of log10 w in both samples, with the error of counting."""
    figure = Figure(figsize=(5.0, 3.5))
    axes = add_axes(figure, _AREA)
    counts = np.array([record.reference, record.model])
    ends = np.any(counts, axis=0).tolist()
    bins = Bins(np.array(record.log10_edges), flow=True, under=ends[0], over=ends[-1], log=False)
    fractions = [bins.select(row) / max(row.sum(), 1) for row in counts]
    errors = [np.sqrt(bins.select(row)) / max(row.sum(), 1) for row in counts]
    draw_steps(axes,
        fractions[0] + errors[0], bins.edges, baseline=np.maximum(fractions[0] - errors[0], 0),
        fill=True, color=GEANT4, alpha=0.45, linewidth=0,
    )  # fmt: skip
    draw_steps(axes, fractions[0], bins.edges, fill=True, color=GEANT4, alpha=0.13, linewidth=0)
    draw_steps(axes, fractions[0], bins.edges, color=GEANT4, linewidth=1.2)
    draw_steps(axes, fractions[1], bins.edges, color=MODEL)
    draw_error_bars(axes, bins.centres, fractions[1], errors[1])
    axes.axvline(0, color=INK, linewidth=0.8)
    top = float(
        max((fraction + error).max() for fraction, error in zip(fractions, errors, strict=True))
    )
    axes.set_ylim(0, 1.12 * top if top > 0 else 1)
    axes.set_xlim(float(bins.edges[0]), float(bins.edges[-1]))
    # Five ticks have room for their signs and decimals.
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.set_xlabel("log₁₀ w, model over Geant4")
    axes.set_ylabel("fraction of showers")
    draw_legend(figure)
    return figure


def draw_roc(record: ClassifierRecord) -> Figure:
    """ROC curve: showers of the model that are told, against those of Geant4 that are taken for them.

    From the histograms of the weight: w rises with the classifier's output.
    """
    figure = Figure(figsize=(5.0, 3.5))
    axes = add_axes(figure, _AREA)
    _, reference, model = roc_points(record)
    ends = np.array([0.0, 1.0])
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    draw_line(axes, ends, ends, color=MUTED, linewidth=0.9, linestyle="--")
    draw_line(axes, reference, model, color=MODEL, linewidth=1.4, marker="o", markersize=2.5)
    axes.text(
        0.97, 0.06, "guessing: the diagonal", color=MUTED, fontsize=11, ha="right", va="bottom"
    )
    axes.set_xlabel("Geant4 taken for the model")
    axes.set_ylabel("model recognised")
    return figure


def draw_equivalent(record: EquivalentStatistics) -> Figure:
    """Distance against the number of Geant4 showers: measured, the law, and where the model lies."""
    figure = Figure(figsize=(5.0, 3.5))
    axes = add_axes(figure, _AREA)
    n = np.geomspace(2, 2 * max(record.n_model, record.n_reference), 80)
    axes.plot(n, _law(record, n, record.n_reference), color=GEANT4)
    # Parts are compared with the rest of the reference: shown as if with all of it.
    points = np.array([(p.n, p.rest, p.distance) for p in record.points])
    scale = _law(record, points[:, 0], record.n_reference) / _law(
        record, points[:, 0], points[:, 1]
    )
    axes.plot(points[:, 0], points[:, 2] * scale, "o", color=GEANT4, markersize=4.5)
    axes.axhspan(
        record.distance - record.error, record.distance + record.error, color=MODEL, alpha=0.2,
        linewidth=0,
    )  # fmt: skip
    axes.axhline(record.distance, color=MODEL)
    _mark(axes, record)
    log_axis(axes, "x")
    log_axis(axes, "y")
    axes.set_xlim(float(n[0]), float(n[-1]))
    axes.set_xlabel("showers of Geant4")
    axes.set_ylabel("mean KS distance")
    figure.legend(
        handles=[
            Line2D([], [], color=GEANT4, marker="o", markersize=4.5, label="Geant4"),
            Line2D([], [], color=MODEL, label="model"),
        ],
        ncols=2, loc="lower right", bbox_to_anchor=(0.975, 0.89), borderpad=0,
        borderaxespad=0.3, columnspacing=1.4, handletextpad=0.6,
    )  # fmt: skip
    return figure


def _law(record: EquivalentStatistics, n: Array, rest: Array | float) -> Array:
    root = 1 / np.sqrt(1 / n + 1 / np.asarray(rest, np.float64))
    distance: Array = record.c / (root + 0.12 + 0.11 / root)
    return distance


def _mark(axes: Axes, record: EquivalentStatistics) -> None:
    axes.axvline(record.showers, color=MUTED, linewidth=0.9, linestyle="--")
    if record.high is not None:
        axes.axvspan(record.low, record.high, color=MUTED, alpha=0.15, linewidth=0)
