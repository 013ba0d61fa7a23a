"""Observables against energy and angle: curves of both samples, and a map of all their pulls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from calobench.report.figures.axes import (
    Array,
    Canvas,
    add_axes,
    draw_legend,
    draw_steps,
    log_axis,
    panels,
    with_unit,
)
from calobench.report.figures.diverging import colours, draw_ramp
from calobench.report.figures.ratio import Curve, draw_error_bars, draw_ratio
from calobench.report.figures.style import GEANT4, GRID, MUTED
from calobench.results.sample import BinnedObservable, ConditionBins

__all__ = ["PULL_RANGE", "PullColumn", "draw_binned", "draw_pulls"]

PULL_RANGE = 5.0

_ROW_PT = 11.5
_HEAD_PT, _FOOT_PT = 74.0, 68.0
_WIDTH_PT = 470.0
_LEFT = 0.32
_MAX_LABEL = 26


class PullColumn(NamedTuple):
    """A bin of the map; the first of a condition begins a new block."""

    label: str
    first: bool
    shift: Array
    width: Array


def draw_binned(bins: ConditionBins, observable: BinnedObservable, label: str, unit: str) -> Canvas:
    """Mean with its error in both samples, and the ratio."""
    edges = np.array(bins.edges)
    # Fractions in per cent, or their many zeros would fill the axis.
    fraction = unit == "" and all(abs(one) < 1 for one in observable.reference_mean if one)
    scale, unit = (100.0, "%") if fraction else (1.0, unit)
    reference = _curve(observable.reference_mean, observable.reference_mean_error, scale)
    model = _curve(observable.model_mean, observable.model_mean_error, scale)
    in_gev = bins.unit == "MeV"
    edges = edges / 1000 if in_gev else edges
    centres = np.sqrt(edges[1:] * edges[:-1]) if bins.log else 0.5 * (edges[1:] + edges[:-1])

    figure, main, ratio = panels()
    draw_steps(main,
        reference.value + reference.error, edges, baseline=reference.value - reference.error,
        fill=True, color=GEANT4, alpha=0.45, linewidth=0,
    )  # fmt: skip
    draw_steps(main, reference.value, edges, baseline=None, color=GEANT4, linewidth=1.2)
    draw_error_bars(main, centres, model.value, model.error)
    ends = np.concatenate(
        [c.value + sign * c.error for c in (reference, model) for sign in (-1, 1)]
    )
    ends = ends[np.isfinite(ends)]
    if ends.size:
        margin = 0.15 * (np.ptp(ends) or abs(float(ends[0])) or 1.0)
        main.set_ylim(float(ends.min() - margin), float(ends.max() + margin))
    draw_ratio(ratio, edges, centres, reference, model)
    if bins.log:
        log_axis(main, "x")
    else:
        main.xaxis.set_major_locator(MaxNLocator(5))
    main.set_xlim(float(edges[0]), float(edges[-1]))
    main.set_ylabel(with_unit(f"mean {label}", unit))
    ratio.set_xlabel(with_unit(bins.label, "GeV" if in_gev else bins.unit))
    draw_legend(figure)
    return figure


def _curve(value: Sequence[float | None], error: Sequence[float | None], scale: float) -> Curve:
    return Curve(
        scale * np.array(value, dtype=np.float64), scale * np.array(error, dtype=np.float64)
    )


def draw_pulls(
    labels: Sequence[str], groups: Sequence[int], columns: Sequence[PullColumn]
) -> Figure:
    """Rows of observables, columns of bins; left the pulls of the mean, right those of the width.

    Args:
        labels: of the observables.
        groups: rows at which another family begins.
        columns: the bins, with pulls of all observables, NaN where there is none.
    """
    height = len(labels) * _ROW_PT
    total = height + _HEAD_PT + _FOOT_PT
    figure = Figure(figsize=(_WIDTH_PT / 72, total / 72))
    width = (1 - _LEFT - 0.03) / 2
    for side, (title, pulls) in enumerate(
        (
            ("mean", [column.shift for column in columns]),
            ("width", [column.width for column in columns]),
        )
    ):
        where = (_LEFT + side * (width + 0.02), _FOOT_PT / total, width, height / total)
        axes = add_axes(figure, where)
        axes.imshow(
            colours(np.stack(pulls, axis=1), PULL_RANGE), aspect="auto", interpolation="none"
        )
        for k, column in enumerate(columns):
            if column.first and k:
                axes.axvline(k - 0.5, color=MUTED, linewidth=1.0)
        for row in groups:
            axes.axhline(row - 0.5, color=GRID, linewidth=0.8)
        axes.tick_params(which="both", length=0, labelsize=8.5)
        axes.xaxis.tick_top()
        axes.set_xticks(range(len(columns)), [column.label for column in columns], rotation=90)
        axes.set_yticks(range(len(labels)), [] if side else [_shorten(label) for label in labels])
        axes.xaxis.set_label_position("bottom")
        axes.set_xlabel(title, loc="center", fontsize=10, labelpad=3)
    draw_ramp(
        figure, (_LEFT, 34 / total, 2 * width + 0.02, 8 / total), PULL_RANGE,
        "(model − Geant4) / error",
    )  # fmt: skip
    return figure


def _shorten(label: str) -> str:
    return label if len(label) <= _MAX_LABEL else f"{label[: _MAX_LABEL - 1]}…"
