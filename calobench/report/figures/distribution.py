"""Histogram of a number that every shower has."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calobench._util.edges import limit_above
from calobench.report.figures.axes import (
    Array,
    Canvas,
    draw_legend,
    draw_steps,
    panels,
    with_unit,
)
from calobench.report.figures.bins import Bins
from calobench.report.figures.ratio import Curve, draw_error_bars, draw_ratio
from calobench.report.figures.style import GEANT4, MODEL
from calobench.results.schema import Distribution

__all__ = ["draw_distribution", "values_in_bins"]

# Part of the distance of two values by which they may be off.
_SLACK = 1e-3


def draw_distribution(data: Distribution, label: str, unit: str) -> Canvas:
    """Fraction of showers per bin in both samples, with the error of counting."""
    edges, held, kept = values_in_bins(data)
    counts = np.array([data.reference, data.model])[:, kept]
    outside = np.any(counts, axis=0).tolist()
    bins = Bins(edges, flow=True, under=outside[0], over=outside[-1], log=_geometric(edges))
    reference, model = (
        _fractions(bins.select(row), row.sum()).per(bins.select(held)) for row in counts
    )

    figure, main, ratio = panels()
    draw_steps(main,
        reference.value + reference.error, bins.edges,
        baseline=np.maximum(reference.value - reference.error, 0),
        fill=True, color=GEANT4, alpha=0.45, linewidth=0,
    )  # fmt: skip
    draw_steps(main, reference.value, bins.edges, fill=True, color=GEANT4, alpha=0.13, linewidth=0)
    draw_steps(main, reference.value, bins.edges, color=GEANT4, linewidth=1.2)
    draw_steps(main, model.value, bins.edges, color=MODEL)
    draw_error_bars(main, bins.centres, model.value, model.error)
    top = float(max((reference.value + reference.error).max(), (model.value + model.error).max()))
    main.set_ylim(0, 1.12 * top if top > 0 else 1)
    main.set_ylabel(
        "fraction of showers" if data.lattice is None else "fraction of showers per value"
    )
    draw_ratio(ratio, bins.edges, bins.centres, reference, model)
    bins.mark(main, ratio)
    ratio.set_xlabel(with_unit(label, unit))
    draw_legend(figure)
    return figure


def values_in_bins(data: Distribution) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Edges to draw, how many values each bin can hold, and which bins can hold any, ends included.

    Where an observable takes few values, bins that hold one of them and bins that hold two would draw a
    comb: they reach half-way to the next value, and show the fraction of each value.
    """
    edges = np.array(data.edges)
    plain = edges, np.ones(len(edges) + 1), np.ones(len(edges) + 1, dtype=bool)
    if data.lattice is None:
        return plain
    first, step = data.lattice
    # A bin owns its lower edge, and what is a little below it.
    number = np.ceil((edges - first) / step - _SLACK)
    inside = np.diff(number)
    kept = np.concatenate([[True], inside > 0, [True]])
    if np.any(np.array([data.reference, data.model])[:, ~kept]):
        # A value on an edge that rounding put into the other bin: nothing may be left out.
        return plain
    drawn = first + (np.unique(number) - 0.5) * step
    return drawn, np.concatenate([[1.0], inside, [1.0]])[kept], kept


def _fractions(counts: Array, total: float) -> Curve:
    total = total if total > 0 else 1.0
    return Curve(counts / total, np.sqrt(np.maximum(counts, 0)) / total)


def _geometric(edges: Array) -> bool:
    """Whether the bins grow by a constant factor: then the axis is logarithmic too."""
    if edges[0] <= 0 or len(edges) < 4:
        return False
    factors = edges[1:] / edges[:-1]
    return bool(np.ptp(factors) < 1e-3 * factors[0] and edges[-1] > limit_above(5) * edges[0])
